"""`safehand admin find|export|erase`: a person's data, at the machine itself."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from safehand.app.installation import Installation
    from safehand.identity.model import Principal

type Opening = Callable[[Path | None], AbstractAsyncContextManager["Installation"]]
Data = Annotated[Path | None, typer.Option(help="The data folder of the installation.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
Persons = Annotated[list[str], typer.Argument(help="Ids of persons, as `find` prints them.")]

COMMAND_LINE = "command line"
NO = 1


def register(admin: typer.Typer, opening: Opening) -> None:
    """Add the commands."""

    @admin.command()
    def find(  # noqa: PLR0917 - each is an option with a name
        mail: Annotated[str | None, typer.Option(help="A mail address.")] = None,
        phone: Annotated[str | None, typer.Option(help="A phone number.")] = None,
        country: Annotated[str, typer.Option(help="Where a number without a calling code belongs, such as FI.")] = "",
        name: Annotated[str | None, typer.Option(help="A name, with --postcode.")] = None,
        postcode: Annotated[str | None, typer.Option(help="The postcode to the name.")] = None,
        number: Annotated[str | None, typer.Option(help="Any number of a parcel of theirs.")] = None,
        data: Data = None,
        as_json: AsJson = False,
    ) -> None:
        """Find the persons that one human is, by mail, phone, name and postcode, or a parcel."""
        asked = {"mail": mail, "phone": phone, "country": country, "name": name, "postal_code": postcode}
        found = asyncio.run(_find(opening, data, asked | {"number": number}))
        if as_json:
            typer.echo(json.dumps({"persons": found}))
        else:
            for one in found:
                typer.echo(f"{one['person']}  {'same' if one['same'] else 'look'}  {', '.join(one['agrees'])}")
        raise typer.Exit(0 if found else NO)

    @admin.command()
    def export(
        persons: Persons,
        to: Annotated[Path, typer.Option(help="The file to write: .json or .pdf. It must not be there yet.")],
        data: Data = None,
        as_json: AsJson = False,
    ) -> None:
        """Write all that is held of these persons to a file that only you may read."""
        if to.suffix not in {".json", ".pdf"} or to.exists():
            raise typer.BadParameter(f"{to}: a new file that ends in .json or .pdf")
        size = asyncio.run(_export(opening, data, persons, to))
        typer.echo(json.dumps({"file": str(to), "bytes": size}) if as_json else f"{to}: {size} bytes")

    @admin.command()
    def erase(
        persons: Persons,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        data: Data = None,
        as_json: AsJson = False,
    ) -> None:
        """Forget these persons for good. The proof of what happened to their parcels stays."""
        if not yes:
            if not sys.stdin.isatty():
                raise typer.BadParameter("say --yes: nobody is there to be asked")
            typer.confirm(f"Forget {len(set(persons))} persons? It cannot be undone.", abort=True, err=True)
        erased = asyncio.run(_erase(opening, data, persons))
        typer.echo(json.dumps({"erased": erased}) if as_json else f"{erased} erased")


async def _find(opening: Opening, data: Path | None, asked: dict[str, str | None]) -> list[dict[str, Any]]:
    from safehand.privacy.subjects import Asked  # it knows the database, which takes its time to load

    async with opening(data) as here:
        found = await here.privacy.subjects.find(_operator(), Asked(**asked))  # type: ignore[arg-type]  # each as named
    return [
        {
            "person": one.person,
            "same": one.same,
            "agrees": [kind.value for kind in one.agrees],
            "name": one.name,
            "tracking": list(one.tracking),
        }
        for one in found
    ]


async def _export(opening: Opening, data: Path | None, persons: Sequence[str], to: Path) -> int:
    from safehand.kernel.ids import PartyId, PersonId
    from safehand.privacy.export import as_json
    from safehand.privacy.paper import as_pdf

    async with opening(data) as here:
        made = await here.privacy.exports.make(_operator(), [PersonId(PartyId(person)) for person in persons])
    body = as_pdf(made) if to.suffix == ".pdf" else as_json(made)
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
    return len(body)


async def _erase(opening: Opening, data: Path | None, persons: Sequence[str]) -> int:
    from safehand.kernel.ids import PartyId, PersonId

    async with opening(data) as here:
        return await here.privacy.erasures.erase([PersonId(PartyId(person)) for person in persons], COMMAND_LINE)


def _operator() -> "Principal":
    """Whoever holds the machine, as reads name them."""
    from safehand.identity.model import Principal, PrincipalKind

    return Principal(kind=PrincipalKind.STAFF, id=COMMAND_LINE)
