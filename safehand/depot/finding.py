"""Finding whose a parcel is that bears no label: what is missing here, and weighs and measures about the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.custody.declared import sides_of
from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader
from safehand.events.vocabulary import AT_REST, ExceptionKind, State
from safehand.kernel.ids import ParcelId, PartyId
from safehand.store.database import Record, Tx

LISTED_MAX = 50
"""Candidates that are told: whoever has the thing in his hands compares no more."""
LOOKED_AT_MAX = 2_000
"""Parcels of about that weight whose heads are read, the nearest first."""
WEIGHT_TENTHS = 1
WEIGHT_G_LEAST = 100
SIDE_MM_LEAST = 20
"""So far apart may be what is declared and what is weighed and measured: a tenth, and at least this."""


class Why(StrEnum):
    """Why a parcel may be the one."""

    SHORT = "short"
    """Somebody has reported that it is not here."""
    AWAITED = "awaited"
    """It is on its way here, and never was here."""
    UNREAD = "unread"
    """It came, in a cage perhaps, and has not been read at sorting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One parcel that may be it: opaque facts. `off_g` is how much its declared weight is off."""

    parcel: ParcelId
    tracking: str
    why: Why
    lane: str | None
    route: str | None
    weight_g: int
    off_g: int
    sides_mm: tuple[int, int, int] | None
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Looks for them, in the caller's transaction."""

    reader: CustodyReader

    async def like(
        self, tx: Tx, depot: PartyId, weight_g: int, sides_mm: tuple[int, int, int] | None = None
    ) -> list[Candidate]:
        """Parcels of this depot that nobody has read here, nearest in weight first; LISTED_MAX at most.

        Shapes
            sides_mm  in any order. A parcel of which none were declared is not left out for them.
        """
        near = _tolerance(weight_g, WEIGHT_G_LEAST)
        rows = await tx.fetch(
            "SELECT p.parcel, p.tracking, p.weight_g, p.length_mm, p.width_mm, p.height_mm, s.lane, s.route,"
            " EXISTS (SELECT FROM depot_movements m WHERE m.thing = f.thing AND m.depot = $1) AS had"
            " FROM depot_floor f JOIN parcels p ON p.parcel = f.thing JOIN shipments s USING (shipment)"
            " WHERE f.depot = $1 AND f.there AND s.depot = $1 AND p.weight_g BETWEEN $2::int - $3::int AND $2 + $3"
            " ORDER BY abs(p.weight_g - $2), p.parcel LIMIT $4",
            depot,
            weight_g,
            near,
            LOOKED_AT_MAX,
        )
        alike = [row for row in rows if sides_mm is None or _alike(sides_of(row), sides_mm)]
        heads = await self.reader.heads(tx, [row["parcel"] for row in alike])
        told = ((row, heads[row["parcel"]]) for row in alike)
        found = [_candidate(row, head, why, weight_g) for row, head in told if (why := _why(head, depot, row["had"]))]
        return found[:LISTED_MAX]


def _why(head: Head, depot: PartyId, had: bool) -> Why | None:
    if head.state in AT_REST:
        return None
    if any(one.kind is ExceptionKind.SHORT for one in head.exceptions.values()):
        return Why.SHORT
    if head.custodian != depot:
        return None if had else Why.AWAITED
    return Why.UNREAD if head.state is State.RECEIVED else None


def _tolerance(about: int, least: int) -> int:
    return max(least, about * WEIGHT_TENTHS // 10)


def _alike(declared: Sequence[int] | None, measured: Sequence[int]) -> bool:
    """Whether each side is about the same, however the thing lay."""
    if declared is None:
        return True
    return all(
        abs(told - found) <= _tolerance(found, SIDE_MM_LEAST)
        for told, found in zip(sorted(declared), sorted(measured), strict=True)
    )


def _candidate(row: Record, head: Head, why: Why, weight_g: int) -> Candidate:
    return Candidate(
        parcel=head.parcel,
        tracking=row["tracking"],
        why=why,
        lane=row["lane"],
        route=row["route"],
        weight_g=row["weight_g"],
        off_g=weight_g - row["weight_g"],
        sides_mm=sides_of(row),
        exceptions=tuple(sorted(one.kind for one in head.exceptions.values())),
    )
