"""Handovers that wait: for their other side, or for the one before them.

What waits too long for the one before it becomes an exception, so that a person looks at it.
"""

from collections.abc import Mapping, Sequence

from safehand.events.custody import CustodyCorrected, CustodyOffered, CustodyTransferred, ExceptionOpened
from safehand.events.vocabulary import ExceptionKind
from safehand.ledger.projections import Projection, Told
from safehand.store.database import Tx

OVERDUE_MS = 24 * 60 * 60 * 1000
OVERDUE_BATCH = 100


async def apply(tx: Tx, told: Sequence[Told]) -> None:
    """Fold facts in. Idempotent."""
    waiting: dict[tuple[str, str], tuple[str, int]] = {}
    done: dict[tuple[str, str], tuple[str, int]] = {}
    for _, event in told:
        match event:
            case CustodyOffered():
                waiting.setdefault((event.parcel, event.handover), (event.after, event.received_ms))
            case CustodyTransferred() | CustodyCorrected():
                done[event.parcel, event.handover] = (event.after, event.received_ms)
    await _write(tx, done, waits=False)
    await _write(tx, {key: said for key, said in waiting.items() if key not in done}, waits=True)
    for _, event in told:
        match event:
            case ExceptionOpened(kind=ExceptionKind.UNKNOWN_AFTER, handover=str(handover)):
                await tx.run(
                    "UPDATE offers SET open = false WHERE parcel = $1 AND handover = $2", event.parcel, handover
                )


async def _write(tx: Tx, handovers: Mapping[tuple[str, str], tuple[str, int]], *, waits: bool) -> None:
    """Note handovers; one that has taken effect never waits again."""
    if handovers:
        await tx.run(
            "INSERT INTO offers (parcel, handover, after, told_ms, open)"
            " SELECT *, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])"
            " ON CONFLICT (parcel, handover) DO UPDATE SET open = false WHERE NOT excluded.open",
            [parcel for parcel, _ in handovers],
            [handover for _, handover in handovers],
            [after for after, _ in handovers.values()],
            [told_ms for _, told_ms in handovers.values()],
            waits,
        )


async def overdue(tx: Tx, now_ms: int) -> Sequence[tuple[str, str]]:
    """Parcels and handovers that have waited longer than OVERDUE_MS, oldest first."""
    rows = await tx.fetch(
        "SELECT parcel, handover FROM offers WHERE open AND told_ms < $1 ORDER BY told_ms LIMIT $2",
        now_ms - OVERDUE_MS,
        OVERDUE_BATCH,
    )
    return [(row["parcel"], row["handover"]) for row in rows]


OFFERS = Projection("offers", apply, ("offers",))
