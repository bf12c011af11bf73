"""The worklist: what a depot's tablets must know to judge a scan without asking, first all of it, then its changes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safehand.custody.contents import contents_of
from safehand.custody.declared import sides_of
from safehand.custody.head import Head, is_aggregate
from safehand.custody.reading import CustodyReader
from safehand.depot.errors import BadCursor
from safehand.events.vocabulary import State
from safehand.kernel.clock import Clock
from safehand.kernel.ids import AggregateId, ParcelId, PartyId
from safehand.store.database import Record, Tx

ROWS_MAX = 2_000
"""Rows of one page."""
REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000
"""How long what has left a floor is told to tablets that ask again; one that was away for longer begins anew."""
CURSOR_CHARS_MAX = 60
_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a parcel is found by."""

    sscc: str
    s10: str
    tracking: str
    other: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRow:
    """One parcel: opaque facts, nothing about people. `after` is what its next handover continues from."""

    parcel: ParcelId
    numbers: Numbers
    state: State
    custodian: PartyId
    after: str
    lane: str | None
    route: str | None
    promised_on: str
    sealed: bool
    seal: str | None
    weight_g: int
    """As declared."""
    sides_mm: tuple[int, int, int] | None
    """As declared, if all three were."""
    within: AggregateId | None
    exceptions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateRow:
    """One cage, bag or pallet, with the parcels that lie in it."""

    aggregate: AggregateId
    sscc: str
    state: State
    custodian: PartyId
    after: str
    closed: bool
    seal: str | None
    contents: tuple[ParcelId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a worklist. `gone` are ids that were on it and are no more; `whole` says that what one had is void."""

    parcels: tuple[ParcelRow, ...]
    aggregates: tuple[AggregateRow, ...]
    gone: tuple[str, ...]
    next: str
    more: bool
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """How far somebody has read, how far the list went when that began, and when it was last asked for.

    What had left before it began was never told, and need not be taken back.
    """

    turn: int
    began: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Worklist:
    """Reads a depot's worklist, in the caller's transaction."""

    reader: CustodyReader
    clock: Clock
    rows_max: int = ROWS_MAX

    async def page(self, tx: Tx, depot: PartyId, after: str | None = None) -> Page:
        """What has changed since `after`, the `next` of the page before; all of it without one.

        Errors
            BadCursor
        """
        now_ms = self.clock.now_ms()
        read = _cursor(after)
        whole = now_ms - read.at_ms > REMEMBERED_MS
        if whole:
            read = _Read(turn=0, began=await _newest_turn(tx, depot), at_ms=now_ms)
        rows = await tx.fetch(
            "SELECT thing, turn, there FROM depot_floor WHERE depot = $1 AND turn > $2 AND (there OR turn > $3)"
            " ORDER BY turn LIMIT $4",
            depot,
            read.turn,
            read.began,
            self.rows_max + 1,
        )
        more, rows = len(rows) > self.rows_max, rows[: self.rows_max]
        heads = await self.reader.heads(tx, [row["thing"] for row in rows if row["there"]])
        return Page(
            parcels=await _parcels(tx, heads),
            aggregates=await _aggregates(tx, heads),
            gone=tuple(row["thing"] for row in rows if not row["there"]),
            next=f"{rows[-1]['turn'] if rows else read.turn}.{read.began}.{now_ms}",
            more=more,
            whole=whole,
        )


async def forget_left(tx: Tx, now_ms: int) -> None:
    """Forget what has left a floor so long ago that every tablet knows, or begins anew."""
    await tx.run("DELETE FROM depot_floor WHERE NOT there AND at_ms < $1", now_ms - 2 * REMEMBERED_MS)


def _cursor(after: str | None) -> _Read:
    if after is None:
        return _Read(turn=0, began=0, at_ms=0)
    told = _CURSOR.fullmatch(after)
    if told is None:
        raise BadCursor(after[:CURSOR_CHARS_MAX])
    turn, began, at_ms = map(int, told.groups())
    return _Read(turn=turn, began=began, at_ms=at_ms)


async def _newest_turn(tx: Tx, depot: PartyId) -> int:
    rows = await tx.fetch("SELECT max(turn) AS turn FROM depot_floor WHERE depot = $1", depot)
    return rows[0]["turn"] or 0


async def _parcels(tx: Tx, heads: Mapping[str, Head]) -> tuple[ParcelRow, ...]:
    rows = await tx.fetch(
        "SELECT p.parcel, p.sscc, p.s10, p.tracking, p.other_number, p.sealed, p.weight_g, p.length_mm, p.width_mm,"
        " p.height_mm, s.lane, s.route, s.promised_on FROM parcels p JOIN shipments s USING (shipment)"
        " WHERE p.parcel = ANY($1::text[])",
        [thing for thing in heads if not is_aggregate(thing)],
    )
    return tuple(_parcel(row, heads[row["parcel"]]) for row in rows)


def _parcel(row: Record, head: Head) -> ParcelRow:
    return ParcelRow(
        parcel=head.parcel,
        numbers=Numbers(sscc=row["sscc"], s10=row["s10"], tracking=row["tracking"], other=row["other_number"]),
        state=head.state,
        custodian=head.custodian,
        after=head.last_handover,
        lane=row["lane"],
        route=row["route"],
        promised_on=row["promised_on"].isoformat(),
        sealed=row["sealed"],
        seal=head.seal,
        weight_g=row["weight_g"],
        sides_mm=sides_of(row),
        within=head.within.aggregate if head.within else None,
        exceptions=len(head.exceptions),
    )


async def _aggregates(tx: Tx, heads: Mapping[str, Head]) -> tuple[AggregateRow, ...]:
    ids = [thing for thing in heads if is_aggregate(thing)]
    rows = await tx.fetch("SELECT aggregate, sscc FROM aggregates WHERE aggregate = ANY($1::text[])", ids)
    inside = await contents_of(tx, ids)
    return tuple(_aggregate(row, heads[row["aggregate"]], sorted(inside[row["aggregate"]])) for row in rows)


def _aggregate(row: Record, head: Head, inside: Sequence[str]) -> AggregateRow:
    return AggregateRow(
        aggregate=AggregateId(head.parcel),
        sscc=row["sscc"],
        state=head.state,
        custodian=head.custodian,
        after=head.last_handover,
        closed=head.closed,
        seal=head.seal,
        contents=tuple(ParcelId(parcel) for parcel in inside),
    )
