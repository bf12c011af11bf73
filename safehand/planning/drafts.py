"""Tours as they may become: what is ahead of each, when it is driven, and which limit it breaks. Pure.

A draft is cheap to change. What it breaks is counted from its goods, one by one: a delivery is made only by whoever has
its goods aboard, so that no order is moved to a vehicle that cannot have them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TypeGuard

import numpy as np

from safehand.planning.day import WHOLE_DAY, Day, Order, Shift, Way, Window
from safehand.planning.dayplan import Meeting, Stop, Tour
from safehand.planning.problem import Travel
from safehand.planning.running import Loading, Progress, Running, entries
from safehand.planning.timing import Call, Rest, Timed, Traffic, latest_start_s, timed

MEETING_S = 300
"""Two drivers find each other, and hand over and count what is handed over."""

type Load = tuple[int, int, int]
"""Grams, parcels and millilitres."""


@dataclass(frozen=True, slots=True)
class Serve:
    """An order is served in one of its ways."""

    order: Order
    way: Way
    window: Window


@dataclass(frozen=True, slots=True)
class Meet:
    """Goods of these orders are taken over from a vehicle that stands at `place` from `early_s` on."""

    giver: str
    place: int
    early_s: int
    orders: tuple[str, ...]


type Item = Serve | Meet | Loading


class Limit(StrEnum):
    """What a draft breaks."""

    WINDOW = "window"
    SHIFT = "shift"
    RANGE = "range"
    ABOARD = "aboard"
    """Too much is aboard."""
    GOODS = "goods"
    """A delivery whose goods are not aboard."""
    TRIPS = "trips"
    SKILLS = "skills"


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit, and at which item ahead; after the last for the tour as a whole."""

    limit: Limit
    at: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for every draft of a day."""

    day: Day
    travel: Travel
    rest: Rest
    traffic: Traffic
    orders: Mapping[str, Order]
    aboard: Mapping[str, str]
    """Of orders whose goods are aboard a vehicle, its shift."""

    @classmethod
    def of(cls, running: Running, rest: Rest, traffic: Traffic) -> "Circumstances":
        """Of a running day."""
        orders = {order.id: order for order in running.day.orders}
        aboard = {order: shift for shift, progress in running.progress.items() for order in progress.aboard}
        return cls(running.day, running.travel, rest, traffic, orders, aboard)


@dataclass(frozen=True)
class Draft:
    """A shift's tour: what is driven of it, and what is ahead."""

    at: Circumstances
    shift: Shift
    progress: Progress
    items: tuple[Item, ...]
    tour: Tour | None = None
    """As it was in the plan before."""

    @property
    def home(self) -> bool:
        """Whether it has nothing to do and is at its depot."""
        return not self.items and self.progress.place == self.at.day.depots[self.shift.depot]

    @cached_property
    def places(self) -> list[int]:
        """Where it is, its items, and its depot at the end."""
        depot = self.at.day.depots[self.shift.depot]
        return [self.progress.place, *(_place(item, depot) for item in self.items), depot]

    @cached_property
    def legs(self) -> list[tuple[int, int]]:
        """Metres and seconds to each item and to the end."""
        here, at = np.unique(self.places, return_inverse=True)
        metres, seconds = self.at.travel.between(here, self.shift.profile)
        return [(int(metres[a, b]), int(seconds[a, b])) for a, b in pairwise(at.tolist())]

    @cached_property
    def calls(self) -> list[Call]:
        """The items and the end, to be timed."""
        return [_call(item, leg[1]) for item, leg in zip((*self.items, None), self.legs, strict=True)]

    @property
    def least_s(self) -> int:
        """The second from which it can drive."""
        return self.progress.now_s if self.progress.left else max(self.progress.now_s, self.shift.early_s)

    @cached_property
    def earliest(self) -> list[Timed]:
        """Times of items and end, as early as can be."""
        return timed(self.calls, self.least_s, self.at.rest, self.at.traffic, rested_s=self._rested_s())

    @cached_property
    def metres(self) -> int:
        """All that it drives, the driven part included."""
        return self.progress.metres + sum(leg[0] for leg in self.legs)

    def _rested_s(self) -> int | None:
        if not self.progress.left or self.tour is None:
            return None
        rested_s = self.tour.start_s
        for stop in self.tour.stops[: self.progress.stops_done]:
            if stop.begin_s - stop.arrive_s >= self.at.rest.rest_s:
                rested_s = stop.begin_s
            if stop.rest_s:
                rested_s = stop.leave_s
        return rested_s

    def start_s(self) -> int:
        """When it leaves its depot, or when it has; nobody leaves early to wait."""
        if self.progress.left:
            return self.least_s if self.tour is None else self.tour.start_s
        return latest_start_s(self.calls, self.least_s, self.at.rest, self.at.traffic)

    def with_items(self, items: Sequence[Item]) -> "Draft":
        """The same tour with this ahead; loadings for nothing and meetings for nothing go."""
        return Draft(
            self.at, self.shift, self.progress, _tidy(items, self.at.orders, left=self.progress.left), self.tour
        )

    @property
    def serves(self) -> Iterator[Serve]:
        """The orders ahead."""
        return (item for item in self.items if isinstance(item, Serve))

    @property
    def loads(self) -> list[Load]:
        """What is aboard at the start and after each item."""
        return self._carried[0]

    @property
    def missing(self) -> int | None:
        """The first item that delivers what is not aboard; None if there is none."""
        return self._carried[1]

    @cached_property
    def _carried(self) -> tuple[list[Load], int | None]:
        orders, missing = self.at.orders, None
        aboard = set(self.progress.aboard)
        if not self.progress.left:
            aboard |= self._loaded(0)
        now = _together(orders, aboard)
        found = [now]
        for number, item in enumerate(self.items):
            match item:
                case Serve(order=order) if order.collected:
                    aboard.add(order.id)
                    now = _plus(now, load_of(order), 1)
                case Serve(order=order) if order.id in aboard:
                    aboard.discard(order.id)
                    now = _plus(now, load_of(order), -1)
                case Serve():
                    missing = number if missing is None else missing
                case Meet():
                    aboard |= set(item.orders)
                    now = _together(orders, aboard)
                case Loading():
                    later = {one.order.id for one in self.items[number + 1 :] if _delivers(one)}
                    aboard = (aboard & later) | self._loaded(number + 1)
                    now = _together(orders, aboard)
            found.append(now)
        return found, missing

    def _loaded(self, first: int) -> set[str]:
        """Deliveries of the trip that begins at this item, whose goods are at the depot."""
        found = set[str]()
        for item in self.items[first:]:
            if isinstance(item, Loading):
                break
            if _delivers(item) and item.order.id not in self.at.aboard:
                found.add(item.order.id)
        return found

    def breach(self) -> Breach | None:
        """The first limit that it breaks; None if it keeps all. One without anything ahead breaks at most the whole."""
        if self.progress.broken or self.home:
            return None
        shift, end = self.shift, len(self.items)
        for number, (item, when) in enumerate(zip(self.items, self.earliest, strict=False)):
            if not isinstance(item, Serve):
                continue
            if item.order.needs & ~shift.skills:
                return Breach(Limit.SKILLS, number)
            if when.late_s(item.window):
                return Breach(Limit.WINDOW, number)
        if self.missing is not None:
            return Breach(Limit.GOODS, self.missing)
        most = np.array([shift.weight_g, shift.parcels, 1 << 60 if shift.volume_ml is None else shift.volume_ml])
        over = (np.array(self.loads) > most).any(axis=1)
        if over.any() and self.items:
            return Breach(Limit.ABOARD, max(int(np.argmax(over)) - 1, 0))
        if self.earliest[-1].begin_s > shift.late_s:
            return Breach(Limit.SHIFT, end)
        if shift.range_m is not None and self.metres > shift.range_m:
            return Breach(Limit.RANGE, end)
        ahead = sum(isinstance(item, Loading) for item in self.items)
        if ahead and self.progress.loads_done + ahead >= shift.trips_max:
            return Breach(Limit.TRIPS, max(number for number, one in enumerate(self.items) if isinstance(one, Loading)))
        return None


def drafts_of(at: Circumstances, running: Running) -> dict[str, Draft]:
    """Of every shift its tour as it is, by the shift's id."""
    tours = {tour.shift: tour for tour in running.plan.tours}
    found = {}
    for shift in running.day.shifts:
        progress, tour = running.progress[shift.id], tours.get(shift.id)
        items = () if tour is None else tuple(_item(at, running, entry) for entry in entries(tour, progress))
        found[shift.id] = Draft(at, shift, progress, items, tour)
    return found


def _item(at: Circumstances, running: Running, entry: Stop | Meeting | Loading) -> Item:
    match entry:
        case Stop():
            return Serve(at.orders[entry.order], entry.way, entry.window)
        case Meeting():
            return Meet(entry.giver, entry.place, running.progress[entry.giver].now_s, entry.orders)
        case Loading():
            return entry


def _place(item: Item, depot: int) -> int:
    match item:
        case Serve():
            return item.way.place
        case Meet():
            return item.place
        case Loading():
            return depot


def _call(item: Item | None, free_s: int) -> Call:
    match item:
        case Serve():
            return Call(free_s, item.window, item.way.service_s)
        case Meet():
            return Call(free_s, replace(WHOLE_DAY, early_s=item.early_s), MEETING_S)
        case _:
            return Call(free_s, WHOLE_DAY, 0)


def load_of(order: Order) -> Load:
    """How much an order is."""
    return order.weight_g, len(order.parcels), order.volume_ml


def _plus(load: Load, other: Load, sign: int) -> Load:
    return load[0] + sign * other[0], load[1] + sign * other[1], load[2] + sign * other[2]


def _together(orders: Mapping[str, Order], aboard: set[str]) -> Load:
    whole: Load = (0, 0, 0)
    for one in aboard:
        whole = _plus(whole, load_of(orders[one]), 1)
    return whole


def _delivers(item: Item) -> TypeGuard[Serve]:
    return isinstance(item, Serve) and not item.order.collected


def _tidy(items: Sequence[Item], orders: Mapping[str, Order], *, left: bool) -> tuple[Item, ...]:
    """Without loadings for nothing, and meetings only for what is delivered afterwards or was collected."""
    found: list[Item] = []
    for number, item in enumerate(items):
        match item:
            case Meet():
                after = {one.order.id for one in items[number + 1 :] if isinstance(one, Serve)}
                kept = tuple(order for order in item.orders if order in after or orders[order].collected)
                if kept:
                    found.append(replace(item, orders=kept))
            case Loading():
                if (found or left) and not (found and found[-1] is Loading.HERE):
                    found.append(item)
            case Serve():
                found.append(item)
    while found and found[-1] is Loading.HERE:
        found.pop()
    return tuple(found)
