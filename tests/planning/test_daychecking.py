"""The check of a day's plan: a right one passes, and every fault that is planted in one is found."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from safehand.planning.crew import Alone
from safehand.planning.day import Day, Order, Window
from safehand.planning.daychecking import check_day
from safehand.planning.dayplan import DayPlan, Stop, Tour
from safehand.planning.planner import Planner
from safehand.planning.solving import Budget
from safehand.planning.timing import Rest
from tests.planning.days import LOCKER, SMALL, VAN, a_day, a_town

REST = Rest()
TOWN = a_town(30)
SIDES = {f"parcel-{at}": SMALL for at in range(30)}


@cache
def a_plan() -> tuple[Day, DayPlan]:
    day = replace(a_day(30), shifts=tuple(replace(VAN, id=f"van-{at}", trips_max=2, parcels=16) for at in (1, 2)))
    plan = Planner(travel=TOWN, crew=Alone()).plan(day, Budget(iterations=300), 1, SIDES)
    return day, plan


def faults(day: Day, plan: DayPlan) -> set[str]:
    return {fault.what for fault in check_day(day, plan, TOWN, SIDES, REST)}


def first(plan: DayPlan, **change: object) -> DayPlan:
    """The plan with its first stop changed."""
    [tour, *others] = plan.tours
    [stop, *after] = tour.stops
    return with_tour(plan, replace(tour, stops=(replace(stop, **change), *after)), others)  # type: ignore[arg-type]


def with_tour(plan: DayPlan, tour: Tour, others: list[Tour]) -> DayPlan:
    return replace(plan, tours=(tour, *others))


def stop_of(plan: DayPlan) -> Stop:
    return plan.tours[0].stops[0]


def test_a_right_plan_passes() -> None:
    day, plan = a_plan()
    assert faults(day, plan) == set()
    assert plan.left_out == ()
    assert any(tour.loads_before for tour in plan.tours)


PLANTED: dict[str, Callable[[DayPlan], DayPlan]] = {
    "order_lost": lambda plan: with_tour(
        plan, replace(plan.tours[0], stops=plan.tours[0].stops[1:]), list(plan.tours[1:])
    ),
    "order_twice": lambda plan: replace(plan, tours=(*plan.tours, replace(plan.tours[0], shift="van-9"))),
    "unknown_shift": lambda plan: replace(plan, tours=(replace(plan.tours[0], shift="van-9"), *plan.tours[1:])),
    "unknown_order": lambda plan: first(plan, order="order-99"),
    "shift_used_twice": lambda plan: replace(plan, tours=(*plan.tours, replace(plan.tours[0], stops=()))),
    "window_missed": lambda plan: first(plan, begin_s=stop_of(plan).window.late_s + 1),
    "way_not_open": lambda plan: first(plan, window=Window(1, 2)),
    "too_fast": lambda plan: first(plan, arrive_s=plan.tours[0].start_s),
    "served_too_fast": lambda plan: first(plan, leave_s=stop_of(plan).begin_s),
    "wrong_metres": lambda plan: with_tour(
        plan, replace(plan.tours[0], metres=plan.tours[0].metres - 1), list(plan.tours[1:])
    ),
    "shift_too_short": lambda plan: with_tour(plan, replace(plan.tours[0], end_s=VAN.late_s + 1), list(plan.tours[1:])),
    "too_many_trips": lambda plan: with_tour(
        plan,
        replace(plan.tours[0], loads_before=(1, 2, 3), load_rests_s=(0, 0, 0)),
        list(plan.tours[1:]),
    ),
    "too_much_aboard": lambda plan: with_tour(
        plan, replace(plan.tours[0], loads_before=(), load_rests_s=()), list(plan.tours[1:])
    ),
}


@pytest.mark.parametrize("what", sorted(PLANTED))
def test_what_is_planted_is_found(what: str) -> None:
    day, plan = a_plan()
    assert what in faults(day, PLANTED[what](plan))


def test_a_day_that_asks_for_more_than_the_plan_gives_finds_it_wrong() -> None:
    day, plan = a_plan()

    def every(order: Callable[[Order], Order]) -> Day:
        return replace(day, orders=tuple(order(one) for one in day.orders))

    assert "not_allowed" in faults(every(lambda one: replace(one, needs=4)), plan)
    assert "beyond_range" in faults(replace(day, shifts=tuple(replace(one, range_m=10) for one in day.shifts)), plan)
    full = replace(day, sites=tuple(replace(site, compartments=(), room=0) for site in day.sites))
    assert "site_overbooked" in faults(full, plan)
    small = replace(day, sites=tuple(replace(site, compartments=((1, 1, 1),), room=9) for site in day.sites))
    assert "site_overbooked" in faults(small, plan)
    assert any(stop.way.place == LOCKER for tour in plan.tours for stop in tour.stops)


def test_a_day_without_rests_is_found() -> None:
    day = replace(a_day(30), shifts=(VAN,))
    slow = replace(day, orders=tuple(replace(one, ways=(replace(one.ways[0], service_s=800),)) for one in day.orders))
    plan = Planner(travel=TOWN, crew=Alone()).plan(slow, Budget(iterations=200), 1, SIDES)
    restless = replace(
        plan,
        tours=tuple(replace(tour, stops=tuple(replace(stop, rest_s=0) for stop in tour.stops)) for tour in plan.tours),
    )
    assert faults(slow, plan) == set()
    assert "no_rest" in faults(slow, restless)
