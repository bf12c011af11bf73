"""Why an order is in no route: the first thing that keeps every shift from it, or that there was no room. Pure."""

from collections.abc import Sequence

import numpy as np

from safehand.planning.day import DAY_S, Day, LeftOut, Order, Shift, Way
from safehand.planning.problem import Travel

type Leg = tuple[int, int]
"""Metres and seconds."""

REASONS = (LeftOut.TOO_LARGE, LeftOut.NOT_ALLOWED, LeftOut.OUT_OF_REACH, LeftOut.WINDOW)
"""In this order: of several shifts the one that comes closest says why."""


def why_left_out(day: Day, order: Order, travel: Travel) -> LeftOut:
    """What keeps an order out of every route, as if it were the only one."""
    ways = [way for way in order.open_ways if way.place not in day.off_the_map]
    if not ways:
        return LeftOut.OFF_THE_MAP
    if not day.shifts:
        return LeftOut.NO_SHIFT
    found = [_kept_from(day, shift, order, way, travel) for shift in day.shifts for way in ways]
    if any(reason is None for reason in found):
        return LeftOut.NO_ROOM
    return max((reason for reason in found if reason is not None), key=REASONS.index)


def _kept_from(day: Day, shift: Shift, order: Order, way: Way, travel: Travel) -> LeftOut | None:
    room = (shift.weight_g, shift.parcels, DAY_S if shift.volume_ml is None else shift.volume_ml)
    load = (order.weight_g, len(order.parcels), 0 if shift.volume_ml is None else order.volume_ml)
    if any(needed > there for needed, there in zip(load, room, strict=True)):
        return LeftOut.TOO_LARGE
    if order.needs & ~shift.skills:
        return LeftOut.NOT_ALLOWED
    (out_m, out_s), (back_m, back_s) = _there_and_back(travel, day.depots[shift.depot], way.place, shift.profile)
    whole_s = out_s + way.service_s + back_s
    if out_m + back_m > (shift.range_m or DAY_S**2) or shift.early_s + whole_s > shift.late_s:
        return LeftOut.OUT_OF_REACH
    for window in way.windows:
        begin_s = max(window.early_s, shift.early_s + out_s)
        if begin_s <= window.late_s and begin_s + way.service_s + back_s <= shift.late_s:
            return None
    return LeftOut.WINDOW


def _there_and_back(travel: Travel, depot: int, place: int, profile: int) -> Sequence[Leg]:
    if depot == place:
        return (0, 0), (0, 0)
    metres, seconds = travel.between(np.array([depot, place]), profile)
    return (int(metres[0, 1]), int(seconds[0, 1])), (int(metres[1, 0]), int(seconds[1, 0]))
