"""`safehand plan compare`: what if. Two plans of one day side by side, and who is served otherwise.

Exit 0: they serve everybody alike. 1: they differ. 2: unusable input.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from safehand.cli.refusal import refusal
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue
from safehand.kernel.errors import SafehandError

ALIKE, DIFFER = 0, 1
NAMED_MAX = 20


def compare(
    before: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan of `safehand plan day`.")],
    after: Annotated[Path, typer.Argument(metavar="OTHER", help="Another one of the same day.")],
    as_json: Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")] = False,
) -> None:
    """Hold a plan against another: cost, expected loss, CO2, ways, and the orders that change hands or mode."""
    words = load_catalogue(DEFAULT_LANGUAGE)
    try:
        from safehand.planning.comparison import compared
        from safehand.planning.dayfile import read_plan

        found = compared(read_plan(before), read_plan(after))
    except SafehandError as refused:
        raise refusal(refused, words, as_json) from None
    for figure in found.figures:
        name = words.say(f"planning.figure.{figure.what}")
        typer.echo(f"{name:38}{figure.before:16,}{figure.after:16,}{figure.more:+16,}")
    for one in found.moved[:NAMED_MAX]:
        had, has = (stop.way.mode.value if stop else "-" for stop in (one.before, one.after))
        typer.echo(f"{one.order}: {had} -> {has}")
    if len(found.moved) > NAMED_MAX:
        typer.echo(f"... and {len(found.moved) - NAMED_MAX} more orders")
    if as_json:
        figures = {figure.what: asdict(figure) | {"more": figure.more} for figure in found.figures}
        typer.echo(json.dumps({"figures": figures, "moved": [one.order for one in found.moved]}))
    raise typer.Exit(DIFFER if found.moved else ALIKE)
