"""Days on which a place is open, by its own clock: weekdays, and the days that are other than their weekday. Pure.

A day is a local date of the calendar's zone. No time of day is added to another here: what is asked for is a day and a
minute on the wall, and the zone says which moment that is, so that a day of 23 or 25 hours is a day like any other.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safehand.kernel.errors import Conflict

DAYS_MAX = 400
"""So far ahead an open day is looked for: a place that opens once a year is found, one that never does is said so."""
DAY_MINUTES = 24 * 60
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class NeverOpen(Conflict):
    """The calendar has too few open days ahead."""

    code = "calendar.never_open"

    def __init__(self, after: date, count: int) -> None:
        super().__init__(after=after.isoformat(), count=count, days=DAYS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a place is open, in whole days. A day that is both closed and opened is closed: nobody waits at a shut door.

    Shapes
        weekdays  open weekdays, Monday is 0.
        closed    holidays.
        opened    open although the weekday is not.
    """

    zone: ZoneInfo
    weekdays: frozenset[int]
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def open_on(self, day: date) -> bool:
        """Whether the place is open on this local day."""
        if day in self.closed:
            return False
        return day in self.opened or day.weekday() in self.weekdays

    def opening_after(self, day: date, count: int = 1) -> date:
        """The count-th open day after `day`.

        Shapes
            count  1 and above.
        Errors
            NeverOpen  there are not so many within DAYS_MAX days.
        """
        if count < 1:
            raise ValueError(f"the {count}th day after")
        left = count
        for ahead in range(1, min(DAYS_MAX, (date.max - day).days) + 1):
            found = day + ahead * DAY
            left -= self.open_on(found)
            if not left:
                return found
        raise NeverOpen(day, count)

    def opening_from(self, day: date) -> date:
        """`day` if the place is open then, else the first open day after it.

        Errors
            NeverOpen
        """
        return day if self.open_on(day) else self.opening_after(day)

    def counts_from(self, at_ms: int, cut_off: int) -> date:
        """The local day on which something told at that moment counts: from `cut_off` on it is the next one's.

        Shapes
            cut_off  minutes since midnight on the wall, 0 .. DAY_MINUTES; DAY_MINUTES is no cut-off at all.
        """
        late = self.local_minute(at_ms) >= cut_off
        return self.local_day(at_ms) + late * DAY

    def local(self, at_ms: int) -> datetime:
        """The moment on the wall clock of the place."""
        return (_EPOCH + at_ms * _MILLISECOND).astimezone(self.zone)

    def local_day(self, at_ms: int) -> date:
        """The local day of a moment."""
        return self.local(at_ms).date()

    def local_minute(self, at_ms: int) -> int:
        """Minutes on the wall clock since midnight, 0 .. DAY_MINUTES - 1."""
        at = self.local(at_ms)
        return at.hour * 60 + at.minute

    def moment_ms(self, day: date, minute: int) -> int:
        """When the wall clock first shows that minute of that day; where it leaps over it, when it would have shown it.

        Shapes
            minute  0 .. DAY_MINUTES; DAY_MINUTES is midnight at the day's end.
        Source
            RFC 5545, section 3.3.5: a time that the clock shows twice or never is read by the offset before the change.
        """
        if not 0 <= minute <= DAY_MINUTES:
            raise ValueError(f"minute {minute} of a day")
        shown = datetime.combine(day, time(), self.zone) + minute * MINUTE
        return (shown.astimezone(UTC) - _EPOCH) // _MILLISECOND
