"""Plans beside those of other solvers: equal CPU time, one thread, every plan counted by our own check.

Best known costs and conventions are those of data/routing, which lies beside the project and is never shipped. Without
it drawn problems stand in, and the gap to the best known is not told.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.measure import Measure
from bench.peers import or_tools, pyvrp_alone, vroom_alone
from safehand.planning.checking import check
from safehand.planning.crew import Alone
from safehand.planning.decomposition import solve_apart
from safehand.planning.instances import Instance, read_instance
from safehand.planning.problem import Problem, Route
from safehand.planning.solutions import read_solution
from safehand.planning.solving import Budget
from tests.planning.problems import a_problem

INSTANCES = Path(__file__).resolve().parents[2] / "shared" / "data" / "routing"
SECONDS = 30.0
SEED = 1
DRAWN = (100, 1_000)
NO_PLAN = float("inf")
GAPS_MOST = {100: 0.005, 502: 0.005, 1_000: 0.045, 3_000: 0.03}
"""To the best known after 30 CPU seconds, by the number of customers; smaller ones as those of 100."""


@dataclass(frozen=True, slots=True)
class Row:
    """One problem of the table: the cost of each solver's plan, infinite for none; the best known if there is one."""

    name: str
    customers: int
    ours: float
    pyvrp: float
    or_tools: float
    vroom: float
    best: float | None

    @property
    def gap(self) -> float | None:
        """Ours above the best known, as a share of it."""
        return None if self.best is None else self.ours / self.best - 1


def against_pyvrp() -> Measure:
    """The worst of all problems: our cost over that of PyVRP used directly."""
    rows = _table()
    worst = max(rows, key=lambda row: row.ours / row.pyvrp)
    return Measure(
        subject="planning, against PyVRP",
        value=worst.ours / worst.pyvrp,
        unit="x",
        must="at most",
        bound=1.02,
        floor=f"PyVRP on the whole, {SECONDS:g} CPU s each",
        detail=f"worst {worst.name}; mean {_mean(rows, lambda row: row.ours / row.pyvrp):.4f} of {len(rows)}",
    )


def against_others() -> Measure:
    """The worst of all problems: our cost over the better of OR-Tools' guided local search and VROOM."""
    rows = [row for row in _table() if min(row.or_tools, row.vroom) < NO_PLAN]
    worst = max(rows, key=lambda row: row.ours / min(row.or_tools, row.vroom))
    means = _mean(rows, lambda row: row.or_tools / row.ours), _mean(rows, lambda row: row.vroom / row.ours)
    return Measure(
        subject="planning, against OR-Tools and VROOM",
        value=worst.ours / min(worst.or_tools, worst.vroom),
        unit="x",
        must="at most",
        bound=1.0,
        floor=f"the better of both, {SECONDS:g} s each",
        detail=f"worst {worst.name}; on average OR-Tools is {means[0]:.3f} and VROOM {means[1]:.3f} of ours",
    )


def gaps() -> Measure:
    """The worst of all problems: our gap to the best known, as a share of what is allowed for its size."""
    known = [row for row in _table() if row.gap is not None]
    allowed = {row.name: GAPS_MOST.get(row.customers, GAPS_MOST[1_000]) for row in known}
    shares = {row.name: (row.gap or 0.0) / allowed[row.name] for row in known}
    return Measure(
        subject="planning, gap to best known",
        value=max(shares.values(), default=0.0),
        unit="of allowed",
        must="at most",
        bound=1.0,
        floor=f"best known, {SECONDS:g} CPU s",
        detail=", ".join(f"{row.name} {100 * (row.gap or 0.0):.2f} %" for row in known) or "no best known here",
    )


@cache
def _table() -> tuple[Row, ...]:
    """Every problem solved by everybody, told line by line on standard error."""
    print(f"{'':18}{'ours':>12}{'PyVRP':>12}{'OR-Tools':>12}{'VROOM':>12}{'best':>12}{'gap':>9}", file=sys.stderr)
    rows = []
    for name, (problem, best) in _problems().items():
        row = _row(name, problem, best)
        gap = "" if row.gap is None else f"{100 * row.gap:8.2f}%"
        costs = "".join(f"{cost:12.0f}" for cost in (row.ours, row.pyvrp, row.or_tools, row.vroom, best or 0))
        print(f"{name:18}{costs}{gap:>9}", file=sys.stderr, flush=True)
        rows.append(row)
    return tuple(rows)


def _row(name: str, problem: Problem, best: float | None) -> Row:
    ours = solve_apart(problem, Budget(SECONDS), SEED, Alone())
    plain = not problem.fleet[0].reload and not problem.visits.release_s.any()  # others know no second trips
    return Row(
        name,
        len(problem.visits),
        ours=_cost(problem, ours.routes),
        pyvrp=_cost(problem, pyvrp_alone(problem, SECONDS)),
        or_tools=_cost(problem, or_tools(problem, SECONDS)) if plain else NO_PLAN,
        vroom=_cost(problem, vroom_alone(problem, SECONDS)) if plain else NO_PLAN,
        best=best,
    )


def _cost(problem: Problem, routes: tuple[Route, ...]) -> float:
    found = check(problem, routes)
    return NO_PLAN if found.faults else found.cost


def _problems() -> Mapping[str, tuple[Problem, float | None]]:
    found: dict[str, tuple[Problem, float | None]] = {}
    for path in sorted(INSTANCES.glob("*.vrp")) + sorted(INSTANCES.glob("*.txt")):
        instance = read_instance(path)
        found[instance.name] = instance.problem, _best(instance, path)
    return found or {f"drawn {count}": (a_problem(count), None) for count in DRAWN}


def _best(instance: Instance, path: Path) -> float:
    return check(instance.problem, read_solution(path.with_suffix(".sol"), instance)).cost


def _mean(rows: list[Row] | tuple[Row, ...], value: Callable[[Row], float]) -> float:
    finite = [found for row in rows if (found := value(row)) < NO_PLAN]
    return sum(finite) / len(finite)
