"""Exceptions as people work on them: a queue with owner and state."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.events.custody import ExceptionAssigned, ExceptionOpened, ExceptionResolved
from safehand.events.event import Event
from safehand.events.vocabulary import ExceptionKind, ExceptionState, Resolution
from safehand.identity.reach import Reach, Tie
from safehand.kernel.ids import ExceptionId, ParcelId, PlaceId, UserId
from safehand.ledger.projections import Projection, Told
from safehand.store.database import Record, Tx

LIST_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """One exception: what disagrees, whose it is, how far it has come."""

    exception: ExceptionId
    parcel: ParcelId
    kind: ExceptionKind
    state: ExceptionState
    owner: UserId | None
    resolution: Resolution | None
    recorded: str | None
    told: str | None
    handover: str | None
    place: PlaceId | None
    cause: str | None
    device: str | None
    opened_ms: int


async def apply(tx: Tx, told: Sequence[Told]) -> None:
    """Fold facts in. Idempotent; an older fact changes nothing."""
    for seq, event in told:
        await _apply(tx, seq, event)


async def _apply(tx: Tx, seq: int, event: Event) -> None:
    match event:
        case ExceptionOpened():
            await tx.run(
                "INSERT INTO exceptions (exception, parcel, kind, state, recorded, told, handover, place, cause,"
                " device, opened_ms, seq) VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10, $11)"
                " ON CONFLICT DO NOTHING",
                event.exception,
                event.parcel,
                event.kind,
                event.recorded,
                event.told,
                event.handover,
                event.place,
                event.cause,
                event.device,
                event.received_ms,
                seq,
            )
        case ExceptionAssigned():
            await tx.run(
                "UPDATE exceptions SET state = 'assigned', owner = $2, seq = $3 WHERE exception = $1 AND seq < $3",
                event.exception,
                event.owner,
                seq,
            )
        case ExceptionResolved():
            await tx.run(
                "UPDATE exceptions SET state = 'resolved', resolution = $2, seq = $3 WHERE exception = $1 AND seq < $3",
                event.exception,
                event.resolution,
                seq,
            )


@dataclass(frozen=True, slots=True)
class Page:
    """Some exceptions, and where the next page begins."""

    rows: Sequence[ExceptionRow]
    next: str | None


COLUMNS = {
    Tie.MERCHANT: "coalesce(h.merchant, a.merchant)",
    Tie.CUSTODIAN: "coalesce(h.custodian, a.custodian)",
}


async def listed(
    tx: Tx, reach: Reach, state: ExceptionState | None, *, after: str | None = None, limit: int = LIST_MAX
) -> Page:
    """A page of the exceptions within reach in one state (None: those not resolved), oldest first.

    `after` is a page's `next`.
    """
    opened_ms, _, exception = (after or "0.").partition(".")
    within = reach.condition(COLUMNS, first=5)
    rows = await tx.fetch(
        "SELECT e.* FROM exceptions e LEFT JOIN holdings h USING (parcel)"  # noqa: S608
        " LEFT JOIN aggregate_holdings a ON a.aggregate = e.parcel"
        f" WHERE CASE WHEN $1::text IS NULL THEN e.state <> 'resolved' ELSE e.state = $1 END AND {within.text}"
        " AND (e.opened_ms, e.exception) > ($2, $3) ORDER BY e.opened_ms, e.exception LIMIT $4",
        state,
        int(opened_ms) if opened_ms.isdigit() and len(opened_ms) < 16 else 0,
        exception,
        min(limit, LIST_MAX) + 1,
        *within.values,
    )
    found = [_row(row) for row in rows[: min(limit, LIST_MAX)]]
    more = len(rows) > len(found)
    return Page(found, f"{found[-1].opened_ms}.{found[-1].exception}" if more else None)


async def of_parcel(tx: Tx, parcel: str) -> Sequence[ExceptionRow]:
    """Every exception about one parcel, oldest first."""
    rows = await tx.fetch(
        "SELECT * FROM exceptions WHERE parcel = $1 ORDER BY opened_ms, exception LIMIT $2", parcel, LIST_MAX
    )
    return [_row(row) for row in rows]


async def one(tx: Tx, exception: str) -> ExceptionRow | None:
    """One exception, if there is such."""
    rows = await tx.fetch("SELECT * FROM exceptions WHERE exception = $1", exception)
    return _row(rows[0]) if rows else None


async def open_count(tx: Tx) -> int:
    """How many exceptions nobody has resolved."""
    rows = await tx.fetch("SELECT count(*) AS n FROM exceptions WHERE state <> 'resolved'")
    return int(rows[0]["n"])


def _row(row: Record) -> ExceptionRow:
    return ExceptionRow(
        exception=row["exception"],
        parcel=row["parcel"],
        kind=ExceptionKind(row["kind"]),
        state=ExceptionState(row["state"]),
        owner=row["owner"],
        resolution=Resolution(row["resolution"]) if row["resolution"] else None,
        recorded=row["recorded"],
        told=row["told"],
        handover=row["handover"],
        place=row["place"],
        cause=row["cause"],
        device=row["device"],
        opened_ms=row["opened_ms"],
    )


EXCEPTIONS = Projection("exceptions", apply, ("exceptions",))
