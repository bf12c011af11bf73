"""Cages that a manifest tells of. Fills the parcels' port from custody."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from safehand.custody.aggregates import CREATE_MAX, AggregateDraft, AggregatesDesk
from safehand.custody.head import Head, created
from safehand.events.parcels import ParcelCreated
from safehand.events.vocabulary import AggregateKind
from safehand.kernel.ids import PartyId
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class Cages:
    """Fills `Packing`. What a manifest calls an aggregate is taken for a cage: bags and pallets move the same way."""

    aggregates: AggregatesDesk

    async def in_use(self, tx: Tx, numbers: Collection[str]) -> set[str]:
        """As the protocol says."""
        return await self.aggregates.in_use(tx, numbers)

    async def pack(self, tx: Tx, merchant: PartyId, cages: Mapping[str, Sequence[ParcelCreated]]) -> None:
        """As the protocol says."""
        for some in batched(cages.items(), CREATE_MAX):
            drafts = [
                AggregateDraft(
                    kind=AggregateKind.CAGE,
                    holder=merchant,
                    merchant=merchant,
                    sscc=sscc,
                    contents=tuple(fact.parcel for fact in facts),
                )
                for sscc, facts in some
            ]
            known: dict[str, Head] = {fact.parcel: created(fact) for _, facts in some for fact in facts}
            await self.aggregates.create_many(tx, drafts, known)
