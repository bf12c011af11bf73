"""`safehand audit`: looks at an installation and tells what is open, for people and for schedulers."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.kernel.catalogue import DEFAULT_LANGUAGE, Catalogue, load_catalogue

if TYPE_CHECKING:
    from safehand.audit.commands import AuditDesk, Looked
    from safehand.audit.model import Finding

CLEAN, FOUND, UNUSABLE = 0, 1, 2

type Opening = Callable[[Path | None], AbstractAsyncContextManager["AuditDesk"]]
"""Opens the audit of the installation in a data folder (None: the one that the settings name)."""


def register(app: typer.Typer, opening: Opening) -> None:
    """Add `audit` to the command line."""

    @app.command()
    def audit(
        data: Annotated[Path | None, typer.Option(help="The data folder of the installation.")] = None,
        overdue: Annotated[bool, typer.Option("--overdue", help="Only what is open beyond its day.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
    ) -> None:
        """Look for what is wrong here. Exit 0: nothing is open; 1: something is; 2: it could not look."""
        looked = asyncio.run(_look(opening, data))
        shown = looked.overdue if overdue else looked.open
        words = load_catalogue(DEFAULT_LANGUAGE)
        if as_json:
            typer.echo(json.dumps(_value(looked, shown, words)))
        else:
            for finding in shown:
                typer.echo(_line(finding, looked.at_ms, words))
        for check, why in looked.failed:
            typer.echo(f"{check} could not look: {why}", err=True)
        if not as_json:
            typer.echo(f"audit: {len(looked.open)} open, {len(looked.overdue)} overdue, {looked.opened} new", err=True)
        raise typer.Exit(UNUSABLE if looked.failed else FOUND if shown else CLEAN)


async def _look(opening: Opening, data: Path | None) -> "Looked":
    async with opening(data) as desk:
        return await desk.look()


def _line(finding: "Finding", now_ms: int, words: Catalogue) -> str:
    late = "overdue" if finding.overdue(now_ms) else f"due {_day(finding.due_ms)}"
    return f"{finding.severity:<6} {late:<14} {finding.id} {_told(finding, words)}"


def _value(looked: "Looked", shown: "tuple[Finding, ...]", words: Catalogue) -> dict[str, object]:
    return {
        "at_ms": looked.at_ms,
        "open": len(looked.open),
        "overdue": len(looked.overdue),
        "new": looked.opened,
        "failed": [check for check, _ in looked.failed],
        "findings": [
            {
                "id": finding.id,
                "kind": finding.kind.value,
                "about": finding.about,
                "severity": finding.severity.value,
                "since_ms": finding.since_ms,
                "due_ms": finding.due_ms,
                "owner": finding.owner,
                "words": _told(finding, words),
            }
            for finding in shown
        ],
    }


def _told(finding: "Finding", words: Catalogue) -> str:
    return words.say(f"finding.{finding.kind}.detail", **finding.params)


def _day(at_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat()
