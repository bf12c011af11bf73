"""A day as a problem for the solver, and the way back: which visit is which way of which order. Pure.

Each order is a group of visits, one for each way and window; leaving it out costs much, a dear way more than a cheap
one. Shifts that are alike are one kind of vehicle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from safehand.planning.compartments import Sides, places_held, wishes_of
from safehand.planning.day import M_PER_KM, PERMILLE, S_PER_H, Day, Order, Shift, Way, Window
from safehand.planning.problem import FOREVER_S, NO_GROUP, Depot, Problem, Travel, Vehicles, Visits

LARGE = 1 << 40
"""Of a limit that nobody knows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visit of the problem stands for: of which order which way, in which of its windows."""

    order: int
    way: Way
    window: Window


@dataclass(frozen=True, slots=True)
class Modelled:
    """A day's problem.

    `choices[i]` is what visit i stands for, `shifts[k]` are the shifts, by their rows in the day, that kind k stands
    for, `held` are the pairs of order and site that hold a place.
    """

    problem: Problem
    choices: tuple[Choice, ...]
    shifts: tuple[tuple[int, ...], ...]
    held: frozenset[tuple[int, str]]


def modelled(day: Day, travel: Travel, sides: Mapping[str, Sides]) -> Modelled:
    """The day as the solver is asked it. Ways off the map are left away, and sites where an order holds no place."""
    price = {
        (at, number): priced(day, order, way)
        for at, order in enumerate(day.orders)
        for number, way in enumerate(order.open_ways)
    }
    held = frozenset(places_held(wishes_of(day.orders, price, sides), day.sites))
    choices = [
        Choice(at, way, window)
        for at, order in enumerate(day.orders)
        for way in order.open_ways
        if way.place not in day.off_the_map and (way.site is None or (at, way.site) in held)
        for window in way.windows
    ]
    depots = tuple(Depot(place=place) for place in day.depots)
    fleet, shifts = _fleet(day.shifts, day)
    return Modelled(Problem(travel, _visits(day, choices), depots, fleet), tuple(choices), shifts, held)


def priced(day: Day, order: Order, way: Way) -> int:
    """What a way costs in millicents, the driving left aside: expected loss as it is weighed, and the trouble."""
    return way.loss_millicents * day.prices.loss_permille // PERMILLE + way.trouble_millicents


def _visits(day: Day, choices: Sequence[Choice]) -> Visits:
    orders = [day.orders[choice.order] for choice in choices]
    load = np.array([(order.weight_g, len(order.parcels), order.volume_ml) for order in orders]).reshape(-1, 3)
    taken = np.array([order.collected for order in orders], np.bool_)[:, None]
    order_of = np.array([choice.order for choice in choices], np.int64)
    dearest: dict[int, int] = {}
    for choice, order in zip(choices, orders, strict=True):
        dearest[choice.order] = max(dearest.get(choice.order, 0), priced(day, order, choice.way))
    prize = [
        day.prices.missing_millicents * order.priority + dearest[choice.order] - priced(day, order, choice.way)
        for choice, order in zip(choices, orders, strict=True)
    ]
    times = np.bincount(order_of, minlength=len(day.orders))
    return Visits(
        place=np.array([choice.way.place for choice in choices], np.int64),
        delivered=np.where(taken, 0, load),
        collected=np.where(taken, load, 0),
        service_s=np.array([choice.way.service_s for choice in choices], np.int64),
        early_s=np.array([choice.window.early_s for choice in choices], np.int64),
        late_s=np.array([choice.window.late_s for choice in choices], np.int64),
        release_s=np.zeros(len(choices), np.int64),
        prize=np.array(prize, np.int64),
        required=np.zeros(len(choices), np.bool_),
        group=np.where(times[order_of] > 1, order_of, NO_GROUP) if choices else order_of,
        needs=np.array([order.needs for order in orders], np.int64),
    )


def _fleet(shifts: Sequence[Shift], day: Day) -> tuple[tuple[Vehicles, ...], tuple[tuple[int, ...], ...]]:
    """Kinds of vehicles, and the shifts of each: what differs only in its name is one kind."""
    kinds: dict[Shift, list[int]] = {}
    for at, shift in enumerate(shifts):
        kinds.setdefault(replace(shift, id=""), []).append(at)
    return tuple(_vehicles(shift, len(rows), day) for shift, rows in kinds.items()), tuple(map(tuple, kinds.values()))


def _vehicles(shift: Shift, count: int, day: Day) -> Vehicles:
    co2 = shift.co2_g_per_km * day.prices.co2_millicents_per_kg // 1_000
    return Vehicles(
        count=count,
        capacity=(shift.weight_g, shift.parcels, LARGE if shift.volume_ml is None else shift.volume_ml),
        start=shift.depot,
        end=shift.depot,
        reload=(shift.depot,) if shift.trips_max > 1 else (),
        trips_max=shift.trips_max,
        early_s=shift.early_s,
        late_s=shift.late_s,
        range_m=FOREVER_S if shift.range_m is None else shift.range_m,
        fixed_cost=shift.millicents_a_day,
        cost_per_m=-(-(shift.millicents_per_km + co2) // M_PER_KM),
        cost_per_s=-(-shift.millicents_per_h // S_PER_H),
        profile=shift.profile,
        skills=shift.skills,
    )
