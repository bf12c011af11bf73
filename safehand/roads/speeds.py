"""Speeds by time of week: how much slower roads are in each hour, and when a round arrives because of it. Pure.

Times are milliseconds; hours of the week begin on Monday at 0:00 by the place's own clock, and whoever asks says when
that was.
"""

import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from safehand.roads.errors import WeekUnusable
from safehand.roads.graphs import HOURS
from safehand.roads.segments import RoadClass

HOUR_MS = 3_600_000
FLOWING = 1000
"""The factor of free flow, in thousandths."""
FACTOR_MIN, FACTOR_MAX = 500, 10_000
WEEK_BYTES_MAX = 64 * 1024
DEFAULT_WEEK = Path(__file__).with_name("week.toml")
LEGS_MAX = 100_000
LEG_MS_MAX = 30 * 24 * HOUR_MS
DAYS = ("workday",) * 5 + ("saturday", "sunday")


@dataclass(frozen=True, slots=True)
class WeekProfile:
    """How much longer each kind of road takes than in free flow, in thousandths, for each hour of the week.

    Errors
        WeekUnusable  a kind has not 168 hours, or a factor is beyond its limits.
    """

    factors: Mapping[RoadClass, tuple[int, ...]]
    source: str
    """Where it comes from, for people."""

    def __post_init__(self) -> None:
        if set(self.factors) != set(RoadClass):
            raise WeekUnusable("a kind of road is missing")
        for kind, hours in self.factors.items():
            if len(hours) != HOURS:
                raise WeekUnusable(f"{kind.name.lower()} has {len(hours)} hours")
            if not all(FACTOR_MIN <= factor <= FACTOR_MAX for factor in hours):
                raise WeekUnusable(f"{kind.name.lower()} has a factor outside {FACTOR_MIN} to {FACTOR_MAX}")

    def mixed(self, shares: Mapping[RoadClass, float]) -> tuple[int, ...]:
        """One factor an hour for a mix of roads, whose shares need not sum to one. Free flow if there are none."""
        whole = sum(shares.values())
        if not whole > 0:
            return (FLOWING,) * HOURS
        return tuple(
            round(sum(share * self.factors[kind][hour] for kind, share in shares.items()) / whole)
            for hour in range(HOURS)
        )


@dataclass(frozen=True, slots=True)
class Paces:
    """How far one gets in each hour of the week, as milliseconds of free flow; what turns durations into arrivals.

    Whole numbers throughout: two departures are never exchanged by rounding.
    """

    hourly_ms: tuple[int, ...]
    reached_ms: tuple[int, ...]
    """How far one is at the beginning of each hour, and at the end of the week."""

    @classmethod
    def of(cls, factors: Sequence[int]) -> "Paces":
        """Out of one factor an hour, such as `WeekProfile.mixed` gives."""
        if len(factors) != HOURS or not all(FACTOR_MIN <= factor <= FACTOR_MAX for factor in factors):
            raise WeekUnusable(f"{len(factors)} hours, or a factor outside {FACTOR_MIN} to {FACTOR_MAX}")
        hourly_ms = tuple(HOUR_MS * FLOWING // factor for factor in factors)
        return cls(hourly_ms, (0, *accumulate(hourly_ms)))

    def arrival_ms(self, departure_ms: int, free_ms: int, monday_ms: int) -> int:
        """When one arrives who leaves then, for a leg that takes so long in free flow.

        Shapes
            departure_ms, monday_ms  milliseconds of one clock; monday_ms is any Monday 0:00 of the place.
            free_ms                  0..LEG_MS_MAX.
            ->                       rounded up.
        Errors
            WeekUnusable  the leg is negative or longer than anybody drives.
        Source
            Ichoua, Gendreau and Potvin, Vehicle dispatching with time-dependent travel times (2003): one who is under
            way when the hour changes goes on at the new speed, so who leaves later never overtakes.
        """
        if not 0 <= free_ms <= LEG_MS_MAX:
            raise WeekUnusable(f"a leg of {free_ms} ms")
        reached = self.reached_ms
        weeks, since = divmod(departure_ms - monday_ms, HOURS * HOUR_MS)
        hour, within = divmod(since, HOUR_MS)
        goal = (reached[hour] + free_ms) * HOUR_MS + self.hourly_ms[hour] * within
        more, left = divmod(goal, reached[HOURS] * HOUR_MS)
        at = bisect_right(reached, left // HOUR_MS, 0, HOURS + 1) - 1
        ms = -(-(left - reached[at] * HOUR_MS) // self.hourly_ms[at])
        return monday_ms + ((weeks + more) * HOURS + at) * HOUR_MS + ms


def arrivals_ms(
    legs_ms: Sequence[int], stays_ms: Sequence[int], departure_ms: int, monday_ms: int, paces: Paces
) -> list[int]:
    """When a round arrives at each of its stops.

    Shapes
        legs_ms   n durations in free flow: ask the graph `FREE`, not one that has the traffic in it already.
        stays_ms  n, how long it stays where each leg ends.
        ->        n arrivals, each no earlier for a later departure.
    Errors
        WeekUnusable
    """
    if len(legs_ms) != len(stays_ms) or len(legs_ms) > LEGS_MAX:
        raise WeekUnusable(f"{len(legs_ms)} legs and {len(stays_ms)} stays, at most {LEGS_MAX}")
    arrivals, leaves_ms = list[int](), departure_ms
    for leg_ms, stay_ms in zip(legs_ms, stays_ms, strict=True):
        arrives_ms = paces.arrival_ms(leaves_ms, leg_ms, monday_ms)
        arrivals.append(arrives_ms)
        leaves_ms = arrives_ms + max(0, stay_ms)
    return arrivals


def read_week(path: Path = DEFAULT_WEEK) -> WeekProfile:
    """A week out of its file: tables workday, saturday and sunday with 24 factors a kind of road.

    Errors
        WeekUnusable
    """
    try:
        told = tomllib.loads(path.read_bytes()[:WEEK_BYTES_MAX].decode("utf-8"))
        days = [told[day] for day in DAYS]
        factors = {
            kind: tuple(int(factor) for day in days for factor in day.get(kind.name.lower(), day["other"]))
            for kind in RoadClass
        }
        return WeekProfile(factors, str(told["source"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeekUnusable(f"{path.name}: {error}") from None
