"""When a route is where: driven anew after the solver, with breaks and with the traffic of the hour. Pure.

The solver knows neither. What it found is timed here to the second, and where it then comes late is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from safehand.planning.day import Window

type Traffic = Callable[[int, int], int]
"""From the second of leaving and the seconds on an empty road to the second of arriving. Who leaves later never arrives
earlier."""


def empty_roads(leave_s: int, free_s: int) -> int:
    """Traffic of a road on which nobody else is."""
    return leave_s + free_s


@dataclass(frozen=True, slots=True)
class Rest:
    """After `work_s` without a rest at the latest, one of `rest_s`. Waiting as long as that is one.

    Source
        Directive 2003/88/EC, article 4: a break where a day is longer than six hours. How long, the member states say.
    """

    work_s: int = 6 * 3_600
    rest_s: int = 30 * 60


@dataclass(frozen=True, slots=True)
class Call:
    """A stop to be timed: seconds from the stop before on an empty road, its window and how long it takes."""

    free_s: int
    window: Window
    service_s: int


@dataclass(frozen=True, slots=True)
class Timed:
    """When a stop is reached, begun and left; `rest_s` is how long the driver rested there before leaving."""

    arrive_s: int
    begin_s: int
    leave_s: int
    rest_s: int = 0

    def late_s(self, window: Window) -> int:
        """By how much it begins too late."""
        return max(0, self.begin_s - window.late_s)


def timed(
    calls: Sequence[Call], start_s: int, rest: Rest, traffic: Traffic = empty_roads, *, rested_s: int | None = None
) -> list[Timed]:
    """Times of all stops, the rests put where they make nothing late, or the least.

    Shapes
        calls  in order; the last one is the depot at the end.
        rested_s  when the last rest ended; without it, as the route starts.
        ->     one for each call.
    A rest is taken after a stop, as late as the rule lets it be, or earlier where that costs less lateness.
    """
    best: list[Timed] = []
    for held_back in range(len(calls) + 1):
        tried = _driven(calls, _Begun(start_s, start_s if rested_s is None else rested_s), rest, traffic, held_back)
        if not best or _lateness(calls, tried) < _lateness(calls, best):
            best = tried
        if not _lateness(calls, best) or not any(one.rest_s for one in tried):
            break
    return best


def latest_start_s(calls: Sequence[Call], least_s: int, rest: Rest, traffic: Traffic = empty_roads) -> int:
    """The latest second at which a route can start without ending later or coming late: nobody waits for nothing."""
    early = timed(calls, least_s, rest, traffic)
    lateness = _lateness(calls, early)
    most_s = max(least_s, early[-1].begin_s)
    while least_s < most_s:
        middle_s = (least_s + most_s + 1) // 2
        later = timed(calls, middle_s, rest, traffic)
        if later[-1].begin_s <= early[-1].begin_s and _lateness(calls, later) <= lateness:
            least_s = middle_s
        else:
            most_s = middle_s - 1
    return least_s


@dataclass(frozen=True, slots=True)
class _Begun:
    """Since when a driver drives, and since when without a rest."""

    start_s: int
    rested_s: int


def _driven(calls: Sequence[Call], begun: _Begun, rest: Rest, traffic: Traffic, held_back: int) -> list[Timed]:
    """Driven in order; the first rest is taken so many stops before the last at which it can be."""
    found: list[Timed] = []
    now_s, rested_s = begun.start_s, begun.rested_s
    due = _due(calls, begun, rest, traffic)
    first_at = None if due is None else max(0, due - held_back)
    for at, call in enumerate(calls):
        arrive_s = traffic(now_s, call.free_s)
        begin_s = max(arrive_s, call.window.early_s)
        if begin_s - arrive_s >= rest.rest_s:
            rested_s = begin_s
        now_s = begin_s + call.service_s
        pause_s = 0
        if at + 1 < len(calls) and (at == first_at or _over(calls[at + 1], now_s, rested_s, rest, traffic)):
            pause_s, first_at = rest.rest_s, None
            now_s += pause_s
            rested_s = now_s
        found.append(Timed(arrive_s, begin_s, now_s, pause_s))
    return found


def _due(calls: Sequence[Call], begun: _Begun, rest: Rest, traffic: Traffic) -> int | None:
    """At which stop the first rest is due; None if none is."""
    now_s, rested_s = begun.start_s, begun.rested_s
    for at, call in enumerate(calls[:-1]):
        arrive_s = traffic(now_s, call.free_s)
        begin_s = max(arrive_s, call.window.early_s)
        if begin_s - arrive_s >= rest.rest_s:
            rested_s = begin_s
        now_s = begin_s + call.service_s
        if _over(calls[at + 1], now_s, rested_s, rest, traffic):
            return at
    return None


def _over(following: Call, now_s: int, rested_s: int, rest: Rest, traffic: Traffic) -> bool:
    """Whether the next stop would end after more work than may be without a rest."""
    return traffic(now_s, following.free_s) + following.service_s - rested_s > rest.work_s


def _lateness(calls: Sequence[Call], found: Sequence[Timed]) -> int:
    return sum(one.late_s(call.window) for one, call in zip(found, calls, strict=True))
