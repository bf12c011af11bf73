"""Who holds what now: one row a parcel, for lists and counts. A head, told to whoever looks for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.custody.head import Head, created, decode_head
from safehand.events.parcels import ParcelCreated
from safehand.events.vocabulary import State
from safehand.kernel.ids import ParcelId, PartyId
from safehand.ledger.projections import Projection, Told
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


async def apply(tx: Tx, told: Sequence[Told]) -> None:
    """Fold facts in: each row becomes what the parcel's head says. Idempotent; an older fact changes nothing."""
    newest = {getattr(event, "parcel", ""): seq for seq, event in told}
    made = {event.parcel: event for _, event in told if isinstance(event, ParcelCreated)}
    rows = await tx.fetch("SELECT stream, state FROM heads WHERE stream = ANY($1::text[])", list(newest))
    heads = [decode_head(row["state"]) for row in rows if row["state"]]
    kept = {head.parcel for head in heads}
    heads += [created(event) for parcel, event in made.items() if parcel not in kept]  # nobody has touched it since
    await _write(tx, [(newest[head.parcel], head) for head in heads if not head.aggregate])
    await _write_aggregates(tx, [(newest[head.parcel], head) for head in heads if head.aggregate])


async def _write(tx: Tx, heads: Sequence[tuple[int, Head]]) -> None:
    if heads:
        await tx.run(
            "INSERT INTO holdings (parcel, custodian, since_ms, state, state_ms, merchant, recipient, seq, offered_to,"
            " stalled_ms) SELECT parcel, custodian, since_ms, state, state_ms, merchant, recipient, seq,"
            " string_to_array(offered_to, ' '), stalled_ms FROM unnest($1::text[], $2::text[], $3::bigint[],"
            " $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::bigint[]) AS said"
            " (parcel, custodian, since_ms, state, state_ms, merchant, recipient, seq, offered_to, stalled_ms)"
            " ON CONFLICT (parcel) DO UPDATE SET"
            " custodian = excluded.custodian, since_ms = excluded.since_ms, state = excluded.state,"
            " state_ms = excluded.state_ms, seq = excluded.seq, offered_to = excluded.offered_to,"
            " stalled_ms = excluded.stalled_ms"
            " WHERE holdings.seq < excluded.seq",
            *_columns(
                [
                    (
                        head.parcel,
                        head.custodian,
                        head.since_ms,
                        head.state,
                        head.state_ms,
                        head.merchant,
                        head.recipient,
                        seq,
                        _takers(head),
                        head.stalled_ms,
                    )
                    for seq, head in heads
                ]
            ),
        )


async def _write_aggregates(tx: Tx, heads: Sequence[tuple[int, Head]]) -> None:
    """Cages and bags have rows of their own: no list or count of parcels has them in it."""
    if heads:
        await tx.run(
            "INSERT INTO aggregate_holdings (aggregate, custodian, since_ms, state, closed, merchant, offered_to, seq)"
            " SELECT aggregate, custodian, since_ms, state, closed, merchant, string_to_array(offered_to, ' '), seq"
            " FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bool[], $6::text[], $7::text[],"
            " $8::bigint[]) AS said (aggregate, custodian, since_ms, state, closed, merchant, offered_to, seq)"
            " ON CONFLICT (aggregate) DO UPDATE SET"
            " custodian = excluded.custodian, since_ms = excluded.since_ms, state = excluded.state,"
            " closed = excluded.closed, offered_to = excluded.offered_to, seq = excluded.seq"
            " WHERE aggregate_holdings.seq < excluded.seq",
            *_columns(
                [
                    (
                        head.parcel,
                        head.custodian,
                        head.since_ms,
                        head.state,
                        head.closed,
                        head.merchant,
                        _takers(head),
                        seq,
                    )
                    for seq, head in heads
                ]
            ),
        )


def _takers(head: Head) -> str:
    return " ".join(sorted({offer.taker for offer in head.offers.values()}))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


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
