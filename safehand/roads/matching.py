"""Matching: fixes laid onto the roads that they were driven on, as far as that is sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from safehand.roads.errors import PointsUnusable
from safehand.roads.points import PointE7, e7_of

CONFIDENCE_MIN = 0.5
"""Below it the engine saw another way that fits as well: then nothing is said. 0..1, its own measure."""
FIXES_MAX = 1_000
ACCURACY_M_MIN, ACCURACY_M_MAX = 5, 100
"""What a phone claims of itself is taken within these."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a device says that it was."""

    lat_e7: int
    lon_e7: int
    at_ms: int
    accuracy_m: int


@dataclass(frozen=True, slots=True)
class OnRoad:
    """Where on the roads a fix belongs."""

    at_e7: PointE7
    off_m: int
    street: str
    trace: int
    """Which of the traces it is on."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A piece of the way that was driven without a gap."""

    confidence: float
    duration_ms: int
    metres: int
    line_e7: tuple[PointE7, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """What can be said of some fixes.

    Shapes
        points  one for each fix; None if it is on no road, or on a trace that is not sure.
        unsure  indices of the fixes that fit a road, below the gate.
    """

    points: tuple[OnRoad | None, ...]
    traces: tuple[Trace, ...]
    unsure: tuple[int, ...]


def seconds_of(fixes: Sequence[Fix]) -> list[int]:
    """The fixes' times as the engine wants them.

    Errors
        PointsUnusable  they are not in the order of time, or before 1970.
    """
    times = [fix.at_ms // 1_000 for fix in fixes]
    if any(later < earlier for earlier, later in pairwise(times)) or (times and times[0] < 0):
        raise PointsUnusable("fixes are not in the order of time")
    return times


def radiuses_of(fixes: Sequence[Fix]) -> list[float]:
    """How far each may be from its road."""
    return [float(min(max(fix.accuracy_m, ACCURACY_M_MIN), ACCURACY_M_MAX)) for fix in fixes]


def matched_of(answer: Any, gate: float) -> Matched:
    """What the engine says, below the gate taken back."""
    traces = [_trace(matching) for matching in answer["matchings"]]
    sure = [trace.confidence >= gate for trace in traces]
    names = {old: new for new, old in enumerate(at for at, holds in enumerate(sure) if holds)}
    points, unsure = list[OnRoad | None](), list[int]()
    for index, point in enumerate(answer["tracepoints"]):
        trace = None if point is None else int(point["matchings_index"])
        if trace in names:
            street, off_m = str(point["name"]), round(point["distance"])
            points.append(OnRoad(e7_of(list(point["location"])), off_m, street, names[trace]))
            continue
        points.append(None)
        if trace is not None:
            unsure.append(index)
    kept = tuple(trace for trace, holds in zip(traces, sure, strict=True) if holds)
    return Matched(tuple(points), kept, tuple(unsure))


def nothing(fixes: int) -> Matched:
    """What is said where no fix fits."""
    return Matched((None,) * fixes, (), ())


def _trace(matching: Any) -> Trace:
    return Trace(
        confidence=float(matching["confidence"]),
        duration_ms=round(matching["duration"] * 1_000),
        metres=round(matching["distance"]),
        line_e7=tuple(e7_of(corner) for corner in matching["geometry"]["coordinates"]),
    )
