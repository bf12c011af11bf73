"""A day's plan: every order once or named, sites never overbooked, times that can be driven, and reasons."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.planning.compartments import Sides, Wish, fits, places_held
from safehand.planning.crew import Alone
from safehand.planning.day import Day, LeftOut, Site, Window
from safehand.planning.dayplan import Because, DayPlan
from safehand.planning.planner import Planner
from safehand.planning.solving import Budget
from safehand.planning.timing import Rest
from safehand.risk.loss import Mode
from tests.planning.days import DOORS, LARGE, SITES, SMALL, VAN, a_day, a_town, planned, sides_of


def broken(day: Day, plan: DayPlan) -> list[str]:
    """What is wrong with a plan, found without asking who made it."""
    found = []
    seen = Counter([stop.order for tour in plan.tours for stop in tour.stops] + [order for order, _ in plan.left_out])
    if seen != Counter(order.id for order in day.orders):
        found.append("an order is lost or doubled")
    for site in SITES:
        there = [stop for tour in plan.tours for stop in tour.stops if stop.way.site == site.id]
        if site.compartments and not packed([sides_of(day)[stop.parcels[0]] for stop in there], site.compartments):
            found.append("a locker is overbooked")
        if not site.compartments and len(there) > site.room:
            found.append("a shop is overbooked")
    for tour in plan.tours:
        if any(not stop.window.early_s <= stop.begin_s <= stop.window.late_s for stop in tour.stops):
            found.append("a window is missed")
        if tour.end_s > VAN.late_s or tour.start_s < VAN.early_s:
            found.append("a shift is too short")
        if sum(len(stop.parcels) for stop in tour.stops) > VAN.parcels:
            found.append("a van is too full")
    return found


def packed(parcels: list[Sides], compartments: tuple[Sides, ...]) -> bool:
    """Whether all go in, tried out: the large ones first, each in the smallest that is left."""
    left = sorted(compartments, key=sorted)
    for sides in sorted(parcels, key=sorted, reverse=True):
        room = next((one for one in left if fits(sides, one)), None)
        if room is None:
            return False
        left.remove(room)
    return True


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1_000), orders=st.integers(0, 45), shifts=st.integers(0, 3))
def test_whatever_the_day_every_order_is_served_once_or_named_and_no_limit_breaks(
    seed: int, orders: int, shifts: int
) -> None:
    day = a_day(orders, seed, shifts=shifts)
    assert broken(day, planned(day, seed, seed, Budget(iterations=100))) == []


def test_without_places_held_a_locker_would_be_overbooked() -> None:
    day = a_day(40)
    roomy = replace(day, sites=tuple(replace(site, compartments=(LARGE,) * 60, room=60) for site in SITES))
    assert "a locker is overbooked" in broken(day, planned(roomy))


def test_the_dearer_loss_is_the_less_is_lost_and_the_more_protection_is_chosen() -> None:
    plans = [
        planned(a_day(40, loss_permille=weight), budget=Budget(iterations=300)) for weight in (0, 300, 1_000, 4_000)
    ]
    losses = [plan_loss(plan) for plan in plans]
    assert all(after <= before * 1.02 for before, after in pairwise(losses))
    assert losses[-1] < 0.5 * losses[0]
    assert all(not plan.left_out for plan in plans)


def plan_loss(plan: DayPlan) -> int:
    return sum(stop.way.loss_millicents for tour in plan.tours for stop in tour.stops)


def test_the_recipients_choice_comes_first_whatever_it_costs() -> None:
    day = a_day(12)
    wanted = replace(day, orders=tuple(replace(order, chosen=Mode.DOOR) for order in day.orders))
    stops = [stop for tour in planned(wanted).tours for stop in tour.stops]
    assert {(stop.way.mode, *stop.because) for stop in stops} == {(Mode.DOOR, Because.RECIPIENT_CHOSE)}


def test_every_way_that_is_chosen_has_its_reason() -> None:
    stops = {stop.order: stop for tour in planned(a_day(40)).tours for stop in tour.stops}
    dear = [stop for at in range(0, 40, 4) for stop in [stops[f"order-{at}"]] if stop.way.mode is not Mode.DOOR]
    assert dear
    assert all(Because.SAFER in stop.because for stop in dear)
    assert any(Because.SITE_FULL in stop.because for stop in stops.values())
    assert all(stop.because for stop in stops.values())


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ("heavy", LeftOut.TOO_LARGE),
        ("needs", LeftOut.NOT_ALLOWED),
        ("night", LeftOut.WINDOW),
        ("far", LeftOut.OUT_OF_REACH),
        ("off", LeftOut.OFF_THE_MAP),
    ],
)
def test_what_cannot_be_served_is_named_with_its_reason_and_the_rest_is_planned(spoilt: str, reason: LeftOut) -> None:
    day = a_day(10)
    door = day.orders[3].ways[0]
    bad = {
        "heavy": replace(day.orders[3], weight_g=900_000),
        "needs": replace(day.orders[3], needs=2),
        "night": replace(day.orders[3], ways=(replace(door, windows=(Window(0, 3_600),)),)),
        "far": replace(day.orders[3], ways=(replace(door, service_s=9 * 3_600),)),
        "off": replace(day.orders[3], ways=(door,)),
    }[spoilt]
    off = frozenset({DOORS + 3}) if spoilt == "off" else frozenset()
    plan = planned(replace(day, orders=(*day.orders[:3], bad, *day.orders[4:]), off_the_map=off))
    assert plan.left_out == (("order-3", reason),)
    assert sum(len(tour.stops) for tour in plan.tours) == 9


def test_with_nobody_to_drive_everything_is_named() -> None:
    plan = planned(a_day(5, shifts=0))
    assert plan.tours == ()
    assert {reason for _, reason in plan.left_out} == {LeftOut.NO_SHIFT}


def test_an_order_with_two_slots_is_served_in_one_of_them() -> None:
    day = a_day(6)
    slots = (Window(7 * 3_600, 7 * 3_600 + 60), Window(13 * 3_600, 13 * 3_600 + 60))
    [first, *others] = day.orders
    slotted = replace(first, ways=(replace(first.ways[0], windows=slots),))
    [stop] = [stop for tour in planned(replace(day, orders=(slotted, *others))).tours for stop in tour.stops
              if stop.order == first.id]  # fmt: skip
    assert stop.window in slots
    assert stop.window.early_s <= stop.begin_s <= stop.window.late_s


def test_a_driver_rests_within_six_hours_and_what_no_longer_fits_is_named() -> None:
    day = a_day(60, shifts=1)
    slow = replace(
        day, orders=tuple(replace(order, ways=(replace(order.ways[0], service_s=700),)) for order in day.orders)
    )
    plan = planned(slow)
    [tour] = plan.tours
    assert broken(slow, plan) == []
    rests = [stop for stop in tour.stops if stop.rest_s]
    assert rests
    assert rests[0].leave_s - rests[0].rest_s - tour.start_s <= Rest().work_s
    assert {reason for _, reason in plan.left_out} == {LeftOut.NO_ROOM}


def test_costs_are_the_sum_of_what_the_tours_say_and_the_same_seed_is_the_same_plan() -> None:
    day = a_day(30)
    plan = planned(day)
    metres = sum(tour.metres for tour in plan.tours)
    assert plan.costs.driving == sum(tour.metres * 30 for tour in plan.tours)
    assert plan.costs.co2_g == sum(tour.metres * 180 // 1_000 for tour in plan.tours)
    assert plan.costs.loss >= plan_loss(plan)
    assert metres > 0
    assert planned(day).tours == plan.tours


def test_the_times_of_an_unchanged_way_do_not_depend_on_what_loss_costs() -> None:
    day = a_day(8)
    doors = replace(day, orders=tuple(replace(order, chosen=Mode.DOOR) for order in day.orders))
    planner = Planner(travel=a_town(8), crew=Alone())
    cheap, dear = (
        planner.plan(replace(doors, prices=replace(doors.prices, loss_permille=weight)), Budget(iterations=400), 1, {})
        for weight in (0, 5_000)
    )
    assert [[(s.order, s.begin_s) for s in tour.stops] for tour in cheap.tours] == [
        [(s.order, s.begin_s) for s in tour.stops] for tour in dear.tours
    ]


def test_a_dear_parcel_is_not_driven_about_all_day() -> None:
    """What it costs to have it aboard is counted from the depot to its stop."""
    day = a_day(20)
    plan = planned(day)
    for tour in plan.tours:
        for stop in tour.stops:
            aboard = stop.loss_millicents - stop.way.loss_millicents
            order = next(order for order in day.orders if order.id == stop.order)
            assert aboard == order.aboard_millicents_per_h * (stop.begin_s - tour.start_s) // 3_600


def test_compartments_go_to_those_who_save_most_and_others_move_where_they_fit() -> None:
    wishes = [Wish(1, "locker", 50, SMALL), Wish(2, "locker", 90, SMALL), Wish(3, "locker", 70, LARGE),
              Wish(4, "locker", 60, None), Wish(5, "locker", -1, SMALL)]  # fmt: skip
    site = Site(id="locker", compartments=(LARGE, SMALL))
    assert places_held(wishes, (site,)) == {(2, "locker"), (3, "locker")}
    assert places_held(wishes, (replace(site, compartments=(LARGE, SMALL, SMALL)),)) == {
        (1, "locker"), (2, "locker"), (3, "locker"),
    }  # fmt: skip


@given(
    parcels=st.lists(st.tuples(st.sampled_from([SMALL, LARGE, (50, 50, 700)]), st.integers(1, 99)), max_size=9),
    rooms=st.lists(st.sampled_from([SMALL, LARGE, (60, 60, 800)]), min_size=1, max_size=5),
)
def test_whoever_holds_a_place_all_of_them_go_in_and_no_other_set_saves_more(
    parcels: list[tuple[Sides, int]], rooms: list[Sides]
) -> None:
    wishes = [Wish(at, "locker", saved, sides) for at, (sides, saved) in enumerate(parcels)]
    held = places_held(wishes, (Site(id="locker", compartments=tuple(rooms)),))
    saved = sum(parcels[order][1] for order, _ in held)
    assert saved == most_saved(parcels, rooms)


def most_saved(parcels: list[tuple[Sides, int]], rooms: list[Sides]) -> int:
    """Tried out: every compartment with every parcel that fits, or with none."""
    if not rooms or not parcels:
        return 0
    without = most_saved(parcels, rooms[1:])
    here = [at for at, (sides, _) in enumerate(parcels) if fits(sides, rooms[0])]
    return max([without, *(parcels[at][1] + most_saved(parcels[:at] + parcels[at + 1 :], rooms[1:]) for at in here)])
