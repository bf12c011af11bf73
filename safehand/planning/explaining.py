"""What an answer to a change says: what became of each order, and why an order is left out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from safehand.planning.changes import Move, Why
from safehand.planning.day import LeftOut, Order, Way
from safehand.planning.dayplan import DayPlan, Stop
from safehand.planning.running import Running
from safehand.planning.screening import why_left_out

TOLD_S = 300
"""A stop that is later or earlier by less is not worth a word."""


@dataclass(frozen=True, slots=True)
class _Served:
    """By whom an order is served, and how."""

    tour: str
    stop: Stop


def moves_of(before: DayPlan, after: DayPlan, whys: Mapping[str, Why]) -> tuple[Move, ...]:
    """Every order that is served by another tour, in another way, at another time, not any more, or only now.

    `whys` are of orders that lost their place; what else moved did so because all is cheaper, or by mere time.
    """
    was, now, left = _served(before), _served(after), dict(after.left_out)
    known_left = dict(before.left_out)
    found = []
    for order in dict.fromkeys([*was, *now, *left]):
        old, new = was.get(order), now.get(order)
        if old is None and new is None and known_left.get(order) == left[order]:
            continue
        if old is not None and new is not None and _same(old, new):
            continue
        again = None
        if order in known_left:
            again = Why.NO_LONGER_FITS if new is None else Why.FITS_AGAIN
        why = whys.get(order) or again or (Why.RETIMED if _alike(old, new) else Why.CHEAPER)
        found.append(
            Move(
                order=order,
                from_tour=None if old is None else old.tour,
                from_s=None if old is None else old.stop.begin_s,
                to_tour=None if new is None else new.tour,
                to_s=None if new is None else new.stop.begin_s,
                why=why,
                left_out=left.get(order),
            )
        )
    return tuple(found)


def _served(plan: DayPlan) -> dict[str, _Served]:
    return {stop.order: _Served(tour.shift, stop) for tour in plan.tours for stop in tour.stops}


def _alike(old: _Served | None, new: _Served | None) -> bool:
    if old is None or new is None:
        return False
    return (old.tour, old.stop.way, old.stop.window) == (new.tour, new.stop.way, new.stop.window)


def _same(old: _Served, new: _Served) -> bool:
    return _alike(old, new) and abs(old.stop.begin_s - new.stop.begin_s) < TOLD_S


def why_not(running: Running, order: Order, ways: Sequence[Way], goods: str | None) -> LeftOut:
    """Why an order has no place in any tour, as the day is now. `goods` is the shift that has its goods aboard."""
    if not ways:
        off = all(way.place in running.day.off_the_map for way in order.ways)
        return LeftOut.OFF_THE_MAP if off else LeftOut.SITE_FULL
    if goods is not None and running.progress[goods].broken:
        return LeftOut.STRANDED
    if goods is not None:
        return LeftOut.NO_ROOM if _in_time(running, ways, goods) else LeftOut.WINDOW
    open_to = [
        replace(shift, early_s=max(shift.early_s, progress.now_s))
        for shift in running.day.shifts
        for progress in [running.progress[shift.id]]
        if not progress.broken and (order.collected or not progress.left or progress.loads_done + 1 < shift.trips_max)
    ]
    if running.day.shifts and not open_to:
        return LeftOut.ALL_LEFT
    return why_left_out(replace(running.day, shifts=tuple(open_to)), replace(order, ways=tuple(ways)), running.travel)


def _in_time(running: Running, ways: Sequence[Way], goods: str) -> bool:
    """Whether the tour that has it aboard could serve it if it went there at once."""
    progress = running.progress[goods]
    shift = next(shift for shift in running.day.shifts if shift.id == goods)
    for way in ways:
        here, at = np.unique([progress.place, way.place], return_inverse=True)
        _, seconds = running.travel.between(here, shift.profile)
        reached_s = progress.now_s + int(seconds[at[0], at[1]])
        if any(max(reached_s, window.early_s) <= window.late_s for window in way.windows):
            return True
    return False
