"""`safehand import`: a carrier's change to Safehand, file by file."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from safehand.kernel.catalogue import DEFAULT_LANGUAGE, Catalogue, load_catalogue

if TYPE_CHECKING:
    from safehand.app.cutover.desk import CutoverDesk, Findings, Secret
    from safehand.kernel.rows import Fault

FAULTS_TOLD_MAX = 10_000
"""Broken rows that a report names; of more it tells the number."""
DISAGREES, UNUSABLE = 1, 2

type Opening = Callable[[Path | None], AbstractAsyncContextManager["CutoverDesk"]]
"""Opens the installation in a data folder (None: the one that the settings name)."""


class What(StrEnum):
    """What a file holds; import them in this order."""

    PARTIES = "parties"
    MERCHANTS = "merchants"
    STAFF = "staff"
    VEHICLES = "vehicles"
    PARCELS = "parcels"


def register(app: typer.Typer, opening: Opening) -> None:
    """Add `import` to the command line. How an installation is opened is the application's business."""

    @app.command("import")
    def import_file(  # noqa: PLR0917 - options, given by name
        what: Annotated[What, typer.Argument(help="What the file holds; import them in this order.")],
        file: Annotated[Path, typer.Argument(help="CSV with a heading, or JSON lines; UTF-8, not packed.")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, and write nothing.")] = False,
        secrets: Annotated[
            Path | None, typer.Option(help="A new file for what is told once: merchants' keys, links for new staff.")
        ] = None,
        data: Annotated[Path | None, typer.Option(help="The data folder of the installation.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
    ) -> None:
        """Import parties, merchants, staff, vehicles or open parcels of an earlier system; twice is the same as once.

        One broken row, and nothing of the file is written: the report names row, column, what disagrees and what to do.
        Exit 0: all of it is here; 1: rows disagree; 2: the file cannot be used.
        """
        from safehand.app.cutover.errors import FileUnusable  # it knows every room: no other command should wait

        try:
            said = asyncio.run(_import(opening, data, _Asked(what, file, dry_run, secrets)))
        except FileUnusable as error:
            words = load_catalogue(DEFAULT_LANGUAGE)
            typer.echo(" ".join(words.say(f"{error.code}.{part}", **error.params) for part in PARTS), err=True)
            raise typer.Exit(UNUSABLE) from None
        if as_json:
            typer.echo(json.dumps(said))
        else:
            _tell(said)
        if said["faults"]:
            raise typer.Exit(DISAGREES)


PARTS = ("title", "detail", "remedy")


@dataclass(frozen=True, slots=True)
class _Asked:
    what: What
    file: Path
    dry_run: bool
    secrets: Path | None


async def _import(opening: Opening, data: Path | None, asked: _Asked) -> dict[str, object]:
    from safehand.app.cutover.errors import FileUnusable
    from safehand.app.cutover.nouns import Kind

    async with opening(data) as desk:
        findings = await desk.check(Kind(asked.what), asked.file, _progress("checked"))
        written = 0
        if not findings.faults and not asked.dry_run:
            if asked.secrets is None and any(row.cells.get("key") for row, _ in findings.fresh):
                raise FileUnusable(str(asked.file), "it makes keys: name a new file for them with --secrets")
            with _kept(asked) as keep:
                written = await desk.write(findings, keep, _progress("written"))
    return _report(asked, findings, written)


def _progress(word: str) -> Callable[[int, int], None]:
    def told(done: int, total: int) -> None:
        typer.echo(f"{word} {done} of {total} rows", err=True)

    return told


@contextmanager
def _kept(asked: _Asked) -> "Iterator[Callable[[Sequence[Secret]], None] | None]":
    """What writes secrets to a new file that only its owner reads; None where none are wanted."""
    if asked.secrets is None:
        yield None
        return
    named = "link" if asked.what is What.STAFF else "key"
    with _new_file(asked.secrets) as kept:

        def keep(secrets: "Sequence[Secret]") -> None:
            for one in secrets:
                kept.write(json.dumps({"number": one.number, "id": one.id, named: one.secret}) + "\n")
            kept.flush()
            os.fsync(kept.fileno())

        yield keep


def _new_file(path: Path) -> TextIO:
    """Never written over."""
    from safehand.app.cutover.errors import FileUnusable

    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise FileUnusable(str(path), f"no new file can be made there ({error.strerror})") from None


def _report(asked: _Asked, findings: "Findings", written: int) -> dict[str, object]:
    words = load_catalogue(DEFAULT_LANGUAGE)
    return {
        "file": str(asked.file),
        "kind": asked.what.value,
        "dry_run": asked.dry_run,
        "fresh": len(findings.fresh),
        "unchanged": findings.unchanged,
        "written": written,
        "faults": len(findings.faults),
        "rows": [_fault(fault, words) for fault in findings.faults[:FAULTS_TOLD_MAX]],
    }


def _fault(fault: "Fault", words: Catalogue) -> dict[str, object]:
    error = fault.error
    return {
        "row": fault.line,
        "column": fault.column,
        "code": error.code,
        "detail": words.say(f"{error.code}.detail", **error.params),
        "remedy": words.say(f"{error.code}.remedy", **error.params),
    }


def _tell(said: dict[str, object]) -> None:
    rows = said["rows"]
    for row in rows if isinstance(rows, list) else ():
        where = f"{said['file']}:{row['row']}" + (f" {row['column']}" if row["column"] else "")
        typer.echo(f"{where}: {row['detail']} {row['remedy']}")
    if isinstance(said["faults"], int) and said["faults"] > FAULTS_TOLD_MAX:
        typer.echo(f"... and {said['faults'] - FAULTS_TOLD_MAX} more rows")
    verdict = "nothing was written" if said["faults"] or said["dry_run"] else f"{said['written']} written"
    typer.echo(f"{said['fresh']} new, {said['unchanged']} here already, {said['faults']} broken; {verdict}")
