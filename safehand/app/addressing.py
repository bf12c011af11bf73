"""Whose address a parcel bears: parcels, as the queue of addresses asks for them."""

from dataclasses import dataclass

from safehand.parcels.commands import ParcelsDesk
from safehand.places.addresses.ports import Addressed
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class ParcelAddresses:
    """Fills `Parcels` of the addresses."""

    parcels: ParcelsDesk

    async def addressed(self, tx: Tx, number: str) -> Addressed:
        """Whose address the parcel bears. Errors: as `ParcelsDesk.find`."""
        found = await self.parcels.find(tx, number)
        return Addressed(found.parcel, found.recipient, found.body)
