"""Handovers that wait: for their other side, or for the one before them.

What waits too long for the one before it becomes an exception, so that a person looks at it.
"""

from collections.abc import Sequence

from safehand.events.custody import CustodyCorrected, CustodyOffered, CustodyTransferred, ExceptionOpened
from safehand.events.event import Event
from safehand.events.vocabulary import ExceptionKind
from safehand.ledger.projections import Projection
from safehand.store.database import Tx

OVERDUE_MS = 24 * 60 * 60 * 1000
OVERDUE_BATCH = 100


async def apply(tx: Tx, seq: int, event: Event) -> None:
    """Fold one fact in. Idempotent."""
    match event:
        case CustodyOffered():
            await tx.run(
                "INSERT INTO offers (parcel, handover, after, told_ms, open) VALUES ($1, $2, $3, $4, true)"
                " ON CONFLICT DO NOTHING",
                event.parcel,
                event.handover,
                event.after,
                event.received_ms,
            )
        case CustodyTransferred() | CustodyCorrected():
            await tx.run(
                "INSERT INTO offers (parcel, handover, after, told_ms, open) VALUES ($1, $2, $3, $4, false)"
                " ON CONFLICT (parcel, handover) DO UPDATE SET open = false",
                event.parcel,
                event.handover,
                event.after,
                event.received_ms,
            )
        case ExceptionOpened(kind=ExceptionKind.UNKNOWN_AFTER, handover=str(handover)):
            await tx.run("UPDATE offers SET open = false WHERE parcel = $1 AND handover = $2", event.parcel, handover)


async def overdue(tx: Tx, now_ms: int) -> Sequence[tuple[str, str]]:
    """Parcels and handovers that have waited longer than OVERDUE_MS, oldest first."""
    rows = await tx.fetch(
        "SELECT parcel, handover FROM offers WHERE open AND told_ms < $1 ORDER BY told_ms LIMIT $2",
        now_ms - OVERDUE_MS,
        OVERDUE_BATCH,
    )
    return [(row["parcel"], row["handover"]) for row in rows]


OFFERS = Projection("offers", apply, ("offers",))
