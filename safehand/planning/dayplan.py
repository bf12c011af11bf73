"""A day's plan: who drives where and when, how each order is served and why, what is left out and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np

from safehand.planning.compartments import Sides
from safehand.planning.day import Day, LeftOut, Order, Shift, Way, Window
from safehand.planning.decomposition import Crew, Progress, solve_apart
from safehand.planning.modelling import M_PER_KM, PERMILLE, S_PER_H, Choice, Modelled, modelled, priced
from safehand.planning.problem import Route, Travel
from safehand.planning.screening import why_left_out
from safehand.planning.solving import Budget
from safehand.planning.timing import Call, Rest, Timed, Traffic, empty_roads, latest_start_s, timed

WHOLE_DAY = Window(0, 1 << 40)


class Because(StrEnum):
    """Why an order is served as it is. A word is added, never renamed."""

    RECIPIENT_CHOSE = "recipient_chose"
    ONLY_WAY = "only_way"
    SAFER = "safer"
    """Another way that was open to it loses more."""
    CHEAPER = "cheaper"
    SITE_FULL = "site_full"
    """A better site had no place left for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop of a tour. `loss_millicents` is what is expected to be lost there and on the way there."""

    order: str
    parcels: tuple[str, ...]
    way: Way
    window: Window
    arrive_s: int
    begin_s: int
    leave_s: int
    rest_s: int
    metres: int
    because: tuple[Because, ...]
    loss_millicents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A stop of its own kind: goods go from one vehicle to another.

    It comes before the tour's stop of index `before`, and after a loading of the same index. `orders` are those whose
    goods are taken over from the tour of the shift `giver`.
    """

    before: int
    giver: str
    orders: tuple[str, ...]
    place: int
    arrive_s: int
    begin_s: int
    leave_s: int
    metres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """What one shift drives. `metres` includes the way back; a new trip begins at each index in `loads_before`."""

    shift: str
    start_s: int
    end_s: int
    metres: int
    stops: tuple[Stop, ...]
    loads_before: tuple[int, ...] = ()
    meetings: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a plan costs, in millicents, by what it is for; and grams of CO2."""

    driving: int
    time: int
    shifts: int
    loss: int
    trouble: int
    co2: int
    co2_g: int

    @property
    def whole(self) -> int:
        """All of it."""
        return self.driving + self.time + self.shifts + self.loss + self.trouble + self.co2


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """The plan of a day."""

    tours: tuple[Tour, ...]
    left_out: tuple[tuple[str, LeftOut], ...]
    costs: Costs
    seconds: float
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans days. `rest` and `traffic` are of the town and the law, `sides` those of parcels where they are known."""

    travel: Travel
    crew: Crew
    rest: Rest = field(default_factory=Rest)
    traffic: Traffic = empty_roads

    def plan(
        self, day: Day, budget: Budget, seed: int, sides: Mapping[str, Sides], told: Progress | None = None
    ) -> DayPlan:
        """Plan a day.

        An order that comes late once breaks and traffic are counted is taken out of its route, and named.
        """
        model = modelled(day, self.travel, sides)
        found = solve_apart(model.problem, budget, seed, self.crew, told)
        free = [list(rows) for rows in model.shifts]
        tours, dropped = [], set()
        for route in found.routes:
            shift = day.shifts[free[route.vehicles].pop()]
            tour, late = self._tour(day, model, route, shift)
            dropped |= late
            if tour.stops:
                tours.append(tour)
        served = {stop.order for tour in tours for stop in tour.stops}
        left = tuple(
            (order.id, LeftOut.NO_ROOM if order.id in dropped else why_left_out(day, order, self.travel))
            for order in day.orders
            if order.id not in served
        )
        return DayPlan(
            tours=tuple(sorted(tours, key=lambda tour: tour.shift)),
            left_out=left,
            costs=costed(day, tours),
            seconds=found.seconds,
            iterations=found.iterations,
        )

    def _tour(self, day: Day, model: Modelled, route: Route, shift: Shift) -> tuple[Tour, set[str]]:
        """A route with its times. What would be late is taken out, one by one, until nothing is."""
        trips = [[model.choices[visit] for visit in trip] for trip in route.trips]
        dropped: set[str] = set()
        while True:
            tour = self._timed(day, model, trips, shift)
            late = [stop for stop in tour.stops if stop.begin_s > stop.window.late_s]
            if not late and (tour.end_s <= shift.late_s or not tour.stops):
                return tour, dropped
            gone = late[0].order if late else tour.stops[-1].order
            dropped.add(gone)
            trips = [[choice for choice in trip if day.orders[choice.order].id != gone] for trip in trips]
            trips = [trip for trip in trips if trip]

    def _timed(self, day: Day, model: Modelled, trips: Sequence[Sequence[Choice]], shift: Shift) -> Tour:
        depot = day.depots[shift.depot]
        places = [depot, *(place for trip in trips for place in (*(choice.way.place for choice in trip), depot))]
        here, at = np.unique(places, return_inverse=True)
        metres, seconds = self.travel.between(here, shift.profile)
        legs = [(int(metres[a, b]), int(seconds[a, b])) for a, b in pairwise(at)]
        entries = [entry for trip in trips for entry in (*trip, None)]
        calls = [
            Call(leg[1], WHOLE_DAY, 0) if choice is None else Call(leg[1], choice.window, choice.way.service_s)
            for choice, leg in zip(entries, legs, strict=True)
        ]
        start_s = latest_start_s(calls, shift.early_s, self.rest, self.traffic) if calls else shift.early_s
        times = timed(calls, start_s, self.rest, self.traffic)
        stops: list[Stop] = []
        loads: list[int] = []
        loaded_s = start_s
        for choice, leg, when in zip(entries, legs, times, strict=True):
            if choice is None:
                loads.append(len(stops))
                loaded_s = when.leave_s
            else:
                stops.append(_stop(day, model, choice, _Reached(leg[0], when, when.begin_s - loaded_s)))
        return Tour(
            shift=shift.id,
            start_s=start_s,
            end_s=times[-1].begin_s if times else start_s,
            metres=sum(leg[0] for leg in legs),
            stops=tuple(stops),
            loads_before=tuple(loads[:-1]),
        )


@dataclass(frozen=True, slots=True)
class _Reached:
    """How a stop was reached: from how far, when, and for how long its goods had been aboard."""

    metres: int
    when: Timed
    aboard_s: int


def _stop(day: Day, model: Modelled, choice: Choice, reached: _Reached) -> Stop:
    order, when = day.orders[choice.order], reached.when
    aboard = 0 if order.collected else order.aboard_millicents_per_h * reached.aboard_s // S_PER_H
    return Stop(
        order=order.id,
        parcels=order.parcels,
        way=choice.way,
        window=choice.window,
        arrive_s=when.arrive_s,
        begin_s=when.begin_s,
        leave_s=when.leave_s,
        rest_s=when.rest_s,
        metres=reached.metres,
        because=_because(day, model, order, choice),
        loss_millicents=choice.way.loss_millicents + aboard,
    )


def _because(day: Day, model: Modelled, order: Order, choice: Choice) -> tuple[Because, ...]:
    full = [way for way in order.open_ways if way.site is not None and (choice.order, way.site) not in model.held]
    return reasons(day, order, choice.way, full)


def reasons(day: Day, order: Order, chosen: Way, full: Sequence[Way]) -> tuple[Because, ...]:
    """All reasons that hold: the recipient's word alone, or what the other ways would have had against them.

    `full` are the ways of the order to sites that have no place for it.
    """
    if chosen.mode == order.chosen:
        return (Because.RECIPIENT_CHOSE,)
    others = [way for way in order.open_ways if way != chosen]
    if not others:
        return (Because.ONLY_WAY,)
    mine = priced(day, order, chosen)
    riskier = any(way.loss_millicents > chosen.loss_millicents for way in others if way not in full)
    wished = any(priced(day, order, way) < mine for way in others if way in full)
    found = (Because.SAFER if riskier else Because.CHEAPER, Because.SITE_FULL if wished else None)
    return tuple(reason for reason in found if reason is not None)


def costed(day: Day, tours: Sequence[Tour]) -> Costs:
    """What tours cost, counted from their own figures."""
    by_id = {shift.id: shift for shift in day.shifts}
    driving = time = shifts = co2_g = 0
    for tour in tours:
        shift = by_id[tour.shift]
        driving += tour.metres * shift.millicents_per_km // M_PER_KM
        time += (tour.end_s - tour.start_s) * shift.millicents_per_h // S_PER_H
        shifts += shift.millicents_a_day
        co2_g += tour.metres * shift.co2_g_per_km // M_PER_KM
    stops = [stop for tour in tours for stop in tour.stops]
    return Costs(
        driving=driving,
        time=time,
        shifts=shifts,
        loss=sum(stop.loss_millicents for stop in stops) * day.prices.loss_permille // PERMILLE,
        trouble=sum(stop.way.trouble_millicents for stop in stops),
        co2=co2_g * day.prices.co2_millicents_per_kg // 1_000,
        co2_g=co2_g,
    )


def at_loss_weight(day: Day, loss_permille: int) -> Day:
    """The same day with expected loss weighed otherwise: for comparing what caution costs."""
    return replace(day, prices=replace(day.prices, loss_permille=loss_permille))
