"""Many visits: cut into pieces, solved apart, and whole routes put together anew, round after round.

A search of the whole hardly gets around once in the time there is; pieces of neighbouring visits do. What was cut apart
at their borders is mended in rounds, each of which puts neighbouring routes together along other lines and searches on
from what they are. A round never makes a plan dearer.

Source
    Santini, Schneider, Vidal and Vigo 2023, Decomposition strategies for vehicle routing heuristics: by routes, around
    their barycentres. Where it begins to pay, and how many rounds: measured, see the decision on planning.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from safehand.planning.cutting import cut
from safehand.planning.orders import Orders, halved
from safehand.planning.problem import I64, Problem, Route
from safehand.planning.sharing import priced, shared_out
from safehand.planning.solving import Budget, Solved, solve
from safehand.planning.trimming import trimmed

type Progress = Callable[[float, int], bool]
"""Is told CPU seconds and the cost of the plan so far; True asks to stop."""

AGAIN_SHARE = 0.5
"""Of its share, for a part that had no plan with every required visit: it is searched again with some left out."""
SEED_STEP = 1_000_003


@dataclass(frozen=True, slots=True)
class Sizes:
    """Where a problem is cut.

    Up to `alone` visits nothing is gained by it; up to `first` the first search is of the whole, else of pieces of at
    most `piece`. It gets `first_share` of the budget; `rounds` share the rest, with pieces of at most `round_piece`.
    """

    alone: int = 150
    first: int = 600
    piece: int = 350
    round_piece: int = 700
    first_share: float = 0.3
    rounds: int = 6


@dataclass(frozen=True, slots=True)
class Work:
    """A piece to be solved by whoever has time. It stands alone: the answer depends on nothing else."""

    problem: Problem
    budget: Budget
    seed: int
    start: tuple[Route, ...] = ()


class Crew(Protocol):
    """Who solves pieces: this process, several, or jobs on many machines."""

    def solve(self, works: Sequence[Work]) -> Iterator[tuple[int, Solved]]:
        """Answer every one once, with its index, in any order."""
        ...


@dataclass(frozen=True, slots=True)
class _Part:
    """What is searched together: orders by their visits' rows, and the routes that serve some of them now."""

    rows: I64
    routes: tuple[Route, ...] = ()


@dataclass(slots=True)
class _Plan:
    """The plan so far, and what finding it took."""

    routes: tuple[Route, ...] = ()
    cost: int = 0
    seconds: float = 0.0
    iterations: int = 0


def solve_apart(
    problem: Problem, budget: Budget, seed: int, crew: Crew, told: Progress | None = None, *, sizes: Sizes | None = None
) -> Solved:
    """Look for the cheapest plan of many visits.

    Whoever has more time gets a better plan; the same seed and iterations give the same plan everywhere.

    Errors
        Whatever the crew raises.
    """
    at = sizes or Sizes()
    if not len(problem.visits) or not any(vehicles.count for vehicles in problem.fleet):
        return solve(problem, budget, seed)
    search = _Search(problem, seed, crew, told, at)
    alone = len(problem.visits) <= at.alone
    first = search.run(search.first_parts(), budget.share(1.0 if alone else at.first_share))
    chance = np.random.default_rng(seed)
    for turn in range(0 if alone or not first else at.rounds):
        share = budget.share((1 - at.first_share) / at.rounds)
        if budget.seconds is not None:
            share = Budget(seconds=max(0.0, budget.seconds - search.plan.seconds) / (at.rounds - turn))
        if not search.run(search.regrouped(turn, chance), share):
            break
    plan = search.plan
    lacking = bool(problem.visits.required[search.orders.left_out(plan.routes)].any())
    return Solved(plan.routes, plan.cost, feasible=not lacking, iterations=plan.iterations, seconds=plan.seconds)


class _Search:
    """A search that goes on: its plan, and how that is cut next."""

    def __init__(self, problem: Problem, seed: int, crew: Crew, told: Progress | None, sizes: Sizes) -> None:
        self.problem, self._priced = problem, priced(problem)
        self.orders = Orders.of(problem)
        self.plan = _Plan()
        self._seed, self._crew, self._told, self._sizes = seed, crew, told, sizes

    def first_parts(self) -> list[_Part]:
        """Neighbours together."""
        orders, sizes = self.orders, self._sizes
        most = sizes.first if len(self.problem.visits) <= sizes.first else sizes.piece
        return [_Part(orders.rows(part)) for part in halved(orders.spots, orders.weights, most)]

    def regrouped(self, turn: int, chance: np.random.Generator) -> list[_Part]:
        """Neighbouring routes together: by angle around the depot, or along an axis that chance turns."""
        orders, routes = self.orders, self.plan.routes
        served = [np.unique(orders.of_visit[list(route.visits)]) for route in routes]
        alone = [np.array([order]) for order in np.unique(orders.of_visit[orders.left_out(routes)])]
        units = served + alone
        centres = np.array([orders.spots[unit].mean(axis=0) for unit in units])
        weights = np.array([orders.weights[unit].sum() for unit in units])
        turned = chance.uniform(0, 2 * np.pi)
        if turn % 2 == 0:
            depot = self.problem.travel.spots()[self.problem.depots[0].place]
            away = centres - depot
            angle = (np.arctan2(away[:, 1], away[:, 0]) + turned) % (2 * np.pi)
            lines = np.column_stack([angle, np.zeros(len(angle))])
        else:
            lines = centres @ np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
        most = min(self._sizes.round_piece, max(self._sizes.alone, len(self.problem.visits) // 2))
        return [
            _Part(
                orders.rows(np.concatenate([units[at] for at in part])),
                tuple(routes[at] for at in part if at < len(routes)),
            )
            for part in halved(lines, weights, most)
        ]

    def run(self, parts: Sequence[_Part], budget: Budget) -> bool:
        """Search in every part, and put their plans together. False: somebody asked to stop, the plan is as it was."""
        counts = shared_out(self.problem, [(part.rows, part.routes) for part in parts])
        found = self._solved(self.problem, list(zip(parts, counts, strict=True)), budget)
        broken = [at for at, solved in enumerate(found or ()) if not solved.feasible]
        if found is not None and broken:  # too few vehicles there, or windows that cannot be met: leave some out
            left = [(parts[at], counts[at]) for at in broken]
            again = self._solved(self._priced, left, budget.share(AGAIN_SHARE))
            for at, solved in zip(broken, again or (), strict=again is not None):
                found[at] = solved if solved.feasible else trimmed(self._priced, parts[at].rows, solved)
        if found is None:
            return False
        self.plan.routes = tuple(route for solved in found for route in solved.routes)
        self.plan.cost = sum(solved.cost for solved in found)
        return True

    def _solved(
        self, problem: Problem, parts: Sequence[tuple[_Part, list[int]]], budget: Budget
    ) -> list[Solved] | None:
        """The plans of these parts, with so many vehicles each, in rows of the whole; None: somebody asked to stop."""
        pieces = [cut(problem, part.rows, counts) for part, counts in parts]
        works = []
        for piece, (part, _) in zip(pieces, parts, strict=True):
            share = budget.share(len(part.rows) / len(problem.visits))
            works.append(Work(piece.problem, share, self._seed, piece.inside(part.routes)))
            self._seed += SEED_STEP
        found: dict[int, Solved] = {}
        for at, solved in self._crew.solve(works):
            found[at] = replace(solved, routes=pieces[at].outside(solved.routes))
            self.plan.seconds += solved.seconds
            self.plan.iterations += solved.iterations
            if self._told is not None and self._told(self.plan.seconds, self.plan.cost) and self.plan.routes:
                return None
        return [found[at] for at in range(len(works))]
