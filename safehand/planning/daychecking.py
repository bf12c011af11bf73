"""The check that a day's plan passes before anybody sees it: counted anew from the day alone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from safehand.planning.compartments import Sides, fits
from safehand.planning.day import Day, Order, Shift, Site
from safehand.planning.dayplan import DayPlan, Stop, Tour
from safehand.planning.problem import Travel
from safehand.planning.timing import Rest


@dataclass(frozen=True, slots=True)
class DayFault:
    """What a plan does that it must not: a word for the machine, and the order, shift or site that it is about."""

    what: str
    about: str


def check_day(day: Day, plan: DayPlan, travel: Travel, sides: Mapping[str, Sides], rest: Rest) -> tuple[DayFault, ...]:
    """Everything that is wrong with a plan.

    Whoever drives meets at least the empty road's seconds between two stops; more is traffic and is not looked at.
    """
    orders = {order.id: order for order in day.orders}
    shifts = {shift.id: shift for shift in day.shifts}
    faults = [*_cover(day, plan, orders), *_sites(day, plan, sides)]
    used = Counter(tour.shift for tour in plan.tours)
    faults += [DayFault("shift_used_twice", shift) for shift, times in used.items() if times > 1]
    for tour in plan.tours:
        if (shift := shifts.get(tour.shift)) is None:
            faults.append(DayFault("unknown_shift", tour.shift))
        elif all(stop.order in orders for stop in tour.stops):
            faults += _drive(day, tour, shift, travel, rest)
            faults += _load(tour, shift, orders)
    return tuple(faults)


def _cover(day: Day, plan: DayPlan, orders: Mapping[str, Order]) -> Iterator[DayFault]:
    stops = [stop for tour in plan.tours for stop in tour.stops]
    seen = Counter([*(stop.order for stop in stops), *(order for order, _ in plan.left_out)])
    for order in day.orders:
        if seen[order.id] != 1:
            yield DayFault("order_lost" if not seen[order.id] else "order_twice", order.id)
    for stop in stops:
        order_told = orders.get(stop.order)
        if order_told is None:
            yield DayFault("unknown_order", stop.order)
        elif stop.way not in order_told.open_ways or stop.window not in stop.way.windows:
            yield DayFault("way_not_open", stop.order)
        elif not stop.window.early_s <= stop.begin_s <= stop.window.late_s:
            yield DayFault("window_missed", stop.order)


def _sites(day: Day, plan: DayPlan, sides: Mapping[str, Sides]) -> Iterator[DayFault]:
    for site in day.sites:
        there = [stop for tour in plan.tours for stop in tour.stops if stop.way.site == site.id]
        if not site.compartments and len(there) > site.room:
            yield DayFault("site_overbooked", site.id)
        if site.compartments and not _fit(there, site, sides):
            yield DayFault("site_overbooked", site.id)


def _fit(stops: Sequence[Stop], site: Site, sides: Mapping[str, Sides]) -> bool:
    """Whether every stop has a compartment of its own: a full matching, looked for by growing one stop at a time."""
    taken: dict[int, int] = {}
    shapes = [_together([sides.get(parcel) for parcel in stop.parcels]) for stop in stops]

    def placed(at: int, tried: set[int]) -> bool:
        for number, compartment in enumerate(site.compartments):
            if number not in tried and fits(shapes[at], compartment):
                tried.add(number)
                if number not in taken or placed(taken[number], tried):
                    taken[number] = at
                    return True
        return False

    return all(placed(at, set()) for at in range(len(stops)))


def _together(shapes: Sequence[Sides | None]) -> Sides | None:
    """Parcels on top of each other, the flat sides down. None if one is not known."""
    flat = [sorted(shape) for shape in shapes if shape is not None]
    if len(flat) < len(shapes) or not flat:
        return None
    return sum(shape[0] for shape in flat), max(shape[1] for shape in flat), max(shape[2] for shape in flat)


def _drive(day: Day, tour: Tour, shift: Shift, travel: Travel, rest: Rest) -> Iterator[DayFault]:
    """The way, stop by stop: nothing is reached before it can be, and nobody works too long without a rest."""
    depot = day.depots[shift.depot]
    here = np.unique([depot, *(stop.way.place for stop in tour.stops)])
    metres, seconds = travel.between(here, shift.profile)
    at = {int(place): row for row, place in enumerate(here)}
    pauses_s = dict(zip(tour.loads_before, tour.load_rests_s, strict=False))
    before, now_s, rested_s, driven_m = depot, tour.start_s, tour.start_s, 0
    for number, stop in enumerate(tour.stops):
        if number in tour.loads_before:
            pause_s = pauses_s.get(number, 0)
            driven_m += int(metres[at[before], at[depot]])
            now_s += int(seconds[at[before], at[depot]]) + pause_s
            rested_s = now_s if pause_s >= rest.rest_s else rested_s
            before = depot
        leg = at[before], at[stop.way.place]
        driven_m += int(metres[leg])
        if stop.arrive_s < now_s + int(seconds[leg]) or stop.begin_s < stop.arrive_s:
            yield DayFault("too_fast", stop.order)
        if stop.leave_s < stop.begin_s + stop.way.service_s + stop.rest_s:
            yield DayFault("served_too_fast", stop.order)
        if stop.begin_s - stop.arrive_s >= rest.rest_s:
            rested_s = stop.begin_s
        if stop.begin_s + stop.way.service_s - rested_s > rest.work_s and stop.way.service_s <= rest.work_s // 2:
            yield DayFault("no_rest", stop.order)
        before, now_s = stop.way.place, stop.leave_s
        rested_s = now_s if stop.rest_s >= rest.rest_s else rested_s
    back = at[before], at[depot]
    driven_m += int(metres[back])
    if tour.end_s < now_s + int(seconds[back]) or tour.start_s < shift.early_s or tour.end_s > shift.late_s:
        yield DayFault("shift_too_short", tour.shift)
    if driven_m != tour.metres:
        yield DayFault("wrong_metres", tour.shift)
    if shift.range_m is not None and driven_m > shift.range_m:
        yield DayFault("beyond_range", tour.shift)


def _load(tour: Tour, shift: Shift, orders: Mapping[str, Order]) -> Iterator[DayFault]:
    """What is aboard after each stop of each trip, and whether its driver may serve it."""
    cuts = [0, *tour.loads_before, len(tour.stops)]
    if len(cuts) - 1 > shift.trips_max:
        yield DayFault("too_many_trips", tour.shift)
    for begin, end in pairwise(cuts):
        trip = [orders[stop.order] for stop in tour.stops[begin:end]]
        aboard = np.zeros(3, np.int64)
        for order in trip:
            if not order.collected:
                aboard += (order.weight_g, len(order.parcels), order.volume_ml)
        most = aboard.copy()
        for order in trip:
            taken = np.array((order.weight_g, len(order.parcels), order.volume_ml))
            aboard += taken if order.collected else -taken
            most = np.maximum(most, aboard)
            if order.needs & ~shift.skills:
                yield DayFault("not_allowed", order.id)
        room = (shift.weight_g, shift.parcels, most[2] if shift.volume_ml is None else shift.volume_ml)
        if (most > room).any():
            yield DayFault("too_much_aboard", tour.shift)
