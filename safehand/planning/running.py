"""A running day: its plan, and of each tour how far it is and whose goods are aboard. Pure.

A tour's stops that are done are its driven part: no change ever alters them. Where a vehicle is and at which second it
is free again is told by whoever follows it; nothing here looks at a clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from safehand.planning.day import Day
from safehand.planning.dayplan import DayPlan, Meeting, Stop, Tour
from safehand.planning.errors import ProgressImpossible, TourBroken, UnknownTour
from safehand.planning.problem import FOREVER_S, Travel


class Loading(Enum):
    """A vehicle comes back to its depot, unloads, and loads for another trip."""

    HERE = 0


type Entry = Stop | Meeting | Loading


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a shift's tour is.

    `place` is a row of the travel; `now_s` the second from which the vehicle can go on from there. Until it has `left`
    it is empty at its depot. `metres` are driven already. `aboard` are the orders whose goods it has: to be delivered,
    collected, or called off and on the way back. A `broken` one drives no more.
    """

    place: int
    now_s: int
    stops_done: int = 0
    loads_done: int = 0
    meetings_done: int = 0
    left: bool = False
    broken: bool = False
    metres: int = 0
    aboard: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A day while it is driven. `progress` has every shift of the day; `full` are sites that take nothing more."""

    day: Day
    plan: DayPlan
    travel: Travel
    progress: Mapping[str, Progress]
    full: frozenset[str] = frozenset()

    def tour(self, shift: str) -> Tour | None:
        """The tour of a shift; None if it has none."""
        return next((tour for tour in self.plan.tours if tour.shift == shift), None)

    def done(self, shift: str) -> tuple[Stop, ...]:
        """The driven part of a shift's tour."""
        tour = self.tour(shift)
        return () if tour is None else tour.stops[: self.progress[shift].stops_done]


def begun(day: Day, plan: DayPlan, travel: Travel, now_s: int = 0) -> Running:
    """The day before anybody has left."""
    progress = {
        shift.id: Progress(place=day.depots[shift.depot], now_s=max(now_s, shift.early_s)) for shift in day.shifts
    }
    return Running(day=day, plan=plan, travel=travel, progress=progress)


def entries(tour: Tour, progress: Progress) -> Iterator[Entry]:
    """What a tour has ahead, in order. At one index it loads first, then meets, then stops."""
    for at in range(len(tour.stops) + 1):
        for number, before in enumerate(tour.loads_before):
            if before == at and number >= progress.loads_done:
                yield Loading.HERE
        for number, meeting in enumerate(tour.meetings):
            if meeting.before == at and number >= progress.meetings_done:
                yield meeting
        if progress.stops_done <= at < len(tour.stops):
            yield tour.stops[at]


def driven(running: Running, shift: str, stops_done: int, place: int, now_s: int) -> Running:
    """The day as a tour has gone on: so many of its stops are done, and it is there from that second.

    Loadings and meetings before the last stop that is done are done with it. Nothing of the plan changes.

    Errors
        UnknownTour, TourBroken
        ProgressImpossible  fewer stops or an earlier second than before, or more stops than the tour has.
    """
    if shift not in running.progress:
        raise UnknownTour(shift)
    was, tour = running.progress[shift], running.tour(shift)
    if was.broken:
        raise TourBroken(shift)
    most = 0 if tour is None else len(tour.stops)
    if not was.stops_done <= stops_done <= most:
        raise ProgressImpossible(shift, "stops_done", stops_done, was.stops_done, most)
    if not was.now_s <= now_s < FOREVER_S:
        raise ProgressImpossible(shift, "now_s", now_s, was.now_s, FOREVER_S)
    if not 0 <= place < running.travel.places:
        raise ProgressImpossible(shift, "place", place, 0, running.travel.places - 1)
    if tour is None:
        return replace(running, progress={**running.progress, shift: replace(was, now_s=now_s)})
    now, taken = _gone_on(running.day, tour, was, stops_done)
    progress = dict(running.progress)
    for giver, orders in taken:
        progress[giver] = replace(progress[giver], aboard=progress[giver].aboard - orders)
    progress[shift] = replace(now, place=place, now_s=now_s)
    return replace(running, progress=progress)


def left(running: Running, shift: str, now_s: int) -> Running:
    """The day as a tour leaves its depot, with the goods of its first trip.

    Errors
        As `driven`.
    """
    if shift not in running.progress:
        raise UnknownTour(shift)
    return driven(running, shift, running.progress[shift].stops_done, running.progress[shift].place, now_s)


def advanced(running: Running, now_s: int) -> Running:
    """The day as it is at a second if everybody drives by the plan.

    A stop counts as done once the vehicle is on its way there: nobody is turned round on the road.
    """
    by_id = {shift.id: shift for shift in running.day.shifts}
    for tour in running.plan.tours:
        progress = running.progress[tour.shift]
        if progress.broken or tour.start_s > now_s:
            continue
        leaves = [tour.start_s, *(stop.leave_s for stop in tour.stops[:-1])]
        done = max(progress.stops_done, sum(leave_s <= now_s for leave_s in leaves[: len(tour.stops)]))
        last = tour.stops[done - 1] if done else None
        place = progress.place if last is None or done == progress.stops_done else last.way.place
        if done == len(tour.stops) and tour.end_s <= now_s:
            place = running.day.depots[by_id[tour.shift].depot]
        free_s = now_s if last is None else max(now_s, last.leave_s)
        running = driven(running, tour.shift, done, place, max(free_s, progress.now_s))
    return running


def _gone_on(day: Day, tour: Tour, was: Progress, stops_done: int) -> tuple[Progress, list[tuple[str, frozenset[str]]]]:
    """Progress up to so many stops, and who gave which goods at meetings on the way."""
    collected = {order.id for order in day.orders if order.collected}
    ahead = list(entries(tour, was))
    aboard, now, taken = set(was.aboard), was, list[tuple[str, frozenset[str]]]()
    if not was.left:
        aboard |= _loaded(ahead, collected)
    for at, entry in enumerate(ahead):
        if now.stops_done >= stops_done:
            break
        match entry:
            case Stop():
                aboard ^= {entry.order}  # what is delivered goes, what is collected comes
                now = replace(now, stops_done=now.stops_done + 1, metres=now.metres + entry.metres)
            case Meeting():
                aboard |= set(entry.orders)
                taken.append((entry.giver, frozenset(entry.orders)))
                now = replace(now, meetings_done=now.meetings_done + 1, metres=now.metres + entry.metres)
            case Loading():
                rest = ahead[at + 1 :]
                later = {stop.order for stop in rest if isinstance(stop, Stop) and stop.order not in collected}
                aboard = (aboard & later) | _loaded(rest, collected)
                now = replace(now, loads_done=now.loads_done + 1)
    return replace(now, left=True, aboard=frozenset(aboard)), taken


def _loaded(ahead: list[Entry], collected: set[str]) -> set[str]:
    """Orders whose goods are loaded for the trip that begins here; those that a meeting brings are not at the depot."""
    found, brought = set(), set()
    for entry in ahead:
        if isinstance(entry, Loading):
            break
        if isinstance(entry, Meeting):
            brought |= set(entry.orders)
        elif entry.order not in collected:
            found.add(entry.order)
    return found - brought
