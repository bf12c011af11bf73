"""Reading parcels with their heads: for routes and pages, without locks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from safehand.custody.commands import fold
from safehand.custody.contents import contents_of
from safehand.custody.errors import NoSuchAggregate, NoSuchParcel
from safehand.custody.head import Head, decode_head, is_aggregate
from safehand.custody.timeline import Entry, entries
from safehand.events.event import decode
from safehand.identity.model import Principal, Resource
from safehand.ledger.ledger import Ledger
from safehand.ledger.sequencer import checkpointed_size
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.model import Parcel
from safehand.parcels.service import STANDARD
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

    async def thing(self, tx: Tx, id: str) -> Found:
        """The same for pages about a parcel or a cage: a cage as a parcel without recipient, under its SSCC.

        Errors
            NoSuchAggregate, and those of `find`.
        """
        if not is_aggregate(id):
            return await self.find(tx, id)
        rows = await tx.fetch("SELECT sscc, created_ms FROM aggregates WHERE aggregate = $1", id)
        if not rows:
            raise NoSuchAggregate(id[:40])
        head, sscc = await self.head(tx, id), rows[0]["sscc"]
        parcel = Parcel(
            parcel=head.parcel,
            shipment=head.shipment,
            merchant=head.merchant,
            recipient=head.recipient,
            sscc=sscc,
            s10="",
            tracking=sscc,
            sealed=False,
            weight_g=0,
            promised_on=datetime.fromtimestamp(rows[0]["created_ms"] / 1000, UTC).date(),
            service=STANDARD,
            body="",
            contents="",
        )
        return Found(parcel, head)

    async def head(self, tx: Tx, parcel: str) -> Head:
        """Where a parcel stands now."""
        found = await self._heads(tx, [parcel])
        if not found:
            raise NoSuchParcel(parcel)
        return found[0]

    async def heads(self, tx: Tx, things: Sequence[str]) -> dict[str, Head]:
        """Where several parcels or cages stand now; unknown ones are left out."""
        return {head.parcel: head for head in await self._heads(tx, list(things))}

    async def contents(self, tx: Tx, aggregate: str) -> list[Head]:
        """Where everything stands that lies in a cage or bag, in the order of the ids."""
        return await self._heads(tx, sorted((await contents_of(tx, [aggregate]))[aggregate]))

    async def _heads(self, tx: Tx, things: list[str]) -> list[Head]:
        rows = await tx.fetch("SELECT stream, state FROM heads WHERE stream = ANY($1::text[]) ORDER BY stream", things)
        unkept = await self.ledger.read_streams(tx, [row["stream"] for row in rows if not row["state"]])
        return [
            decode_head(row["state"]) if row["state"] else fold([decode(one.fact) for one in unkept[row["stream"]]])
            for row in rows
        ]

    async def timeline(self, tx: Tx, parcel: str) -> list[Entry]:
        """The parcel's timeline, oldest first, with what a signed checkpoint covers marked."""
        size = await checkpointed_size(tx)
        return entries(await self.ledger.read(tx, parcel), size)
