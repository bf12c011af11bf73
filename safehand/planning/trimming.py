"""A plan that breaks limits, as the time was too short to find one that does not, made into one that leaves out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from safehand.planning.checking import drive
from safehand.planning.problem import I64, Problem, Route
from safehand.planning.solving import Solved


def trimmed(problem: Problem, rows: I64, solved: Solved) -> Solved:
    """The plan of these visits without those that break something: of each route as much as can be driven.

    A visit that comes late or may not be made is taken out itself; what is too long or too full loses its last one.
    """
    routes = tuple(_kept(problem, solved.routes))
    made = {visit for route in routes for visit in route.visits}
    cost = sum(drive(problem, 0, route).cost for route in routes)
    cost += sum(int(problem.visits.prize[row]) for row in rows.tolist() if row not in made)
    lacking = any(problem.visits.required[row] for row in rows.tolist() if row not in made)
    return replace(solved, routes=routes, cost=cost, feasible=not lacking)


def _kept(problem: Problem, routes: Sequence[Route]) -> Iterator[Route]:
    for route in routes:
        left: Route | None = route
        while left is not None and (faults := drive(problem, 0, left).faults):
            named = next((fault.visit for fault in faults if fault.visit is not None), None)
            left = _without(left, left.visits[-1] if named is None else named)
        if left is not None:
            yield left


def _without(route: Route, visit: int) -> Route | None:
    """The route without a visit, and without a trip that has none left; None if nothing is."""
    trips = [tuple(one for one in trip if one != visit) for trip in route.trips]
    kept = tuple(trip for trip in trips if trip)
    if not kept:
        return None
    return replace(route, trips=kept, reloads=route.reloads[: len(kept) - 1])
