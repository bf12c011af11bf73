"""Cheapest insertion: where one more order costs least, over all tours at once. Pure.

Every place in a tour is weighed with the arrays of that tour; the cheap ones are then drawn up in full, cheapest first,
until one keeps every limit. So the arrays may be rough (they know neither rests nor traffic) and the answer is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from safehand.planning.day import M_PER_KM, S_PER_H, Order, Way, Window
from safehand.planning.drafts import Draft, Item, Meet, Serve, load_of
from safehand.planning.modelling import priced
from safehand.planning.problem import I64, Flags
from safehand.planning.running import Loading

TRIED_MAX = 60
"""Drawn up in full for one order; a place that is as good as that and keeps every limit is there, or hardly is."""
DEAR = 1 << 60


def costs_per(draft: Draft) -> tuple[int, int]:
    """Millicents a metre and a second, rounded up as the plan before the day has them."""
    shift = draft.shift
    co2 = shift.co2_g_per_km * draft.at.day.prices.co2_millicents_per_kg // 1_000
    return -(-(shift.millicents_per_km + co2) // M_PER_KM), -(-shift.millicents_per_h // S_PER_H)


@dataclass(frozen=True)
class Lane:
    """A draft as arrays: of each gap before an item, or before the end, what is on both sides of it."""

    draft: Draft

    @cached_property
    def leaves_s(self) -> I64:
        """When the stop before each gap is left, at the earliest; n + 1."""
        return np.array([self.draft.least_s, *(when.leave_s for when in self.draft.earliest[:-1])], np.int64)

    @cached_property
    def latest_s(self) -> I64:
        """When the stop after each gap must be reached, at the latest; n + 1."""
        draft = self.draft
        found = [draft.shift.late_s]
        for call, leg, when in zip(reversed(draft.calls[:-1]), reversed(draft.legs[1:]),
                                   reversed(draft.earliest[:-1]), strict=True):  # fmt: skip
            found.append(min(call.window.late_s, found[-1] - leg[1] - call.service_s - when.rest_s))
        return np.array(found[::-1], np.int64)

    @cached_property
    def trip(self) -> I64:
        """The number of the trip in which each gap lies; a gap before a loading is of the trip that ends there."""
        loads = [item is Loading.HERE for item in self.draft.items]
        return np.concatenate([[0], np.cumsum(loads)]).astype(np.int64)

    @cached_property
    def loads(self) -> I64:
        """What is aboard in each gap; (n + 1, 3)."""
        return np.array(self.draft.loads, np.int64)

    def room(self, order: Order) -> tuple[I64, I64]:
        """Trips into which its goods go at the depot, and trips from which they come back there."""
        shift = self.draft.shift
        most = np.array([shift.weight_g, shift.parcels, DEAR if shift.volume_ml is None else shift.volume_ml])
        fits = (self.loads + np.array(load_of(order)) <= most).all(axis=1)
        begins = np.searchsorted(self.trip, np.arange(self.trip[-1] + 1))
        ends = np.searchsorted(self.trip, np.arange(self.trip[-1] + 1), side="right") - 1
        return np.flatnonzero(fits[begins]), np.flatnonzero(fits[ends])


@dataclass(frozen=True, slots=True)
class Place:
    """A draft with one order more, not yet drawn up: what that costs, roughly."""

    cost: int
    draft: Draft
    items: tuple[Item, ...]


type Goods = str | None
"""The shift whose vehicle has an order's goods; None: they are at the depot, or yet to be collected."""


def cheapest(lanes: Iterable[Lane], order: Order, ways: Sequence[Way], goods: Goods) -> Draft | None:
    """The draft that takes this order at the least cost; None if no tour can."""
    places = [place for lane in lanes for place in _places(lane, order, ways, goods)]
    places.sort(key=lambda place: place.cost)
    for place in places[:TRIED_MAX]:
        draft = place.draft.with_items(_handed_over(place.items, order, goods))
        if keeps_all(draft):
            return draft
    return None


def _handed_over(items: Sequence[Item], order: Order, goods: Goods) -> tuple[Item, ...]:
    """With the order's goods among those that a meeting hands over, if one brings them."""
    return tuple(
        replace(item, orders=(*item.orders, order.id)) if isinstance(item, Meet) and item.giver == goods else item
        for item in items
    )


def keeps_all(draft: Draft) -> bool:
    """Whether a draft keeps every limit."""
    return draft.breach() is None


def _places(lane: Lane, order: Order, ways: Sequence[Way], goods: Goods) -> list[Place]:
    draft = lane.draft
    if draft.progress.broken or order.needs & ~draft.shift.skills:
        return []
    gaps = _gaps(lane, order, goods)
    found = [place for way in ways for place in _in_gaps(lane, order, way, gaps)] if gaps.any() else []
    if not found and goods is None:
        found = _another_trip(lane, order, ways)
    if not draft.items and not draft.progress.left:
        found = [Place(place.cost + draft.shift.millicents_a_day, draft, place.items) for place in found]
    return found


def _gaps(lane: Lane, order: Order, goods: Goods) -> Flags:
    """In which gaps the order's goods can be had, and there is room for them."""
    draft, gaps = lane.draft, np.zeros(len(lane.draft.items) + 1, np.bool_)
    into, back = lane.room(order)
    if goods == draft.shift.id:
        gaps[:] = True
    elif goods is not None:
        met = [at for at, item in enumerate(draft.items) if isinstance(item, Meet) and item.giver == goods]
        gaps[met[0] + 1 if met else len(gaps) :] = True
    elif order.collected:
        gaps = np.isin(lane.trip, back)
    else:
        gaps = np.isin(lane.trip, into) & ((lane.trip > 0) | (not draft.progress.left))
    return gaps


def _in_gaps(lane: Lane, order: Order, way: Way, gaps: Flags) -> list[Place]:
    """All gaps in which a way can be served in one of its windows."""
    draft = lane.draft
    metres, seconds = _detours(draft, way.place)
    per_m, per_s = costs_per(draft)
    base = priced(draft.at.day, order, way)
    reach_s = lane.leaves_s + seconds[0]
    legs_s = np.array([leg[1] for leg in draft.legs])
    legs_m = np.array([leg[0] for leg in draft.legs])
    found = []
    for window in way.windows:
        begin_s = np.maximum(reach_s, window.early_s)
        open_ = gaps & (begin_s <= window.late_s) & (begin_s + way.service_s + seconds[1] <= lane.latest_s)
        longer_s = seconds[0] + seconds[1] - legs_s + way.service_s
        cost = base + (metres[0] + metres[1] - legs_m) * per_m + longer_s * per_s
        found += [
            Place(int(cost[gap]), draft, (*draft.items[:gap], Serve(order, way, window), *draft.items[gap:]))
            for gap in np.flatnonzero(open_).tolist()
        ]
    return found


def _detours(draft: Draft, place: int) -> tuple[tuple[I64, I64], tuple[I64, I64]]:
    """Metres and seconds from the stop before each gap to a place, and from there to the stop after it."""
    here, at = np.unique([*draft.places, place], return_inverse=True)
    metres, seconds = draft.at.travel.between(here, draft.shift.profile)
    before, after, there = at[:-2], at[1:-1], at[-1]
    return (
        (metres[before, there], metres[there, after]),
        (seconds[before, there], seconds[there, after]),
    )


def _another_trip(lane: Lane, order: Order, ways: Sequence[Way]) -> list[Place]:
    """A trip more, for this order alone."""
    draft = lane.draft
    loads = draft.progress.loads_done + int(lane.trip[-1])
    if loads + 1 >= draft.shift.trips_max or not (draft.items or draft.progress.left):
        return []
    per_m, per_s = costs_per(draft)
    depot = draft.at.day.depots[draft.shift.depot]
    found = []
    for way in ways:
        here, at = np.unique([depot, way.place], return_inverse=True)
        metres, seconds = draft.at.travel.between(here, draft.shift.profile)
        there, back = (at[0], at[1]), (at[1], at[0])
        cost = int(metres[there] + metres[back]) * per_m + int(seconds[there] + seconds[back]) * per_s
        cost += priced(draft.at.day, order, way) + way.service_s * per_s
        found += [Place(cost, draft, (*draft.items, Loading.HERE, Serve(order, way, window))) for window in way.windows]
    return found


def with_meeting(lane: Lane, meet: Meet, most: int) -> list[Draft]:
    """Drafts that meet a vehicle, shortest detours first; what is served afterwards is still to be put in."""
    draft = lane.draft
    if draft.progress.broken:
        return []
    metres, seconds = _detours(draft, meet.place)
    longer = metres[0] + metres[1] - np.array([leg[0] for leg in draft.legs])
    late = np.maximum(lane.leaves_s + seconds[0], meet.early_s) + seconds[1] > lane.latest_s
    loading = np.array([item is Loading.HERE for item in (*draft.items, None)])
    gaps = np.flatnonzero(~late & ~loading)
    found = []
    for gap in gaps[np.argsort(longer[gaps], kind="stable")][:most].tolist():
        # Not tidied: so far the meeting may be for nothing.
        items = (*draft.items[:gap], meet, *draft.items[gap:])
        found.append(Draft(draft.at, draft.shift, draft.progress, items, draft.tour))
    return found


def insert_all(
    drafts: Mapping[str, Draft], orders: Sequence[Order], ways: Mapping[str, Sequence[Way]], goods: Mapping[str, str]
) -> tuple[dict[str, Draft], list[Order]]:
    """Every order put in where it costs least, one after the other; and those for which there is no place.

    Those with the narrowest windows come first, and among equals those of the highest priority.
    """
    lanes = {shift: Lane(draft) for shift, draft in drafts.items()}
    left = []
    for order in sorted(orders, key=lambda order: (_width_s(ways[order.id]), -order.priority, order.id)):
        draft = cheapest(lanes.values(), order, ways[order.id], goods.get(order.id))
        if draft is None:
            left.append(order)
        else:
            lanes[draft.shift.id] = Lane(draft)
    return {shift: lane.draft for shift, lane in lanes.items()}, left


def _width_s(ways: Sequence[Way]) -> int:
    windows: list[Window] = [window for way in ways for window in way.windows]
    return max((window.late_s - window.early_s for window in windows), default=0)
