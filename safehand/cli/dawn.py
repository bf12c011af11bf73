"""`safehand dawn`: a morning in a depot, through the public API alone."""

import asyncio
import json
import sys
from typing import Annotated

import typer

from safehand.kernel.catalogue import DEFAULT_LANGUAGE, Catalogue, load_catalogue
from safehand.kernel.clock import SystemClock
from safehand.kernel.errors import SafehandError

FAILED, UNUSABLE, INTERRUPTED = 1, 2, 130


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def dawn(
        parcels: Annotated[int, typer.Option(help="From 60 to 100000.")] = 600,
        seed: Annotated[int, typer.Option(help="One seed is one dawn.")] = 1,
        as_json: Annotated[bool, typer.Option("--json", help="The last line of output is one JSON value.")] = False,
    ) -> None:
        """Play a dawn: three carriers, cages, sorting, loading. Exit 0 only if every parcel is aboard or named."""
        from safehand.demo.dawn_plan import plan_dawn
        from safehand.demo.dawn_run import run_dawn
        from safehand.demo.errors import InstallationFailed, Unexpected

        words, status, answer = load_catalogue(DEFAULT_LANGUAGE), 0, dict[str, object]()
        try:
            outcome = run_dawn(plan_dawn(seed=seed, parcels=parcels), SystemClock())
        except (KeyboardInterrupt, asyncio.CancelledError):
            status, answer = INTERRUPTED, {"ok": False}
        except SafehandError as error:
            typer.echo("\n".join(words.say(f"{error.code}.{part}", **error.params) for part in _PARTS), err=True)
            status = FAILED if isinstance(error, InstallationFailed | Unexpected) else UNUSABLE
            answer = {"ok": False, "code": error.code, "params": error.params}
        else:
            status, answer = (0 if outcome.good else FAILED), outcome.summary()
            _tell(words, outcome.book.disagreements, answer)
        if as_json:
            sys.stdout.write(json.dumps(answer) + "\n")
        raise typer.Exit(status)


_PARTS = ("title", "detail", "remedy")


def _tell(words: Catalogue, disagreements: list[str], answer: dict[str, object]) -> None:
    """What was counted, in words."""
    for what in disagreements:
        typer.echo(words.say("demo.story.disagrees", what=what), err=True)
    typer.echo(words.say("demo.dawn.counted", **answer), err=True)
