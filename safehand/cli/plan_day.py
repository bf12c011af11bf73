"""`safehand plan day`: a day of a file planned on the streets of the map, and written as a plan that passed the check.

Exit 0: every order is served. 1: some are left out, and named. 2: unusable input. Progress goes to standard error.
"""

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.cli.plan_budget import Iterations, Seconds, Seed, budget_of
from safehand.cli.refusal import refusal
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, Catalogue, load_catalogue
from safehand.kernel.errors import SafehandError

if TYPE_CHECKING:
    from safehand.planning.day import Day
    from safehand.planning.dayplan import DayPlan
    from safehand.planning.solving import Budget

SERVED, LEFT_OUT = 0, 1
DATA_DEFAULT = Path("safehand-data")
NAMED_MAX = 20
SAY_S = 1.0

File = Annotated[Path, typer.Argument(metavar="DAY.json", help="Places, orders, shifts, sites: docs/operations.md.")]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Where the plan goes; beside the day as .plan.json.")]


def day(
    file: File,
    *,
    seconds: Seconds = 30.0,
    iterations: Iterations = None,
    seed: Seed = 1,
    data: Annotated[Path | None, typer.Option(help="The installation's folder, with its map.")] = None,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")] = False,
) -> None:
    """Plan a day: who drives where and when, how each order is served and why, and what is left out and why."""
    words = load_catalogue(DEFAULT_LANGUAGE)
    target = out if out is not None else file.with_suffix(".plan.json")
    folder = (data or Path(os.environ.get("SAFEHAND_DATA", DATA_DEFAULT))).resolve() / "map"
    try:
        planned, asked = _planned(file, folder, budget_of(seconds, iterations, seed), seed)
        _write(target, planned)
    except SafehandError as refused:
        raise refusal(refused, words, as_json) from None
    _tell(words, asked, planned)
    typer.echo(f"written to {target}", err=True)
    if as_json:
        costs = {name: getattr(planned.costs, name) for name in planned.costs.__slots__}
        said = {"served": _served(planned), "left_out": len(planned.left_out), "tours": len(planned.tours)}
        typer.echo(json.dumps(said | {"costs": costs | {"whole": planned.costs.whole}, "plan": str(target)}))
    raise typer.Exit(LEFT_OUT if planned.left_out else SERVED)


def _planned(file: Path, folder: Path, budget: "Budget", seed: int) -> "tuple[DayPlan, Day]":
    from dataclasses import replace

    from safehand.places.basemap.builds import MapFolder
    from safehand.planning.crew import Alone
    from safehand.planning.dayfile import read_day
    from safehand.planning.planner import Planner
    from safehand.planning.streets import off_the_map, streets_of

    told = read_day(file)
    profiles = 1 + max((shift.profile for shift in told.day.shifts), default=0)
    with MapFolder(folder).reading() as build, streets_of(build.roads, told.places, profiles) as streets:
        off = off_the_map(streets.points, streets.networks, told.day.depots[0])
        day = replace(told.day, off_the_map=off)
        planner = Planner(travel=streets, crew=Alone())
        return planner.plan(day, budget, seed, told.sides_mm, _Progress()), day


class _Progress:
    """Says on standard error what the plan costs so far, at most once a second."""

    def __init__(self) -> None:
        self._said_s = 0.0

    def __call__(self, seconds: float, cost: int) -> bool:
        if cost and time.monotonic() - self._said_s >= SAY_S:
            self._said_s = time.monotonic()
            typer.echo(f"{seconds:8.1f} s  weighs {cost / 100_000:,.2f}", err=True)
        return False


def _write(target: Path, planned: "DayPlan") -> None:
    """In one step: whoever reads meanwhile finds the plan before or this one."""
    import msgspec

    half = target.with_name(f".{target.name}.{os.getpid()}")
    half.write_bytes(msgspec.json.format(msgspec.json.encode(planned), indent=1))
    half.replace(target)


def _served(planned: "DayPlan") -> int:
    return sum(len(tour.stops) for tour in planned.tours)


def _tell(words: Catalogue, day: "Day", planned: "DayPlan") -> None:
    costs = planned.costs
    by_mode = Counter(stop.way.mode.value for tour in planned.tours for stop in tour.stops)
    typer.echo(f"{_served(planned)} of {len(day.orders)} orders in {len(planned.tours)} tours: "
               + ", ".join(f"{mode} {count}" for mode, count in by_mode.most_common()))  # fmt: skip
    why = Counter(reason for tour in planned.tours for stop in tour.stops for reason in stop.because)
    for because, count in why.most_common():
        typer.echo(f"  {count:6} because {words.say(f'planning.because.{because.value}')}")
    for tour in planned.tours:
        typer.echo(f"  {tour.shift:12} {_clock(tour.start_s)} to {_clock(tour.end_s)}, {tour.metres / 1_000:7.1f} km, "
                   f"{len(tour.stops)} stops")  # fmt: skip
    typer.echo(f"costs {costs.whole / 100_000:,.2f}: driving {costs.driving / 100_000:,.2f}, time "
               f"{costs.time / 100_000:,.2f}, shifts {costs.shifts / 100_000:,.2f}, expected loss "
               f"{costs.loss / 100_000:,.2f}, recipients' trouble {costs.trouble / 100_000:,.2f}, CO2 "
               f"{costs.co2 / 100_000:,.2f} ({costs.co2_g / 1_000:.1f} kg)")  # fmt: skip
    for order, reason in planned.left_out[:NAMED_MAX]:
        typer.echo(f"left out: {order}: {words.say(f'planning.left_out.{reason.value}')}")
    if len(planned.left_out) > NAMED_MAX:
        typer.echo(f"... and {len(planned.left_out) - NAMED_MAX} more, in the plan")


def _clock(second: int) -> str:
    return f"{second // 3_600:02}:{second % 3_600 // 60:02}"
