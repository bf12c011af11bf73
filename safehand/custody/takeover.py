"""Takeover: whom the carrier's earlier system named as custodian, recorded as its word and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.custody.commands import load_heads
from safehand.custody.head import encode_head, folded
from safehand.events.custody import CustodyTakenOver
from safehand.events.statement import handover_id
from safehand.events.vocabulary import State
from safehand.kernel.ids import ParcelId, PartyId
from safehand.ledger.ledger import Append, Ledger
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """Who had a parcel at the change, since when, and the hash of the row that said so."""

    parcel: ParcelId
    custodian: PartyId
    state: State
    since_ms: int
    row_hash: str


async def take_over(tx: Tx, ledger: Ledger, rows: Sequence[TakenOver], now_ms: int) -> None:
    """Record custodians of parcels that were created in this transaction; the merchant held them until now."""
    heads = await load_heads(tx, ledger, [row.parcel for row in rows])
    appends = []
    for row in rows:
        head = heads[row.parcel]
        fact = CustodyTakenOver(
            at_ms=row.since_ms,
            received_ms=now_ms,
            cause=row.row_hash,
            parcel=row.parcel,
            handover=handover_id(head.last_handover, head.custodian, row.parcel, row.custodian),
            after=head.last_handover,
            giver=head.custodian,
            taker=row.custodian,
            state=row.state,
        )
        appends.append(Append(row.parcel, head.version, [fact], encode_head(folded(head, fact))))
    await ledger.append(tx, appends)
