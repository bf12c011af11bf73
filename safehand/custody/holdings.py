"""Who holds what now: one row a parcel, for lists and counts. A head, told to whoever looks for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.custody.head import Head, created, decode_head
from safehand.events.event import Event
from safehand.events.parcels import ParcelCreated
from safehand.events.vocabulary import State
from safehand.kernel.ids import ParcelId, PartyId
from safehand.ledger.projections import Projection
from safehand.store.database import Record, Tx

LIST_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One parcel, its custodian and its state."""

    parcel: ParcelId
    custodian: PartyId
    since_ms: int
    state: State
    state_ms: int


async def apply(tx: Tx, seq: int, event: Event) -> None:
    """Fold one fact in: the row becomes what the parcel's head says. Idempotent; an older fact changes nothing."""
    rows = await tx.fetch("SELECT state FROM heads WHERE stream = $1", getattr(event, "parcel", ""))
    if rows and rows[0]["state"]:
        await _write(tx, seq, decode_head(rows[0]["state"]))
    elif isinstance(event, ParcelCreated):  # nobody has touched the parcel since
        await _write(tx, seq, created(event))


async def _write(tx: Tx, seq: int, head: Head) -> None:
    if head.aggregate:
        await _write_aggregate(tx, seq, head)
        return
    await tx.run(
        "INSERT INTO holdings (parcel, custodian, since_ms, state, state_ms, merchant, recipient, seq, offered_to,"
        " stalled_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (parcel) DO UPDATE SET"
        " custodian = excluded.custodian, since_ms = excluded.since_ms, state = excluded.state,"
        " state_ms = excluded.state_ms, seq = excluded.seq, offered_to = excluded.offered_to,"
        " stalled_ms = excluded.stalled_ms"
        " WHERE holdings.seq < excluded.seq",
        head.parcel,
        head.custodian,
        head.since_ms,
        head.state,
        head.state_ms,
        head.merchant,
        head.recipient,
        seq,
        sorted({offer.taker for offer in head.offers.values()}),
        head.stalled_ms,
    )


async def _write_aggregate(tx: Tx, seq: int, head: Head) -> None:
    """Cages and bags have rows of their own: no list or count of parcels has them in it."""
    await tx.run(
        "INSERT INTO aggregate_holdings (aggregate, custodian, since_ms, state, closed, merchant, offered_to, seq)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (aggregate) DO UPDATE SET"
        " custodian = excluded.custodian, since_ms = excluded.since_ms, state = excluded.state,"
        " closed = excluded.closed, offered_to = excluded.offered_to, seq = excluded.seq"
        " WHERE aggregate_holdings.seq < excluded.seq",
        head.parcel,
        head.custodian,
        head.since_ms,
        head.state,
        head.closed,
        head.merchant,
        sorted({offer.taker for offer in head.offers.values()}),
        seq,
    )


async def counts(tx: Tx) -> dict[State, int]:
    """How many parcels stand where."""
    rows = await tx.fetch("SELECT state, count(*) AS n FROM holdings GROUP BY state")
    return {State(row["state"]): row["n"] for row in rows}


async def newest(tx: Tx, limit: int = 20) -> Sequence[Holding]:
    """The parcels that moved last."""
    rows = await tx.fetch(
        "SELECT parcel, custodian, since_ms, state, state_ms FROM holdings ORDER BY seq DESC LIMIT $1",
        min(limit, LIST_MAX),
    )
    return [_holding(row) for row in rows]


async def held_by(tx: Tx, custodian: PartyId, limit: int = LIST_MAX) -> Sequence[Holding]:
    """What one party holds, longest first."""
    rows = await tx.fetch(
        "SELECT parcel, custodian, since_ms, state, state_ms FROM holdings WHERE custodian = $1"
        " ORDER BY since_ms LIMIT $2",
        custodian,
        min(limit, LIST_MAX),
    )
    return [_holding(row) for row in rows]


def _holding(row: Record) -> Holding:
    return Holding(
        parcel=row["parcel"],
        custodian=row["custodian"],
        since_ms=row["since_ms"],
        state=State(row["state"]),
        state_ms=row["state_ms"],
    )


HOLDINGS = Projection("holdings", apply, ("holdings", "aggregate_holdings"))
