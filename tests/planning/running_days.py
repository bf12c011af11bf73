"""Running days that tests are about, and what is wrong with an answer, found without asking who made it."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np

from safehand.planning.changes import Answer, Change
from safehand.planning.crew import Alone
from safehand.planning.day import LeftOut, Order, Way, Window
from safehand.planning.dayplan import Meeting, Stop, Tour
from safehand.planning.planner import Planner
from safehand.planning.problem import Matrices, Travel
from safehand.planning.replanning import Replanner
from safehand.planning.running import Loading, Running, advanced, begun, driven, entries
from safehand.planning.solving import Budget
from safehand.risk.loss import Mode
from tests.planning.days import DOORS, M_PER_S, SMALL, a_day, a_town, sides_of
from tests.planning.test_day import packed

ORDERS = 24
SPARE = 12
"""Doors of the town to which nothing is brought before a new order comes."""
HOUR = 3_600


@cache
def a_running_day(seed: int = 1, trips: int = 2) -> Running:
    """A planned day before anybody left: three vans of nine parcels, each sixth order collected, long stops."""
    drawn = a_day(ORDERS, seed, shifts=3)
    orders = tuple(_slow(order, at) for at, order in enumerate(drawn.orders))
    vans = tuple(replace(shift, parcels=9, trips_max=trips, millicents_a_day=0) for shift in drawn.shifts)
    day = replace(drawn, orders=orders, shifts=vans)
    town = a_town(ORDERS + SPARE, seed)
    plan = Planner(travel=town, crew=Alone()).plan(day, Budget(iterations=150), seed, sides_of(day))
    return begun(day, plan, town)


def _slow(order: Order, at: int) -> Order:
    """The order with half an hour at its door; each sixth is collected, and that only there."""
    door = replace(order.ways[0], service_s=1_800)
    collected = at % 6 == 5
    return replace(order, collected=collected, ways=(door,) if collected else (door, *order.ways[1:]))


def a_new_order(number: int, *, collected: bool = False, window: Window | None = None) -> Order:
    """One parcel to or from a door that had nothing before."""
    way = Way(mode=Mode.DOOR, place=DOORS + ORDERS + number % SPARE, service_s=120,
              windows=(window or Window(7 * HOUR, 15 * HOUR),))  # fmt: skip
    return Order(id=f"new-{number}", parcels=(f"new-parcel-{number}",), weight_g=2_000, volume_ml=4_000, ways=(way,),
                 collected=collected)  # fmt: skip


def a_replanner(running: Running, iterations: int | None = 40) -> Replanner:
    """One whose answers are the same everywhere."""
    budget = None if iterations is None else Budget(iterations=iterations)
    return Replanner(sides=sides_of(running.day), budget=budget)


def slower(town: Travel, seed: int) -> Matrices:
    """The town with a third of its roads closed: three times as far."""
    open_m, _ = town.between(np.arange(town.places), 0)
    closed = np.random.default_rng(seed).random(open_m.shape) < 0.3
    metres = np.where(closed, 3 * open_m, open_m)
    return Matrices((metres,), (metres // M_PER_S,), town.spots())


def wrong_with(answer: Answer) -> set[str]:
    """Every limit, the driven part, every order once, counted from the answer alone."""
    after, found = answer.after, set[str]()
    orders = {order.id: order for order in after.day.orders}
    seen = Counter([stop.order for tour in after.plan.tours for stop in tour.stops])
    seen.update(order for order, _ in after.plan.left_out)
    if seen != Counter(list(orders)):
        found.add("an order is lost or doubled")
    for shift, progress in answer.before.progress.items():
        old, new = answer.before.tour(shift), after.tour(shift)
        if progress.left and (new is None or old is None or _driven(old, answer.before) != _driven(new, after)):
            found.add("what is driven was altered")
    for tour in after.plan.tours:
        found |= _of_tour(answer, tour, orders)
    found |= _of_sites(after)
    was, now = _whereabouts(answer.before), _whereabouts(after)
    moved = {order for order in was.keys() | now.keys() if was.get(order) != now.get(order)}
    if not moved <= {move.order for move in answer.moves}:
        found.add("a move is not told")
    return found


def _whereabouts(running: Running) -> dict[str, object]:
    """Of every order who serves it and how, or why nobody does."""
    served = {stop.order: (tour.shift, stop.way) for tour in running.plan.tours for stop in tour.stops}
    return {**served, **dict(running.plan.left_out)}


def _driven(tour: Tour, running: Running) -> tuple[object, ...]:
    progress = running.progress[tour.shift]
    return (tour.stops[: progress.stops_done], tour.loads_before[: progress.loads_done],
            tour.meetings[: progress.meetings_done], tour.start_s)  # fmt: skip


def _of_tour(answer: Answer, tour: Tour, orders: dict[str, Order]) -> set[str]:
    after, found = answer.after, set[str]()
    progress = after.progress[tour.shift]
    shift = next(shift for shift in after.day.shifts if shift.id == tour.shift)
    ahead = list(entries(tour, progress))
    if progress.broken:
        return {"a broken vehicle drives"} if ahead else set()
    depot = after.day.depots[shift.depot]
    place, free_s = (progress.place, progress.now_s) if progress.left else (depot, tour.start_s)
    if not progress.left and free_s < max(progress.now_s, shift.early_s):
        found.add("it leaves before it can")
    elsewhere = {order for one, told in after.progress.items() for order in told.aboard if one != tour.shift}
    aboard, fresh = set(progress.aboard), not progress.left
    for at, entry in enumerate([Loading.HERE, *ahead] if fresh else ahead):
        if entry is Loading.HERE:
            rest = ahead[at:] if fresh else ahead[at + 1 :]
            stops = [one for one in rest if isinstance(one, Stop)]
            until = next((n for n, one in enumerate(rest) if one is Loading.HERE), len(rest))
            trip = {one.order for one in rest[:until] if isinstance(one, Stop)}
            brings = {one for one in trip if not orders[one].collected} - elsewhere
            aboard = {one for one in aboard if one in {stop.order for stop in stops} and not orders[one].collected}
            aboard |= brings
            there = depot
        else:
            there = entry.way.place if isinstance(entry, Stop) else entry.place
        reached_s = free_s + int(after.travel.between(np.array([place, there]), 0)[1][0, 1])
        place, free_s = there, reached_s
        if isinstance(entry, Meeting):
            giver = after.progress[entry.giver]
            if not set(entry.orders) <= giver.aboard or giver.place != entry.place or not giver.broken:
                found.add("a meeting with nobody")
            aboard |= set(entry.orders)
            free_s = entry.leave_s
        elif isinstance(entry, Stop):
            found |= _of_stop(entry, orders[entry.order], reached_s, aboard)
            aboard ^= {entry.order}
            free_s = entry.leave_s
        if len(aboard) > shift.parcels or sum(orders[one].weight_g for one in aboard) > shift.weight_g:
            found.add("too much is aboard")
    back_s = free_s + int(after.travel.between(np.array([place, depot]), 0)[1][0, 1])
    if ahead and (back_s > tour.end_s or tour.end_s > shift.late_s):
        found.add("a shift is too short")
    if len(tour.loads_before) >= shift.trips_max:
        found.add("too many trips")
    return found


def _of_stop(stop: Stop, order: Order, reached_s: int, aboard: set[str]) -> set[str]:
    found = set()
    if stop.arrive_s < reached_s or not stop.window.early_s <= stop.begin_s <= stop.window.late_s:
        found.add("a window is missed")
    if order.collected == (stop.order in aboard):
        found.add("its goods are not there")
    if stop.way not in order.ways or stop.window not in stop.way.windows:
        found.add("a way that it does not have")
    return found


def _of_sites(after: Running) -> set[str]:
    found = set()
    for site in after.day.sites:
        there = [stop for tour in after.plan.tours for stop in tour.stops if stop.way.site == site.id]
        known = [sides_of(after.day).get(stop.parcels[0], SMALL) for stop in there]
        full = not packed(known, site.compartments) if site.compartments else len(there) > site.room
        if full:
            found.add("a site is overbooked")
        ahead = [stop for tour in after.plan.tours for stop in tour.stops[after.progress[tour.shift].stops_done :]]
        if site.id in after.full and any(stop.way.site == site.id for stop in ahead):
            found.add("a full site is visited")
    return found


def left_out(running: Running) -> dict[str, LeftOut]:
    """Orders that are left out, and why."""
    return dict(running.plan.left_out)


def replanned(running: Running, change: Change) -> Answer:
    """The answer to a change, with nothing wrong."""
    answer = a_replanner(running).answer(running, change)
    assert wrong_with(answer) == set()
    return answer


def at(hour: float, seed: int = 1) -> Running:
    """The day at an hour, if all drive by the plan."""
    return advanced(a_running_day(seed), round(hour * HOUR))


def served_by(running: Running, order: str) -> str | None:
    """The tour that serves an order."""
    return next((t.shift for t in running.plan.tours if any(stop.order == order for stop in t.stops)), None)


def first_left(running: Running) -> str:
    """A tour that has left."""
    return next(tour.shift for tour in running.plan.tours if running.progress[tour.shift].left)


def ahead(running: Running, shift: str) -> list[str]:
    """The orders that a tour has yet to serve."""
    tour = running.tour(shift)
    assert tour is not None
    return [stop.order for stop in tour.stops[running.progress[shift].stops_done :]]


def everybody_left() -> Running:
    """All vans on their one trip, with the first stop done."""
    running = a_running_day(1, trips=1)
    for tour in running.plan.tours:
        running = driven(running, tour.shift, 1, tour.stops[0].way.place, tour.stops[0].leave_s)
    assert len(running.plan.tours) == 3
    return running


def with_trips(running: Running, trips: int) -> Running:
    """The day with vans that may come back to load."""
    vans = tuple(replace(shift, trips_max=trips) for shift in running.day.shifts)
    return replace(running, day=replace(running.day, shifts=vans))
