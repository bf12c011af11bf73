"""Plans a day: routes by the solver, times with rests and traffic, reasons, and the check that every plan must pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from safehand.planning.compartments import Sides
from safehand.planning.day import S_PER_H, WHOLE_DAY, Day, LeftOut, Order, Shift
from safehand.planning.daychecking import check_day
from safehand.planning.dayplan import Because, DayPlan, Stop, Tour, costed
from safehand.planning.decomposition import Crew, Progress, solve_apart
from safehand.planning.errors import PlanBroken
from safehand.planning.modelling import Choice, Modelled, modelled
from safehand.planning.problem import Route, Travel
from safehand.planning.reasons import reasons
from safehand.planning.screening import why_left_out
from safehand.planning.solving import Budget
from safehand.planning.timing import Call, Rest, Timed, Traffic, empty_roads, latest_start_s, timed


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

        An order that comes late once rests and traffic are counted is taken out of its route, and named.

        Errors
            PlanBroken  the check found something: the plan is not given out.
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
        plan = DayPlan(
            tours=tuple(sorted(tours, key=lambda tour: tour.shift)),
            left_out=left,
            costs=costed(day, tours),
            seconds=found.seconds,
            iterations=found.iterations,
        )
        for fault in check_day(day, plan, self.travel, sides, self.rest):
            raise PlanBroken(fault.what, fault.about)
        return plan

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
        loads: list[tuple[int, int]] = []
        loaded_s = start_s
        for choice, leg, when in zip(entries, legs, times, strict=True):
            if choice is None:
                loads.append((len(stops), when.rest_s))
                loaded_s = when.leave_s
            else:
                stops.append(_stop(day, model, choice, _Reached(leg[0], when, when.begin_s - loaded_s)))
        return Tour(
            shift=shift.id,
            start_s=start_s,
            end_s=times[-1].begin_s if times else start_s,
            metres=sum(leg[0] for leg in legs),
            stops=tuple(stops),
            loads_before=tuple(at for at, _ in loads[:-1]),
            load_rests_s=tuple(rest_s for _, rest_s in loads[:-1]),
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
