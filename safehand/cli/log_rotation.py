"""`safehand admin rotate-keys log`: the log's key is changed while the installation is stopped."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from safehand.cli.key_bundle import tell_that_it_is_old

DataOption = Annotated[Path | None, typer.Option(help="The data folder of the installation.")]
JsonOption = Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")]


def register(rotate_keys: typer.Typer) -> None:
    """Add `log`."""

    @rotate_keys.command("log")
    def log(
        finish: Annotated[bool, typer.Option("--finish", help="Destroy the key before: it signs no more.")] = False,
        data: DataOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Give the log a new key, vouched for by the old one. Stop the installation first.

        Both keys sign until `--finish`. Give /log/keys to witnesses and to those who verify before that.
        """
        from safehand.ledger.places import log_folder, log_key_file
        from safehand.ledger.rotation import KeyFiles, put_away, rotate

        chosen, name = _installation(data)
        folder, files = log_folder(chosen, name), KeyFiles(log_key_file(chosen, chosen / "keys", name))
        if finish:
            there = put_away(folder, files)
            said: dict[str, object] = {"finished": there}
            typer.echo("the key before is destroyed" if there else "there was no key to destroy")
        else:
            rotation = rotate(folder, files, name)
            said = {"key": str(rotation.new), "before": str(rotation.old), "first": rotation.first}
            typer.echo(f"{rotation.new} signs from {rotation.first} entries on")
            tell_that_it_is_old()
        if as_json:
            typer.echo(json.dumps(said))


def _installation(data: Path | None) -> tuple[Path, str]:
    """Its folder, and its log's name, as its settings say."""
    from safehand.app.settings import DATABASE_NOT_ASKED, read_settings
    from safehand.cli.running import DATA_DEFAULT

    chosen = (data or Path(os.environ.get("SAFEHAND_DATA") or DATA_DEFAULT)).resolve()
    settings = read_settings(os.environ, data=chosen, database_url=DATABASE_NOT_ASKED)
    return settings.data, settings.log_name
