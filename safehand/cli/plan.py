"""`safehand plan`: routing problems of files solved, and anybody's solutions of them checked; plan_day.py plans days.

Exit 0: a plan was found; a solution keeps every limit. 1: none was found in the time given; it does not. 2: unusable
input. Progress goes to standard error; with `--json` the last line of output is one JSON value.
"""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.cli import plan_compare, plan_day
from safehand.cli.plan_budget import Iterations, Seconds, Seed, budget_of, within
from safehand.cli.refusal import refusal
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue
from safehand.kernel.errors import SafehandError

if TYPE_CHECKING:  # solvers take their time to load: no other command should wait for them
    from safehand.planning.checking import Fault
    from safehand.planning.instances import Instance

YES, NO = 0, 1
PROCESSES_MAX = 64
SAY_S = 1.0
FAULTS_TOLD_MAX = 20
MEASURED = frozenset({"late", "beyond_range", "shift_too_long"})
"""Faults whose figures are lengths or times, so in the instance's own decimals."""

File = Annotated[Path, typer.Argument(metavar="INSTANCE", help="A VRPLIB (.vrp) or Solomon (.txt) file.")]
AsJson = Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")]


def register(app: typer.Typer) -> None:
    """Add the `plan` commands to the command line."""
    plan = typer.Typer(no_args_is_help=True, help="Plans: routes found and checked.")
    plan.command("solve")(solve)
    plan.command("check")(check)
    plan.command("day")(plan_day.day)
    plan.command("compare")(plan_compare.compare)
    app.add_typer(plan, name="plan")


def solve(
    file: File,
    *,
    seconds: Seconds = 30.0,
    seed: Seed = 1,
    iterations: Iterations = None,
    processes: Annotated[int, typer.Option(help="How many to work with; 1 is this one alone.")] = 1,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the solution goes; ./NAME.sol.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find short routes, print their cost, and write them as a solution file.

    Lengths are rounded to whole numbers, or cut after one decimal where the instance has times, as the field does.
    Ctrl-C ends the search, and the best plan so far is written.
    """
    words = load_catalogue(DEFAULT_LANGUAGE)
    try:
        from safehand.planning.crew import Alone, Processes
        from safehand.planning.decomposition import solve_apart
        from safehand.planning.errors import NothingFound
        from safehand.planning.instances import read_instance
        from safehand.planning.solutions import write_solution

        budget = budget_of(seconds, iterations, seed)
        within("--processes", processes, 1, PROCESSES_MAX)
        instance = read_instance(file)
        with _interrupted() as stop, ExitStack() as stack:
            alone = processes == 1
            crew = Alone(stop.is_set) if alone else stack.enter_context(Processes(processes))
            found = solve_apart(instance.problem, budget, seed, crew, _Told(instance, stop))
        if not found.feasible:
            raise NothingFound(str(file), f"{found.seconds:.1f}")
        target = out if out is not None else Path(f"{instance.name}.sol")
        write_solution(target, instance, found.routes, found.cost)
    except NothingFound as refused:
        raise refusal(refused, words, as_json, NO) from None
    except SafehandError as refused:
        raise refusal(refused, words, as_json) from None
    typer.echo(f"{len(found.routes)} routes, {found.iterations} iterations, written to {target}", err=True)
    typer.echo(f"cost: {instance.told(found.cost)}")
    if as_json:
        said = {"cost": instance.told(found.cost), "routes": len(found.routes), "iterations": found.iterations}
        typer.echo(json.dumps(said | {"seconds": round(found.seconds, 3), "seed": seed, "solution": str(target)}))


def check(
    file: File,
    solution: Annotated[Path, typer.Argument(metavar="SOL", help="A solution file, from us or anybody.")],
    as_json: AsJson = False,
) -> None:
    """Count a solution anew: every customer once, loads, windows, vehicles. Its own word on its cost is not read."""
    words = load_catalogue(DEFAULT_LANGUAGE)
    try:
        from safehand.planning.checking import check as count_anew
        from safehand.planning.instances import read_instance
        from safehand.planning.solutions import read_solution

        instance = read_instance(file)
        found = count_anew(instance.problem, read_solution(solution, instance))
    except SafehandError as refused:
        raise refusal(refused, words, as_json) from None
    faults = [words.say(f"planning.fault.{fault.what}", **_params(instance, fault)) for fault in found.faults]
    for line in faults[:FAULTS_TOLD_MAX]:
        typer.echo(line)
    if len(faults) > FAULTS_TOLD_MAX:
        typer.echo(f"... and {len(faults) - FAULTS_TOLD_MAX} more")
    if not faults:
        typer.echo(f"ok cost: {instance.told(found.cost)}")
    if as_json:
        typer.echo(json.dumps({"ok": not faults, "cost": instance.told(found.cost), "faults": faults}))
    raise typer.Exit(NO if faults else YES)


class _Told:
    """Says on standard error what the plan costs so far, at most once a second."""

    def __init__(self, instance: "Instance", stop: Event) -> None:
        self._instance, self._stop = instance, stop
        self._said: tuple[float, int] = (0.0, -1)

    def __call__(self, seconds: float, cost: int) -> bool:
        now_s = time.monotonic()
        if cost and cost != self._said[1] and now_s - self._said[0] >= SAY_S:
            typer.echo(f"{seconds:8.1f} s  cost {self._instance.told(cost)}", err=True)
            self._said = now_s, cost
        return self._stop.is_set()


@contextmanager
def _interrupted() -> Iterator[Event]:
    """Set at the first Ctrl-C; a second one ends the command as usual."""
    stop = Event()

    def once(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, once)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _params(instance: "Instance", fault: "Fault") -> dict[str, str | int]:
    told = instance.told if fault.what in MEASURED else str
    customer = 0 if fault.visit is None else fault.visit + 1
    return {"route": fault.route, "customer": customer, "found": told(fault.found), "allowed": told(fault.allowed)}
