"""Addresses, joined: the map of the installation, and whose address a parcel bears."""

from dataclasses import dataclass

from safehand.app.installation import Installation
from safehand.parcels.commands import ParcelsDesk
from safehand.places.addresses.atlas import Atlas
from safehand.places.addresses.commands import AddressDesk
from safehand.places.addresses.ports import Addressed
from safehand.places.basemap.builds import MapFolder
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class ParcelAddresses:
    """Fills `Parcels` of the addresses."""

    parcels: ParcelsDesk

    async def addressed(self, tx: Tx, number: str) -> Addressed:
        """Whose address the parcel bears. Errors: as `ParcelsDesk.find`."""
        found = await self.parcels.find(tx, number)
        return Addressed(found.parcel, found.recipient, found.body)


def addresses_of(here: Installation) -> AddressDesk:
    """The desk of an installation's addresses."""
    atlas = Atlas(MapFolder(here.settings.map_folder))
    return AddressDesk(here.store, here.vault, atlas, ParcelAddresses(here.parcels), here.clock)
