"""One solve by PyVRP: some visits, some vehicles, a budget, and a plan to begin with if there is one.

Source
    PyVRP 0.14, Wouda, Lan and Kool 2024: iterated local search with penalties. Its matrices are integers: floats would
    be cut without a word.
"""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning

from safehand.planning.problem import FOREVER_S, I64, NO_GROUP, Depot, Problem, Route, Travel, Vehicles, Visits

LEAST_ITERATIONS = 1
BARRED_M = 1 << 33
"""Farther than any plan goes, and still far from overflow at any price a metre."""
NO_LIMIT = int(np.iinfo(np.int64).max)

type Told = Callable[[float], bool]
"""Is told the cost of the best plan so far at every iteration, infinite if there is none; True asks to stop."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to look: CPU seconds of this thread, or iterations, which are the same plan on every machine."""

    seconds: float | None = None
    iterations: int | None = None

    def share(self, part: float) -> "Budget":
        """A part of it, of a whole of 1."""
        seconds = None if self.seconds is None else self.seconds * part
        iterations = None if self.iterations is None else max(LEAST_ITERATIONS, round(self.iterations * part))
        return Budget(seconds, iterations)


@dataclass(frozen=True, slots=True)
class Solved:
    """The best plan found. Without `feasible` it breaks a limit or leaves a required visit out.

    `cost` counts the prizes of visits left out; `seconds` is the CPU time it took.
    """

    routes: tuple[Route, ...]
    cost: int
    feasible: bool
    iterations: int
    seconds: float


def solve(problem: Problem, budget: Budget, seed: int, start: Sequence[Route] = (), told: Told | None = None) -> Solved:
    """Look for the cheapest plan until the budget is spent, on from `start` if it has any routes."""
    visits = problem.visits
    if not len(visits) or not any(vehicles.count for vehicles in problem.fleet):
        return Solved((), int(visits.prize.sum()), feasible=not visits.required.any(), iterations=0, seconds=0.0)
    stop = _Stop(budget, told)
    model = _Model(problem)
    first = model.solution(start) if start else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # that no plan was found is answered, not warned of
        best = pyvrp.solve(
            model.data, stop, seed=seed, collect_stats=False, display=False, initial_solution=first
        ).best  # fmt: skip
    cost = best.distance_cost() + best.duration_cost() + best.fixed_vehicle_cost() + best.uncollected_prizes()
    return Solved(
        model.routes(best),
        cost=int(cost),
        feasible=bool(best.is_feasible()) and best.distance() < BARRED_M,
        iterations=stop.iterations,
        seconds=stop.spent_s(),
    )


class _Stop:
    """Stops when the budget is spent, or when somebody asks for it."""

    def __init__(self, budget: Budget, told: Told | None) -> None:
        self._budget, self._told = budget, told
        self._began_s = time.thread_time()
        self.iterations = 0

    def spent_s(self) -> float:
        """CPU seconds of this thread since it began."""
        return time.thread_time() - self._began_s

    def __call__(self, best_cost: float) -> bool:
        if self._told is not None and self._told(best_cost):
            return True
        if self._budget.seconds is not None and self.spent_s() >= self._budget.seconds:
            return True
        if self._budget.iterations is not None and self.iterations >= self._budget.iterations:
            return True
        self.iterations += 1
        return False


class _Model:
    """A problem in the words of PyVRP, and plans there and back. A visit's row is its client's index.

    PyVRP knows no skills: kinds that may not make every visit travel on matrices of their own, on which what is barred
    is out of reach. So every visit has a location of its own, for two at one door may need different skills.
    """

    def __init__(self, problem: Problem) -> None:
        visits, first = problem.visits, len(problem.depots)
        places = np.concatenate([[depot.place for depot in problem.depots], visits.place]).astype(np.int64)
        groups: dict[int, list[int]] = {}
        for row in np.flatnonzero(visits.group != NO_GROUP).tolist():
            groups.setdefault(int(visits.group[row]), []).append(row)
        number_of = {group: number for number, group in enumerate(groups)}
        self._kinds = [kind for kind, vehicles in enumerate(problem.fleet) if vehicles.count]
        tables = _Tables(problem.travel, places, first)
        profiles = [tables.profile(problem.fleet[kind], visits.needs) for kind in self._kinds]
        self.data = pyvrp.ProblemData(
            locations=[pyvrp.Location(0, 0) for _ in places],
            clients=[_client(visits, row, first + row, number_of) for row in range(len(visits))],
            depots=[_depot(depot, number) for number, depot in enumerate(problem.depots)],
            vehicle_types=[
                _vehicles(problem.fleet[kind], profile) for kind, profile in zip(self._kinds, profiles, strict=True)
            ],
            distance_matrices=tables.metres,
            duration_matrices=tables.seconds,
            groups=[pyvrp.ClientGroup(clients, required=False) for clients in groups.values()],
        )

    def solution(self, routes: Sequence[Route]) -> pyvrp.Solution:
        """A plan of ours, there."""
        return pyvrp.Solution(self.data, [self._there(route) for route in routes])

    def _there(self, route: Route) -> pyvrp.Route:
        client, depot = pyvrp.ActivityType.CLIENT, pyvrp.ActivityType.DEPOT
        activities = []
        for number, trip in enumerate(route.trips):
            if number:
                activities.append(pyvrp.Activity(depot, route.reloads[number - 1]))
            activities += [pyvrp.Activity(client, visit) for visit in trip]
        return pyvrp.Route(self.data, activities, self._kinds.index(route.vehicles))

    def routes(self, solution: pyvrp.Solution) -> tuple[Route, ...]:
        """A plan of theirs, here."""
        return tuple(self._here(route) for route in solution.routes() if route.num_clients())

    def _here(self, route: pyvrp.Route) -> Route:
        trips: list[list[int]] = [[]]
        reloads: list[int] = []
        for activity in list(route)[1:-1]:  # without the depots where it begins and ends
            if activity.is_depot():
                trips.append([])
                reloads.append(int(activity.idx))
            else:
                trips[-1].append(int(activity.idx))
        return Route(self._kinds[route.vehicle_type()], tuple(tuple(trip) for trip in trips), tuple(reloads))


class _Tables:
    """Matrices between depots and visits, one pair for each way to travel and set of visits that are barred."""

    def __init__(self, travel: Travel, places: I64, first: int) -> None:
        self._travel, self._first = travel, first
        self._here, self._at = np.unique(places, return_inverse=True)
        self._known: dict[tuple[int, bytes], int] = {}
        # PyVRP's stub calls a matrix of integers ndarray[int], which no array is.
        self.metres: list[Any] = []
        self.seconds: list[Any] = []

    def profile(self, vehicles: Vehicles, needs: I64) -> int:
        """The number of the pair on which these travel."""
        barred = np.flatnonzero(needs & ~np.int64(vehicles.skills)) + self._first
        key = vehicles.profile, barred.tobytes()
        if key not in self._known:
            metres, seconds = (
                np.ascontiguousarray(table[np.ix_(self._at, self._at)])
                for table in self._travel.between(self._here, vehicles.profile)
            )
            metres[:, barred] = BARRED_M
            np.fill_diagonal(metres, 0)
            self._known[key] = len(self.metres)
            self.metres.append(metres)
            self.seconds.append(seconds)
        return self._known[key]


def _client(visits: Visits, row: int, place: int, number_of: Mapping[int, int]) -> pyvrp.Client:
    group = int(visits.group[row])
    return pyvrp.Client(
        place,
        delivery=visits.delivered[row].tolist(),
        pickup=visits.collected[row].tolist(),
        service_duration=int(visits.service_s[row]),
        tw_early=int(visits.early_s[row]),
        tw_late=_limit(int(visits.late_s[row])),
        release_time=int(visits.release_s[row]),
        prize=int(visits.prize[row]),
        required=bool(visits.required[row]) and group == NO_GROUP,
        group=number_of[group] if group != NO_GROUP else None,
    )


def _depot(depot: Depot, place: int) -> pyvrp.Depot:
    return pyvrp.Depot(place, tw_early=depot.early_s, tw_late=_limit(depot.late_s))


def _vehicles(vehicles: Vehicles, profile: int) -> pyvrp.VehicleType:
    return pyvrp.VehicleType(
        vehicles.count,
        capacity=list(vehicles.capacity),
        start_depot=vehicles.start,
        end_depot=vehicles.end,
        fixed_cost=vehicles.fixed_cost,
        tw_early=vehicles.early_s,
        tw_late=_limit(vehicles.late_s),
        shift_duration=_limit(vehicles.shift_s),
        max_distance=_limit(vehicles.range_m),
        unit_distance_cost=vehicles.cost_per_m,
        unit_duration_cost=vehicles.cost_per_s,
        profile=profile,
        reload_depots=list(vehicles.reload),
        max_reloads=vehicles.trips_max - 1,
    )


def _limit(most: int) -> int:
    """What nobody reaches is no limit: PyVRP leaves out what it need not look at."""
    return most if most < FOREVER_S else NO_LIMIT
