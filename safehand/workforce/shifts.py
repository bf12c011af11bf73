"""Shifts on record: who works where and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId, PlaceId, UserId, is_id, new_id
from safehand.store.database import Record as Row
from safehand.store.database import Tx
from safehand.workforce.errors import DayOutOfRange, NoSuchDepot, NoSuchShift
from safehand.workforce.ports import PlaceClocks
from safehand.workforce.timetable import AHEAD_DAYS_MAX, REST_MS_MIN, SHIFT_MS_MAX, Span, refuse_unfit, span_of

SHIFT = "sft"
LISTED_MAX = 500
AROUND_MS = SHIFT_MS_MAX + REST_MS_MIN
"""No shift that lies further away can be in the way of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftDraft:
    """A shift as somebody plans it: a local day of the place, and two times of that clock."""

    place: PlaceId
    day: date
    starts: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One shift. `zone` is the place's when it was planned: moments stay, should the clocks' rules change."""

    id: str
    driver: PartyId
    place: PlaceId
    day: date
    zone: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Shifts:
    """Plans, cancels and lists shifts, in the caller's transaction."""

    clocks: PlaceClocks
    clock: Clock

    async def plan(self, tx: Tx, driver: PartyId, draft: ShiftDraft, today: date, by: UserId) -> Shift:
        """Plan a shift.

        Errors
            NoSuchDepot                  no depot stands there.
            DayOutOfRange                before yesterday, or too far ahead.
            NoSuchHour, ShiftImpossible
            ShiftsOverlap, RestTooShort  another of this driver's is in the way.
        """
        if not today - timedelta(days=1) <= draft.day <= today + timedelta(days=AHEAD_DAYS_MAX):
            raise DayOutOfRange(day=draft.day.isoformat())
        zone = await self.clocks.zone(tx, draft.place)
        if zone is None:
            raise NoSuchDepot(place=draft.place[:40])
        span = span_of(draft.day, draft.starts, draft.ends, zone)
        await tx.lock(f"workforce.shifts.{driver}")  # two planners at once would both find room
        refuse_unfit(await self._around(tx, driver, span), span)
        now_ms = self.clock.now_ms()
        shift = Shift(
            id=new_id(SHIFT, now_ms),
            driver=driver,
            place=draft.place,
            day=draft.day,
            zone=zone.key,
            start_ms=span.start_ms,
            end_ms=span.end_ms,
        )
        await tx.run(
            "INSERT INTO shifts (id, driver, place, day, zone, start_ms, end_ms, made_ms, made_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            shift.id,
            driver,
            shift.place,
            shift.day,
            shift.zone,
            shift.start_ms,
            shift.end_ms,
            now_ms,
            by,
        )
        return shift

    async def _around(self, tx: Tx, driver: PartyId, span: Span) -> list[Span]:
        rows = await tx.fetch(
            "SELECT start_ms, end_ms FROM shifts WHERE driver = $1 AND cancelled_ms IS NULL"
            " AND end_ms > $2 AND start_ms < $3",
            driver,
            span.start_ms - AROUND_MS,
            span.end_ms + AROUND_MS,
        )
        return [Span(row["start_ms"], row["end_ms"]) for row in rows]

    async def cancel(self, tx: Tx, driver: PartyId, id: str, by: UserId) -> None:
        """Take a shift back; it stays on record as one that was planned.

        Errors
            NoSuchShift
        """
        done = 0
        if is_id(SHIFT, id):
            done = await tx.run(
                "UPDATE shifts SET cancelled_ms = $3, cancelled_by = $4"
                " WHERE id = $1 AND driver = $2 AND cancelled_ms IS NULL",
                id,
                driver,
                self.clock.now_ms(),
                by,
            )
        if not done:
            raise NoSuchShift(shift=id[:40])

    async def of_drivers(self, tx: Tx, drivers: Sequence[PartyId], within: Span) -> list[Shift]:
        """The shifts of these drivers that touch a span, the earliest first; LISTED_MAX at most."""
        rows = await tx.fetch(
            "SELECT id, driver, place, day, zone, start_ms, end_ms FROM shifts WHERE driver = ANY($1::text[])"
            " AND cancelled_ms IS NULL AND end_ms > $2 AND start_ms < $3 ORDER BY start_ms, id LIMIT $4",
            list(drivers),
            within.start_ms,
            within.end_ms,
            LISTED_MAX,
        )
        return [_shift(row) for row in rows]


def _shift(row: Row) -> Shift:
    return Shift(**dict(row.items()))
