"""Days and hours in words, by the clock of a place."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safehand.kernel.catalogue import Catalogue

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMED_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}
WEEK = timedelta(days=6)
"""So far back a weekday alone is clear."""

FIRST_MS, LAST_MS = -62_135_510_400_000, 253_402_214_400_000
"""Every zone has a calendar between these days: a clock may be set to anything, and its page is shown all the same."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Tells days and hours in one language, seen from `now_ms`, by the clock of `zone` where a place has none."""

    words: Catalogue
    zone: ZoneInfo
    now_ms: int

    @property
    def today(self) -> date:
        """The local day."""
        return self.local(self.now_ms).date()

    def local(self, at_ms: int, zone: str | None = None) -> datetime:
        """The moment on the wall clock of `zone`, an IANA name; an unknown one counts as none."""
        shown_ms = max(FIRST_MS, min(at_ms, LAST_MS))
        return datetime.fromtimestamp(shown_ms / 1000, UTC).astimezone(_zone(zone) or self.zone)

    def hour(self, at_ms: int, zone: str | None = None) -> str:
        """Hour and minute."""
        at = self.local(at_ms, zone)
        return self.words.say("day.clock", hour=f"{at.hour:02}", minute=f"{at.minute:02}")

    def day(self, day: date) -> str:
        """A day in the middle of a sentence: `today`, or weekday, day and month."""
        named = NAMED_DAYS.get((day - self.today).days)
        return self.words.say(f"day.{named}") if named else self.full(day)

    def full(self, day: date) -> str:
        """Weekday, day and month; the year too if it is another one."""
        form = "day.date" if day.year == self.today.year else "day.date_year"
        return self.words.say(
            form, weekday=self.weekday(day), day=day.day, month=self.words.say(f"month.{MONTHS[day.month - 1]}"),
            year=day.year,
        )  # fmt: skip

    def weekday(self, day: date) -> str:
        """The short name of the day's weekday."""
        return self.words.say(f"weekday.{WEEKDAYS[day.weekday()]}")

    def moment(self, at_ms: int, zone: str | None = None) -> str:
        """Day and hour, in the middle of a sentence."""
        day = self.day(self.local(at_ms, zone).date())
        return self.words.say("day.moment", day=day, clock=self.hour(at_ms, zone))

    def stamp(self, at_ms: int, before_ms: int | None, zone: str | None = None) -> str:
        """For the margin of a timeline: the hour, led by the day where it is another than that of the line before."""
        day = self.local(at_ms, zone).date()
        if before_ms is not None and self.local(before_ms, zone).date() == day:
            return self.hour(at_ms, zone)
        if day == self.today and before_ms is None:
            return self.hour(at_ms, zone)
        near = timedelta(0) <= self.today - day <= WEEK
        form = "day.stamp_near" if near else "day.stamp_far"
        return self.words.say(
            form, weekday=self.weekday(day), day=day.day, month=self.words.say(f"month.{MONTHS[day.month - 1]}"),
            clock=self.hour(at_ms, zone),
        )  # fmt: skip


def sentence(words: str) -> str:
    """The same words with a capital letter in front."""
    return words[:1].upper() + words[1:]


@lru_cache(maxsize=64)
def _zone(name: str | None) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
