"""Reading parcels with their heads: for routes and pages, without locks."""

from dataclasses import dataclass

from safehand.custody.commands import fold
from safehand.custody.errors import NoSuchParcel
from safehand.custody.head import Head, decode_head
from safehand.custody.timeline import Entry, entries
from safehand.events.event import decode
from safehand.identity.model import Principal, Resource
from safehand.ledger.ledger import Ledger
from safehand.ledger.sequencer import checkpointed_size
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.model import Parcel
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class Found:
    """A parcel and where it stands."""

    parcel: Parcel
    head: Head

    def for_asker(self, asker: Principal) -> Resource:
        """What the policies need to know about it, as far as this asker is concerned."""
        offered = any(offer.taker == asker.party for offer in self.head.offers.values())
        return Resource.parcel(
            self.parcel.parcel,
            merchant=self.parcel.merchant,
            custodian=self.head.custodian,
            offered_to=asker.party if offered else None,
        )


@dataclass(frozen=True, slots=True)
class CustodyReader:
    """Finds parcels by any number and reads what the ledger says of them."""

    parcels: ParcelsDesk
    ledger: Ledger

    async def find(self, tx: Tx, number: str) -> Found:
        """The parcel that a number or id names, with its head.

        Errors
            NoSuchNumber, and what `read_number` refuses.
        """
        parcel = await self.parcels.find(tx, number)
        return Found(parcel, await self.head(tx, parcel.parcel))

    async def head(self, tx: Tx, parcel: str) -> Head:
        """Where a parcel stands now."""
        rows = await tx.fetch("SELECT state FROM heads WHERE stream = $1", parcel)
        if not rows:
            raise NoSuchParcel(parcel)
        if rows[0]["state"]:
            return decode_head(rows[0]["state"])
        return fold([decode(fact.fact) for fact in await self.ledger.read(tx, parcel)])

    async def timeline(self, tx: Tx, parcel: str) -> list[Entry]:
        """The parcel's timeline, oldest first, with what a signed checkpoint covers marked."""
        size = await checkpointed_size(tx)
        return entries(await self.ledger.read(tx, parcel), size)
