"""Who of the fleet goes with which part of a problem, and what leaving a visit out costs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from safehand.planning.problem import I64, NO_GROUP, Problem, Route

MISSING_FACTOR = 4
"""A required visit that is left out costs so many times the dearest way there and back."""
SAMPLED_PLACES = 500


def priced(problem: Problem) -> Problem:
    """The same problem with a price on what is required: a part that has too few vehicles says so, and goes on."""
    visits = problem.visits
    chosen = np.unique(np.linspace(0, problem.travel.places - 1, SAMPLED_PLACES).astype(np.int64))
    sampled = np.union1d(chosen, [depot.place for depot in problem.depots])
    dearest = 0
    for profile in {vehicles.profile for vehicles in problem.fleet}:
        metres, seconds = (int(table.max()) for table in problem.travel.between(sampled, profile))
        for vehicles in problem.fleet:
            if vehicles.profile == profile:
                way = metres * vehicles.cost_per_m + (seconds + int(visits.service_s.max())) * vehicles.cost_per_s
                dearest = max(dearest, 2 * way + vehicles.fixed_cost)
    prize = np.where(visits.required & (visits.group == NO_GROUP), MISSING_FACTOR * dearest + 1, visits.prize)
    return replace(problem, visits=replace(visits, prize=prize, required=np.zeros(len(visits), np.bool_)))


def shared_out(problem: Problem, parts: Sequence[tuple[I64, Sequence[Route]]]) -> list[list[int]]:
    """How many vehicles of every kind each part has: those of its routes, and its share of those that are spare.

    Spare ones go by load, to whom their depot is near; a part whose routes serve everything needs them least, and still
    gets some, for a route more can be cheaper.
    """
    counts = [
        [sum(route.vehicles == kind for route in routes) for kind in range(len(problem.fleet))] for _, routes in parts
    ]
    near = _nearest_depot(problem)
    load = _load(problem)
    for kind, vehicles in enumerate(problem.fleet):
        spare = vehicles.count - sum(count[kind] for count in counts)
        weights = [float(load[rows[near[rows] == vehicles.start]].sum()) + 1e-9 * len(rows) for rows, _ in parts]
        for count, share in zip(counts, apportioned(spare, weights), strict=True):
            count[kind] += share
    return counts


def apportioned(many: int, weights: Sequence[float]) -> list[int]:
    """Whole shares in proportion, largest remainders first (Hamilton's way)."""
    whole = sum(weights)
    exact = [many * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_rest = sorted(range(len(weights)), key=lambda at: exact[at] - shares[at], reverse=True)
    for at in by_rest[: many - sum(shares)]:
        shares[at] += 1
    return shares


def _nearest_depot(problem: Problem) -> I64:
    """For every visit the depot, of those where vehicles start, that lies nearest on the plane."""
    spots = problem.travel.spots()
    starts = sorted({vehicles.start for vehicles in problem.fleet})
    at = spots[problem.visits.place]
    away = np.column_stack([np.hypot(*(at - spots[problem.depots[start].place]).T) for start in starts])
    return np.array(starts)[away.argmin(axis=1)]


def _load(problem: Problem) -> NDArray[np.float64]:
    """Of every visit, how much of a vehicle it fills: the dimension that fills most counts."""
    room = np.max([vehicles.capacity for vehicles in problem.fleet], axis=0)
    filled = (problem.visits.delivered + problem.visits.collected) / np.maximum(room, 1)
    return np.asarray(filled.max(axis=1) if filled.shape[1] else np.ones(len(problem.visits)))
