"""Calendars: which days of a place are holidays or extra days, and the calendar that follows with its hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from safehand.identity.model import NAME_SHAPE
from safehand.kernel.calendar import DAYS_MAX, Calendar
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId
from safehand.places.errors import BadDay, FileTooLarge, NoHours
from safehand.places.hours import zone_of
from safehand.places.model import Open, Place, PlaceKind
from safehand.places.places import Places
from safehand.store.database import Record, Tx

AHEAD_DAYS = 2 * DAYS_MAX
"""So far ahead what is planned shows in a calendar: as far as an opening is looked for from a day a year ahead."""
SET_AT_ONCE_MAX = 1_000
SET_AHEAD_DAYS = 3_660
LISTED_MAX = 4_000
DAY = timedelta(days=1)


class DayKind(StrEnum):
    """What a day is, other than its weekday says."""

    CLOSED = "closed"
    OPENED = "opened"
    USUAL = "usual"
    """As its weekday says, after all."""


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """One day as it is told."""

    day: date
    kind: DayKind
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySet:
    """One line of the history: what a day was made, by whom and when."""

    day: Day
    told_ms: int
    told_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysTold:
    """What became of days that were told: set, the same as before, and over already, which nothing changes any more."""

    set: int
    same: int
    past: int


@dataclass(frozen=True, slots=True)
class Calendars:
    """Sets days and makes calendars, in the caller's transaction."""

    places: Places
    clock: Clock

    async def of(self, tx: Tx, place: Place) -> Calendar:
        """The calendar of a place from now on, with what is planned already.

        Errors
            NoHours
        """
        now_ms = self.clock.now_ms()
        versions = await self.places.from_now_on(tx, place.id, now_ms)
        return calendar_of(versions, await self.days(tx, place), now_ms)

    async def of_depot(self, tx: Tx, party: PartyId) -> Calendar | None:
        """The calendar of a depot by its party; None if it is not on the map yet, or no more."""
        found = await self.places.of_party(tx, party, PlaceKind.DEPOT, self.clock.now_ms())
        return await self.of(tx, found[0]) if found else None

    async def days(self, tx: Tx, place: Place) -> list[Day]:
        """What each day is that is not as its weekday says, in order; days long over are left out."""
        since = self.today(place) - DAYS_MAX * DAY
        rows = await tx.fetch(
            "SELECT * FROM (SELECT DISTINCT ON (day) day, kind, name FROM place_days WHERE place = $1 AND day >= $2"
            " ORDER BY day, number DESC) d WHERE kind <> $3 ORDER BY day LIMIT $4",
            place.id,
            since,
            DayKind.USUAL.value,
            LISTED_MAX,
        )
        return [_day(row) for row in rows]

    async def told(self, tx: Tx, place: Place, rows_max: int = LISTED_MAX) -> list[DaySet]:
        """Who made which day what, the newest first."""
        rows = await tx.fetch(
            "SELECT day, kind, name, told_ms, told_by FROM place_days WHERE place = $1 ORDER BY number DESC LIMIT $2",
            place.id,
            rows_max,
        )
        return [DaySet(day=_day(row), told_ms=row["told_ms"], told_by=row["told_by"]) for row in rows]

    async def set(self, tx: Tx, place: Place, days: Sequence[Day], by: str) -> DaysTold:
        """Say what days are. A day that is over stays what it was.

        Errors
            NoHours, BadDay, FileTooLarge
        """
        today = self.today(place)
        if len(days) > SET_AT_ONCE_MAX:
            raise FileTooLarge("days", len(days), SET_AT_ONCE_MAX)
        for one in days:
            _check(one, today)
        await tx.lock(f"places.{place.id}")
        known = {one.day: one for one in await self.days(tx, place)}
        told = {one.day: one for one in days if one.day >= today}
        fresh = [one for one in told.values() if known.get(one.day, Day(one.day, DayKind.USUAL)) != one]
        now_ms = self.clock.now_ms()
        await tx.copy(
            "place_days",
            ("place", "day", "kind", "name", "told_ms", "told_by"),
            [(place.id, one.day, one.kind.value, one.name, now_ms, by) for one in sorted(fresh)],
        )
        past = sum(one.day < today for one in days)
        return DaysTold(set=len(fresh), same=len(days) - past - len(fresh), past=past)

    def today(self, place: Place) -> date:
        """The day at the place.

        Errors
            NoHours
        """
        return _bare(place).local_day(self.clock.now_ms())


def calendar_of(versions: Sequence[Place], days: Iterable[Day], now_ms: int) -> Calendar:
    """The calendar of a place: its weekdays now, its days, and what is planned for the days ahead.

    A day on which a new version begins is open only if it is by the one before and by the new one.

    Shapes
        versions  the one in force, then the planned ones as they begin to hold.
    Errors
        NoHours
    """
    base = _bare(versions[0])
    closed = {one.day for one in days if one.kind is DayKind.CLOSED}
    opened = {one.day for one in days if one.kind is DayKind.OPENED} - closed
    today = base.local_day(now_ms)
    turns = [(base.local_day(max(one.valid_from_ms, now_ms)), _open_weekdays(one)) for one in versions]
    changes = len(turns) > 1 or versions[0].retired
    for day in (today + ahead * DAY for ahead in range(AHEAD_DAYS + 1 if changes else 0)):
        touching = [open_on for first, open_on in turns if first < day][-1:]
        touching += [open_on for first, open_on in turns if first == day]
        if frozenset() in touching:
            closed.add(day)
        elif day in opened:
            continue
        elif any(day.weekday() not in open_on for open_on in touching):
            closed.add(day)
        elif day.weekday() not in base.weekdays:
            opened.add(day)
    return Calendar(zone=base.zone, weekdays=base.weekdays, closed=frozenset(closed), opened=frozenset(opened - closed))


def _open_weekdays(place: Place) -> frozenset[int]:
    """None of a place that is no more."""
    return frozenset() if place.retired else _bare(place).weekdays


def _bare(place: Place) -> Calendar:
    """The weekdays of a version alone."""
    if not isinstance(place.details, Open):
        raise NoHours(place.code)
    return Calendar(zone=zone_of(place.details.zone), weekdays=place.details.week.weekdays)


def _day(row: Record) -> Day:
    return Day(row["day"], DayKind(row["kind"]), row["name"])


def _check(one: Day, today: date) -> None:
    if not today - SET_AHEAD_DAYS * DAY <= one.day <= today + SET_AHEAD_DAYS * DAY:
        raise BadDay(one.day.isoformat())
    if one.name and NAME_SHAPE.fullmatch(one.name) is None:
        raise BadDay(f"{one.day.isoformat()} {one.name!r}")
