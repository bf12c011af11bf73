"""`safehand admin rotate-keys vault`: a new master key takes over from the old one, while everything runs."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from safehand.cli.key_bundle import tell_that_it_is_old

if TYPE_CHECKING:
    from safehand.app.installation import Installation

type Opening = Callable[[Path | None], AbstractAsyncContextManager["Installation"]]
Data = Annotated[Path | None, typer.Option(help="The data folder of the installation.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]

NO = 1


def register(rotate_keys: typer.Typer, opening: Opening) -> None:
    """Add `vault`."""

    @rotate_keys.command()
    def vault(
        prepare: Annotated[
            bool, typer.Option("--prepare", help="Only make the key, to be copied to every machine first.")
        ] = False,
        remove: Annotated[str | None, typer.Option(help="Remove the old key of this fingerprint for ever.")] = None,
        data: Data = None,
        as_json: AsJson = False,
    ) -> None:
        """Let a new master key wrap from now on, and wrap every person's key anew. Run again, it goes on."""
        if remove is not None:
            asyncio.run(_remove(opening, data, remove))
            typer.echo(json.dumps({"removed": remove}) if as_json else f"{remove} removed")
        elif prepare:
            made = asyncio.run(_prepare(opening, data))
            typer.echo(json.dumps({"prepared": made}) if as_json else f"{made} prepared")
            tell_that_it_is_old()
        else:
            keys = asyncio.run(_rotate(opening, data))
            if as_json:
                typer.echo(json.dumps({"keys": keys}))
            else:
                for key in keys:
                    said = "wraps now" if key["current"] else "wraps nothing: --remove it once no backup needs it"
                    typer.echo(f"{key['fingerprint']}  {key['persons']} persons  {said}")
            tell_that_it_is_old()
            raise typer.Exit(NO if any(key["persons"] and not key["current"] for key in keys) else 0)


async def _rotate(opening: Opening, data: Path | None) -> list[dict[str, object]]:
    async with opening(data) as here:
        rotation = here.privacy.rotation
        await rotation.begin()
        left = sum(use.persons for use in await rotation.uses() if not use.current)
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("wrapping anew", total=left)
            while moved := await rotation.step():
                progress.advance(task, moved)
        uses = await rotation.uses()
    return [{"fingerprint": use.fingerprint, "persons": use.persons, "current": use.current} for use in uses]


async def _prepare(opening: Opening, data: Path | None) -> str:
    async with opening(data) as here:
        return await here.privacy.rotation.prepare()


async def _remove(opening: Opening, data: Path | None, fingerprint: str) -> None:
    async with opening(data) as here:
        await here.privacy.rotation.retire(fingerprint)
