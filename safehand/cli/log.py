"""`safehand admin log`: when the database was restored behind the log. It shows the gap, and declares the next log."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.ledger.signing import SigningKey

if TYPE_CHECKING:
    from safehand.ledger.ledger import Ledger
    from safehand.ledger.recovery import Gap
    from safehand.store.database import Store


@dataclass(frozen=True, slots=True)
class OpenedLog:
    """The log of an installation and its database, as these commands need them."""

    data: Path
    keys: Path
    folder: Path
    key: SigningKey
    store: "Store"
    ledger: "Ledger"


type OpeningLog = Callable[[Path | None], AbstractAsyncContextManager[OpenedLog]]

DataOption = Annotated[Path | None, typer.Option(help="The data folder of the installation.")]
JsonOption = Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")]


def register(admin: typer.Typer, opening: OpeningLog) -> None:
    """Add `log` to the `admin` commands."""
    log = typer.Typer(no_args_is_help=True, help="A database restored behind the log: the gap, and the next log.")
    admin.add_typer(log, name="log")

    @log.command("gap")
    def show_gap(data: DataOption = None, as_json: JsonOption = False) -> None:
        """Show what the published log has and the database has not. Nothing is changed."""
        gap, _ = asyncio.run(_found(opening, data))
        typer.echo(f"{gap.signed.checkpoint.origin} ended at {gap.signed.size} entries")
        typer.echo(f"{gap.same} of them are in the database; {gap.lost} are not, from entry {gap.same} on")
        if as_json:
            typer.echo(json.dumps({"size": gap.signed.size, "same": gap.same, "lost": gap.lost, "held": gap.held}))

    @log.command()
    def declare(
        name: Annotated[str, typer.Argument(metavar="NAME", help="The new log's name: for ever.")],
        data: DataOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Declare a new log that names the end of the old one. The old one's files and key stay as they are.

        Then start the installation with SAFEHAND_LOG_NAME=NAME, and give the new key to witnesses and to who verifies.
        """
        from safehand.ledger.recovery import declare as declared

        gap, here = asyncio.run(_found(opening, data))
        said = declared(here.data, here.keys, gap, here.key, name)
        typer.echo(f"declared {name}, after {said.size} entries of {said.key.name}; it repeats the first {said.same}")
        if as_json:
            typer.echo(json.dumps({"name": name, "after": said.key.name, "size": said.size, "same": said.same}))


async def _found(opening: OpeningLog, data: Path | None) -> "tuple[Gap, OpenedLog]":
    from safehand.ledger.recovery import find_gap  # it knows the database, which takes its time to load

    async with opening(data) as here, here.store.transaction() as tx:
        return await find_gap(tx, here.ledger, here.folder, here.key), here
