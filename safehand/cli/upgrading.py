"""`safehand admin upgrade-database`: the embedded database, to the PostgreSQL that is installed now."""

import json
from pathlib import Path
from typing import Annotated

import typer

from safehand.app.telling import tell
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue


def register(admin: typer.Typer) -> None:
    """Add `upgrade-database` to `safehand admin`."""
    admin.command("upgrade-database")(upgrade_database)


def upgrade_database(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="The data folder; nothing may run on it.")],
    old_programs: Annotated[
        Path | None,
        typer.Option("--old-programs", metavar="DIR", help="The old PostgreSQL's bin. [default: where Debian puts it]"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")] = False,
) -> None:
    """Bring a stopped installation's database to the major version of PostgreSQL that is installed now.

    Prints `ok OLD NEW`. Needs the old version's programs, and room for a second copy. The old files stay in
    postgres/cluster-OLD until you remove them. Where it fails, nothing has changed.
    """
    from safehand.app.data_folder import DataFolder
    from safehand.app.upgrading import upgrade

    words = load_catalogue(DEFAULT_LANGUAGE)
    done = upgrade(DataFolder(data.resolve()), old_programs, lambda step: tell(words.say(f"upgrade.step_{step}")))
    typer.echo(f"ok {done.before} {done.after}")
    if done.old is not None:
        tell(words.say("upgrade.done", old=str(done.old)))
    if as_json:
        said = {"ok": True, "before": done.before, "after": done.after, "old": str(done.old) if done.old else None}
        typer.echo(json.dumps(said))
