"""`safehand demo`: a simulated day on a real map, through the public API alone."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.kernel.catalogue import DEFAULT_LANGUAGE, Catalogue, load_catalogue
from safehand.kernel.clock import SystemClock
from safehand.kernel.errors import SafehandError

if TYPE_CHECKING:  # maps, HTTP and keys are loaded when a day is played, not for every other command
    from rich.console import Console

    from safehand.demo.day import Doors, Outcome
    from safehand.demo.run import Options

SPEED = 90.0
"""A day of some seven hours then takes about five minutes."""
SPEED_MAX = 100_000.0
FAILED, UNUSABLE, INTERRUPTED = 1, 2, 130


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(  # noqa: PLR0917 - options, given by name
        speed: Annotated[
            str, typer.Option(help=f"How fast the day goes, or `max`. [default: {SPEED:.0f}; headless: max]")
        ] = "",
        seed: Annotated[int, typer.Option(help="One seed is one day.")] = 1,
        parcels: Annotated[int, typer.Option(help="From 12, and two a driver, to 20000.")] = 300,
        drivers: Annotated[int, typer.Option(help="From 3 to 24.")] = 6,
        dawn: Annotated[int, typer.Option(help="Parcels of a dawn in a depot before it; 0 for none.")] = 60,
        headless: Annotated[bool, typer.Option("--headless", help="End in the evening instead of serving on.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="The last line of output is one JSON value.")] = False,
        data: Annotated[Path | None, typer.Option(help="Keep the installation in this empty or new folder.")] = None,
        export_log: Annotated[Path | None, typer.Option(help="Keep the exported log in this folder.")] = None,
        map: Annotated[Path | None, typer.Option(help="Another town: any .osm.pbf.")] = None,
        port: Annotated[int | None, typer.Option(min=1, max=65535, help="[default: a free one]")] = None,
    ) -> None:
        """Play a day of a carrier in a real town: parcels, drivers, thieves. Exit 0 only if all is as it should be."""
        from safehand.demo.run import Options

        options = Options(
            map=map,
            seed=seed,
            parcels=parcels,
            drivers=drivers,
            dawn=dawn,
            speed=_speed(speed, headless=headless),
            headless=headless,
            data=data,
            export_log=export_log,
            port=port,
        )
        raise typer.Exit(_play(options, as_json=as_json))


def _speed(said: str, *, headless: bool) -> float | None:
    if said in {"", "max"}:
        return None if said or headless else SPEED
    try:
        speed = float(said)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= SPEED_MAX:
        raise typer.BadParameter(f"a number from 0 to {SPEED_MAX:.0f}, or max", param_hint="--speed")
    return speed


def _play(options: "Options", *, as_json: bool) -> int:
    """Play, tell on standard error, answer on standard output; the exit status."""
    from rich.console import Console

    from safehand.demo.errors import InstallationFailed, Unexpected
    from safehand.demo.run import Audience, Demo
    from safehand.demo.story import Story

    console, words = Console(stderr=True, highlight=False), load_catalogue(DEFAULT_LANGUAGE)
    out = Console(stderr=as_json, highlight=False, soft_wrap=True)
    outcomes: list[Outcome] = []

    def evening(outcome: "Outcome") -> None:
        outcomes.append(outcome)
        _tell_evening(console, words, outcome)
        if not options.headless:
            out.print(words.say("demo.doors.serving"))

    audience = Audience(
        Story(console, words),
        (lambda _: None) if options.headless else (lambda doors: _tell_doors(out, words, doors)),
        evening,
    )
    status, answer = 0, dict[str, object]()
    try:
        asyncio.run(Demo(options, audience, SystemClock()).run())
    except (KeyboardInterrupt, asyncio.CancelledError):
        status = INTERRUPTED
    except SafehandError as error:
        _tell_error(console, words, error)
        status = FAILED if isinstance(error, InstallationFailed | Unexpected) else UNUSABLE
        answer = {"ok": False, "code": error.code, "params": error.params}
    if outcomes:  # the day was played to its end; how the serving after it ended does not matter
        status, answer = (0 if outcomes[0].good else FAILED), outcomes[0].summary()
    if as_json:
        sys.stdout.write(json.dumps(answer or {"ok": False}) + "\n")
    return status


def _tell_doors(out: "Console", words: Catalogue, doors: "Doors") -> None:
    """How to look in: where to sign in and as whom, and the recipients' links."""
    params = {"url": doors.url, "login": doors.login, "password": doors.password}
    out.print(words.say("demo.doors.staff", **params), markup=False)
    for watch in doors.watch:
        out.print(words.say(f"demo.doors.{watch.what}", link=watch.link), markup=False)


def _tell_evening(console: "Console", words: Catalogue, outcome: "Outcome") -> None:
    for what in outcome.book.disagreements:
        console.print(words.say("demo.story.disagrees", what=what), markup=False, soft_wrap=True)
    line = "good" if outcome.good else "bad"
    console.print(words.say(f"demo.story.{line}", **outcome.summary()), markup=False, soft_wrap=True)


def _tell_error(console: "Console", words: Catalogue, error: SafehandError) -> None:
    for part in ("title", "detail", "remedy"):
        console.print(words.say(f"{error.code}.{part}", **error.params), markup=False, soft_wrap=True)
