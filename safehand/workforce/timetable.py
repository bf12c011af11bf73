"""Shifts: when a local day's work begins and ends, and what two of one driver must leave between them. Pure.

A shift covers a whole day's work with its breaks, so between two of them lies the daily rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safehand.workforce.errors import NoSuchHour, RestTooShort, ShiftImpossible, ShiftsOverlap

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
REST_MS_MIN = 11 * HOUR_MS
"""Directive 2003/88/EC, article 3: eleven consecutive hours in 24. Regulation (EC) 561/2006, article 8, asks for the
same of whoever drives beyond 3.5 t; its shorter rests are not planned with."""
SHIFT_MS_MAX = 13 * HOUR_MS
"""What those eleven hours leave of 24."""
SHIFT_MS_MIN = 30 * MINUTE_MS
AHEAD_DAYS_MAX = 400


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a moment to another, milliseconds since 1970 UTC."""

    start_ms: int
    end_ms: int


def span_of(day: date, starts: time, ends: time, zone: ZoneInfo) -> Span:
    """A shift of a local day as moments. One that ends at or before its start ends on the next day.

    An hour that comes twice counts as the earlier of the two for a start and as the later for an end, so that no rest
    is reckoned that there was not. A day of 23 or 25 hours makes the shift an hour shorter or longer.

    Errors
        NoSuchHour       clocks are put forward over it that day.
        ShiftImpossible  shorter than half an hour, or longer than 13.
    """
    end_day = day if ends > starts else day + timedelta(days=1)
    span = Span(_moment(day, starts, zone, fold=0), _moment(end_day, ends, zone, fold=1))
    if not SHIFT_MS_MIN <= span.end_ms - span.start_ms <= SHIFT_MS_MAX:
        raise ShiftImpossible(
            minutes=(span.end_ms - span.start_ms) // MINUTE_MS,
            least=SHIFT_MS_MIN // MINUTE_MS,
            at_most=SHIFT_MS_MAX // MINUTE_MS,
        )
    return span


def _moment(day: date, at: time, zone: ZoneInfo, *, fold: int) -> int:
    local = datetime.combine(day, at, zone).replace(fold=fold)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchHour(day=day.isoformat(), at=at.isoformat("minutes"))
    return int(moment.timestamp()) * 1_000


def refuse_unfit(planned: Sequence[Span], new: Span) -> None:
    """Refuse a shift that the others of the same driver leave no room for.

    Errors
        ShiftsOverlap  the driver works then already.
        RestTooShort   fewer than eleven hours would lie between it and another.
    """
    for other in planned:
        if other.start_ms < new.end_ms and new.start_ms < other.end_ms:
            raise ShiftsOverlap(start_ms=other.start_ms, end_ms=other.end_ms)
    for other in planned:
        rest_ms = max(new.start_ms - other.end_ms, other.start_ms - new.end_ms)
        if rest_ms < REST_MS_MIN:
            raise RestTooShort(minutes=rest_ms // MINUTE_MS, least=REST_MS_MIN // MINUTE_MS)
