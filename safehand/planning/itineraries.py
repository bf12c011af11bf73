"""A draft written out as a tour: its driven part as it was, and what is ahead with its times. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from safehand.planning.day import S_PER_H, Order, Way
from safehand.planning.dayplan import Because, Meeting, Stop, Tour
from safehand.planning.drafts import Draft, Meet, Serve
from safehand.planning.running import Loading
from safehand.planning.timing import Timed, timed

type Reasons = Callable[[Order, Way], tuple[Because, ...]]
"""Why an order is served in this way."""


def tour_of(draft: Draft, why: Reasons) -> Tour | None:
    """The tour; None for a shift that drives nothing."""
    progress, before = draft.progress, draft.tour
    if not progress.left and not draft.items:
        return None
    driven = () if before is None else before.stops[: progress.stops_done]
    loads = [] if before is None else list(before.loads_before[: progress.loads_done])
    meetings = [] if before is None else list(before.meetings[: progress.meetings_done])
    if progress.broken:
        return Tour(
            shift=draft.shift.id, start_s=draft.start_s(), end_s=progress.now_s, metres=progress.metres,
            stops=driven, loads_before=tuple(loads), meetings=tuple(meetings),
        )  # fmt: skip
    start_s = draft.start_s()
    times = draft.earliest
    if not progress.left:
        times = timed(draft.calls, start_s, draft.at.rest, draft.at.traffic)
    # A trip's goods are aboard since it began. Of what was taken over, as if it had been aboard here all the time.
    loaded_s = driven[loads[-1] - 1].leave_s if loads and loads[-1] else start_s
    stops = list(driven)
    for item, leg, when in zip(draft.items, draft.legs, times, strict=False):
        match item:
            case Loading():
                loads.append(len(stops))
                loaded_s = when.leave_s
            case Meet():
                meetings.append(_meeting(item, len(stops), leg[0], when))
            case Serve():
                stops.append(_stop(draft, item, _Reached(leg[0], when, max(0, when.begin_s - loaded_s)), why))
    return Tour(
        shift=draft.shift.id,
        start_s=start_s,
        end_s=times[-1].begin_s if before is None or not draft.home else before.end_s,
        metres=draft.metres if before is None or not draft.home else before.metres,
        stops=tuple(stops),
        loads_before=tuple(loads),
        meetings=tuple(meetings),
    )


def _meeting(item: Meet, before: int, metres: int, when: Timed) -> Meeting:
    return Meeting(
        before=before, giver=item.giver, orders=item.orders, place=item.place, metres=metres,
        arrive_s=when.arrive_s, begin_s=when.begin_s, leave_s=when.leave_s,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reached:
    """How a stop was reached: from how far, when, and for how long its goods had been aboard."""

    metres: int
    when: Timed
    aboard_s: int


def _stop(draft: Draft, item: Serve, reached: _Reached, why: Reasons) -> Stop:
    order, when = item.order, reached.when
    aboard = 0 if order.collected else order.aboard_millicents_per_h * reached.aboard_s // S_PER_H
    return Stop(
        order=order.id,
        parcels=order.parcels,
        way=item.way,
        window=item.window,
        arrive_s=when.arrive_s,
        begin_s=when.begin_s,
        leave_s=when.leave_s,
        rest_s=when.rest_s,
        metres=reached.metres,
        because=why(order, item.way),
        loss_millicents=item.way.loss_millicents + aboard,
    )
