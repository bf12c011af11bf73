"""`safehand admin`: what only whoever runs the machine can do."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.cli import backup, checking, log, upgrading

if TYPE_CHECKING:
    from safehand.identity.sign_in import SignInDesk


@dataclass(frozen=True, slots=True)
class Opened:
    """A running installation as this command needs it."""

    desk: "SignInDesk"
    origin: str


type Opening = Callable[[Path | None], AbstractAsyncContextManager[Opened]]
"""Opens the installation in a data folder (None: the one that the settings name)."""


def register(app: typer.Typer, opening: Opening, opening_log: log.OpeningLog) -> typer.Typer:
    """Add `admin` to the command line, and return it: others hang their commands on it.

    How an installation is opened is the application's business.
    """
    admin = typer.Typer(help="What only whoever runs the machine can do.", no_args_is_help=True)
    app.add_typer(admin, name="admin")
    log.register(admin, opening_log)
    backup.register(admin)
    upgrading.register(admin)
    checking.register(admin)

    @admin.callback()
    def about() -> None:
        """What only whoever runs the machine can do."""

    @admin.command()
    def link(
        data: Annotated[Path | None, typer.Option(help="The data folder of the installation.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
    ) -> None:
        """Print a one-time link that makes an administrator. It works once, for an hour; older ones stop working."""
        from safehand.identity.setup import LINK_MS  # it knows the database, which takes its time to load

        url = asyncio.run(_link(opening, data))
        minutes = LINK_MS // 60_000
        if as_json:
            typer.echo(json.dumps({"link": url, "minutes": minutes}))
        else:
            typer.echo(f"Open this within {minutes} minutes to make an administrator; it works once:", err=True)
            typer.echo(url)

    return admin


async def _link(opening: Opening, data: Path | None) -> str:
    async with opening(data) as installation:
        token = await installation.desk.make_setup_link()
        return f"{installation.origin}/setup/{token}"
