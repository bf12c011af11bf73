"""Opening hours: what each weekday's are, and whether a place is open at a moment. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safehand.kernel.calendar import DAY_MINUTES, Calendar
from safehand.places.errors import BadHours, BadZone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPANS_MAX = 4
"""Spans of one day: morning, afternoon, and two more."""

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9+_-]*(/[A-Za-z0-9+_-]+){0,2}")

type WeekHours = Mapping[str, tuple[str, ...]]
"""By weekday (mon .. sun), spans as `08:00-17:30`; a day that is not named is shut."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one minute of a day up to another, 0 .. DAY_MINUTES."""

    opens: int
    shuts: int

    def __str__(self) -> str:
        return f"{_clock(self.opens)}-{_clock(self.shuts)}"


@dataclass(frozen=True, slots=True)
class Week:
    """The spans of each weekday, Monday first."""

    days: tuple[tuple[Span, ...], ...]

    @classmethod
    def of(cls, told: WeekHours) -> "Week":
        """A week as it is told.

        Errors
            BadHours
        """
        for name in told:
            if name not in WEEKDAYS:
                raise BadHours(name)
        return cls(tuple(_spans(told.get(name, ())) for name in WEEKDAYS))

    def told(self) -> dict[str, tuple[str, ...]]:
        """The same as it is told: days in order, shut ones left out."""
        return {name: tuple(map(str, spans)) for name, spans in zip(WEEKDAYS, self.days, strict=True) if spans}

    @property
    def weekdays(self) -> frozenset[int]:
        """Weekdays with any hours, Monday is 0."""
        return frozenset(day for day, spans in enumerate(self.days) if spans)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """That weekday's. A day that is opened although its weekday is shut has the hours of the first open weekday."""
        return self.days[day.weekday()] or next((spans for spans in self.days if spans), (Span(0, DAY_MINUTES),))


def open_at(week: Week, calendar: Calendar, at_ms: int) -> bool:
    """Whether the place is open at that moment, by its own clock and its days."""
    day, minute = calendar.local_day(at_ms), calendar.local_minute(at_ms)
    return calendar.open_on(day) and any(span.opens <= minute < span.shuts for span in week.spans_on(day))


def minute_of(told: str) -> int:
    """Minutes since midnight of `14:30`.

    Errors
        BadHours
    """
    hit = _TIME.fullmatch(told)
    if hit is None:
        raise BadHours(told)
    return int(hit[1]) * 60 + int(hit[2])


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name.

    Errors
        BadZone
    """
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise BadZone(name)


def _spans(told: tuple[str, ...]) -> tuple[Span, ...]:
    if len(told) > SPANS_MAX:
        raise BadHours(" ".join(told))
    spans = tuple(sorted(map(_span, told)))
    for before, after in pairwise(spans):
        if after.opens < before.shuts:
            raise BadHours(f"{before} {after}")
    return spans


def _span(told: str) -> Span:
    hit = _SPAN.fullmatch(told)
    if hit is None:
        raise BadHours(told)
    opens, shuts = int(hit[1]) * 60 + int(hit[2]), int(hit[3]) * 60 + int(hit[4])
    if not opens < shuts <= DAY_MINUTES:
        raise BadHours(told)
    return Span(opens, shuts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
