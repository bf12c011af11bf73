"""The independent check of a plan: every visit, window, load, shift and range, counted anew from the problem alone.

It shares no code with any solver, so that an error of one is not an error of both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from safehand.planning.problem import NO_GROUP, Problem, Route, Vehicles

FAULTS_MAX = 100
"""Told of one plan; more say nothing new."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a plan does that it must not.

    `what` is a message id below `planning.fault`; `route` counts from 1 as a person does, 0 is the plan as a whole.
    """

    what: str
    route: int
    visit: int | None
    found: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a plan costs, and what is wrong with it."""

    cost: int
    metres: int
    faults: tuple[Fault, ...]


def check(problem: Problem, routes: Sequence[Route]) -> Checked:
    """Count a plan anew.

    Cost is what the fleet's prices make of distance and duration, fixed costs, and the prize of every visit not made.
    """
    faults: list[Fault] = [*_cover(problem, routes), *_fleet(problem, routes)]
    cost = metres = 0
    for number, route in enumerate(routes, 1):
        if any(not 0 <= visit < len(problem.visits) for visit in route.visits):
            continue
        if not 0 <= route.vehicles < len(problem.fleet):
            continue
        walked = drive(problem, number, route)
        faults += walked.faults
        cost += walked.cost
        metres += walked.metres
    made = {visit for route in routes for visit in route.visits}
    cost += sum(int(prize) for visit, prize in enumerate(problem.visits.prize) if visit not in made)
    return Checked(cost, metres, tuple(faults[:FAULTS_MAX]))


def _cover(problem: Problem, routes: Sequence[Route]) -> Iterator[Fault]:
    """Every required visit once, none twice, of a group at most one."""
    visits = problem.visits
    times = np.zeros(len(visits), np.int64)
    for number, route in enumerate(routes, 1):
        for visit in route.visits:
            if not 0 <= visit < len(visits):
                yield Fault("unknown_visit", number, visit, visit, len(visits))
            else:
                times[visit] += 1
    for visit in np.flatnonzero(times > 1).tolist():
        yield Fault("visited_twice", 0, visit, int(times[visit]), 1)
    for visit in np.flatnonzero((times == 0) & visits.required).tolist():
        yield Fault("not_visited", 0, visit, 0, 1)
    grouped = visits.group != NO_GROUP
    made = np.bincount(visits.group[grouped], weights=times[grouped]) if grouped.any() else np.zeros(1)
    for group in np.flatnonzero(made > 1):
        first = int(np.flatnonzero((visits.group == group) & (times > 0))[0])
        yield Fault("two_ways", 0, first, int(made[group]), 1)


def _fleet(problem: Problem, routes: Sequence[Route]) -> Iterator[Fault]:
    """No more vehicles of a kind than there are."""
    for number, route in enumerate(routes, 1):
        if not 0 <= route.vehicles < len(problem.fleet):
            yield Fault("unknown_vehicle", number, None, route.vehicles, len(problem.fleet))
    for kind, vehicles in enumerate(problem.fleet):
        used = sum(route.vehicles == kind for route in routes)
        if used > vehicles.count:
            yield Fault("too_many_vehicles", 0, None, used, vehicles.count)


@dataclass(frozen=True, slots=True)
class _Stop:
    """One stop of a route: a visit, or a depot (visit None). Travel is from the stop before."""

    visit: int | None
    early_s: int
    late_s: int
    service_s: int
    metres: int
    seconds: int


def drive(problem: Problem, number: int, route: Route) -> Checked:
    """One route, from its first depot to its last: what it costs and what is wrong with it alone."""
    vehicles = problem.fleet[route.vehicles]
    if len(route.trips) > vehicles.trips_max:
        return Checked(0, 0, (Fault("too_many_trips", number, None, len(route.trips), vehicles.trips_max),))
    if len(route.reloads) != len(route.trips) - 1 or any(depot not in vehicles.reload for depot in route.reloads):
        return Checked(0, 0, (Fault("reload_elsewhere", number, None, len(route.reloads), len(route.trips) - 1),))
    stops = list(_stops(problem, vehicles, route))
    metres = sum(stop.metres for stop in stops)
    duration_s, faults = _timed(number, stops)
    for trip in route.trips:
        faults += _loads(problem, number, vehicles, trip)
        for visit in trip:
            if lacking := int(problem.visits.needs[visit]) & ~vehicles.skills:
                faults.append(Fault("not_allowed", number, visit, lacking, vehicles.skills))
    if metres > vehicles.range_m:
        faults.append(Fault("beyond_range", number, None, metres, vehicles.range_m))
    if duration_s > vehicles.shift_s:
        faults.append(Fault("shift_too_long", number, None, duration_s, vehicles.shift_s))
    cost = vehicles.fixed_cost + metres * vehicles.cost_per_m + duration_s * vehicles.cost_per_s
    return Checked(cost, metres, tuple(faults))


def _stops(problem: Problem, vehicles: Vehicles, route: Route) -> Iterator[_Stop]:
    """Every stop of a route, depots between its trips included. A trip leaves when the last of its goods is there."""
    visits = problem.visits
    depots = [problem.depots[at] for at in (vehicles.start, *route.reloads, vehicles.end)]
    places = [depots[0].place]
    for trip, depot in zip(route.trips, depots[1:], strict=True):
        places += [*(int(visits.place[visit]) for visit in trip), depot.place]
    here = np.unique(places)
    metres, seconds = problem.travel.between(here, vehicles.profile)
    at = dict(zip(here.tolist(), range(len(here)), strict=True))
    before = places[0]
    for trip, depot in zip((*route.trips, ()), depots, strict=True):
        ready_s = max((int(visits.release_s[visit]) for visit in trip), default=0)
        leg = at[before], at[depot.place]
        early_s, late_s = max(depot.early_s, vehicles.early_s, ready_s), min(depot.late_s, vehicles.late_s)
        yield _Stop(None, early_s, late_s, 0, int(metres[leg]), int(seconds[leg]))
        before = depot.place
        for visit in trip:
            place = int(visits.place[visit])
            leg, before = (at[before], at[place]), place
            window = int(visits.early_s[visit]), int(visits.late_s[visit])
            yield _Stop(visit, *window, int(visits.service_s[visit]), int(metres[leg]), int(seconds[leg]))


def _timed(number: int, stops: Sequence[_Stop]) -> tuple[int, list[Fault]]:
    """How long a route takes, begun as late as it can be without ending later; and where it is late."""
    faults, begins = [], [stops[0].early_s]
    for before, stop in pairwise(stops):
        begins.append(max(begins[-1] + before.service_s + stop.seconds, stop.early_s))
    for stop, begin_s in zip(stops, begins, strict=True):
        if begin_s > stop.late_s:
            faults.append(Fault("late", number, stop.visit, begin_s, stop.late_s))
            break  # what follows is late because of this one
    latest_s = begins[-1]
    for stop, after in zip(reversed(stops[:-1]), reversed(stops[1:]), strict=True):
        latest_s = min(stop.late_s, latest_s - after.seconds - stop.service_s)
    return begins[-1] + stops[-1].service_s - max(latest_s, begins[0]), faults


def _loads(problem: Problem, number: int, vehicles: Vehicles, trip: Sequence[int]) -> Iterator[Fault]:
    """In every dimension, what is aboard after each stop of a trip."""
    rows = list(trip)
    delivered, collected = problem.visits.delivered[rows], problem.visits.collected[rows]
    aboard = np.vstack([delivered.sum(axis=0), delivered.sum(axis=0) + np.cumsum(collected - delivered, axis=0)])
    for dimension, capacity in enumerate(vehicles.capacity):
        most = int(aboard[:, dimension].max())
        if most > capacity:
            at = max(int(aboard[:, dimension].argmax()) - 1, 0)
            yield Fault("too_much_aboard", number, rows[at], most, capacity)
