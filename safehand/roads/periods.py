"""Periods: the week cut into a few times of like traffic, each of which gets a car graph. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from safehand.roads.graphs import FREE, GRAPHS_MAX, HOURS
from safehand.roads.segments import F64, RoadClass, Segments
from safehand.roads.speeds import FLOWING, WeekProfile


@dataclass(frozen=True, slots=True)
class Period:
    """Hours of the week that share a graph."""

    name: str
    hours: tuple[int, ...]
    factors: tuple[float, ...]
    """How much longer a road takes than in free flow, by `RoadClass`."""

    def slowness(self, segments: Segments) -> F64:
        """The factor of every segment: n."""
        return np.asarray(np.array(self.factors)[segments.rows["kind"]], np.float64)


def busy_periods(week: WeekProfile, segments: Segments) -> tuple[Period, ...]:
    """At most GRAPHS_MAX periods, free flow first, then the slower the later.

    Hours without traffic are free flow, exactly. The others are cut where the squares of what is averaged away are
    fewest, each hour standing for the roads of this map, by how long they take.
    """
    shares = shares_of(segments)
    mixed = week.mixed(shares)
    flowing = [hour for hour in range(HOURS) if all(week.factors[kind][hour] == FLOWING for kind in RoadClass)]
    busy = sorted(set(range(HOURS)) - set(flowing), key=lambda hour: (mixed[hour], hour))
    periods = [Period(FREE, tuple(flowing), (1.0,) * len(RoadClass))]
    for number, hours in enumerate(_cut(busy, [mixed[hour] for hour in busy]), 1):
        factors = tuple(sum(week.factors[kind][hour] for hour in hours) / len(hours) / FLOWING for kind in RoadClass)
        periods.append(Period(f"busy-{number}", tuple(sorted(hours)), factors))
    return tuple(periods)


def shares_of(segments: Segments) -> dict[RoadClass, float]:
    """How much of a map's roads each kind is, by how long they take in free flow."""
    taken = np.bincount(segments.rows["kind"], segments.rows["forward_ds"], len(RoadClass))
    return {kind: float(taken[kind]) for kind in RoadClass}


def _cut(hours: Sequence[int], factors: Sequence[int]) -> list[list[int]]:
    """Cut hours, ordered by their factor, into at most GRAPHS_MAX - 1 groups with the least squared error."""
    count = min(GRAPHS_MAX - 1, len(set(factors)))
    if not count:
        return []
    size = len(hours)
    sums, squares = (np.concatenate([[0.0], np.cumsum(np.array(factors, np.float64) ** power)]) for power in (1, 2))

    def error(begin: int, end: int) -> float:
        return float(squares[end] - squares[begin] - (sums[end] - sums[begin]) ** 2 / (end - begin))

    best = {0: (0.0, [0])}  # up to which hour, at which cost, cut where
    for _ in range(count):
        following: dict[int, tuple[float, list[int]]] = {}
        for begin, (cost, cuts) in best.items():
            for end in range(begin + 1, size + 1):
                dearer = cost + error(begin, end)
                if end not in following or dearer < following[end][0]:
                    following[end] = dearer, [*cuts, end]
        best = following
    return [list(hours[begin:end]) for begin, end in pairwise(best[size][1])]
