"""Addresses, joined: the map of the installation, and whose address a parcel bears."""

from contextlib import suppress
from dataclasses import dataclass

from safehand.app.installation import Installation
from safehand.parcels.commands import ParcelsDesk
from safehand.places.addresses.atlas import Atlas
from safehand.places.addresses.commands import AddressDesk
from safehand.places.addresses.ports import Addressed
from safehand.places.basemap.builds import MapFolder
from safehand.places.basemap.errors import NoMap
from safehand.store.database import Tx
from safehand.store.jobs import Job


@dataclass(frozen=True, slots=True)
class ParcelAddresses:
    """Fills `Parcels` of the addresses."""

    parcels: ParcelsDesk

    async def addressed(self, tx: Tx, number: str) -> Addressed:
        """Whose address the parcel bears. Errors: as `ParcelsDesk.find`."""
        found = await self.parcels.find(tx, number)
        return Addressed(found.parcel, found.recipient, found.body)


@dataclass(frozen=True, slots=True)
class NewAddresses:
    """Looks at the addresses of shipments that were just told of, as long as there is a map to look at them by."""

    here: Installation

    async def look(self, job: Job) -> None:
        """Those of one job. Told twice, an address is in the queue once."""
        desk, shipments = addresses_of(self.here), [str(one) for one in job.payload["shipments"]]
        async with self.here.store.transaction(readonly=True) as tx:
            found = await self.here.parcels.of_shipments(tx, shipments)
        with suppress(NoMap):
            for first, *_ in found.values():
                await desk.look(Addressed(first.parcel, first.recipient, first.body))


def addresses_of(here: Installation) -> AddressDesk:
    """The desk of an installation's addresses."""
    atlas = Atlas(MapFolder(here.settings.map_folder))
    return AddressDesk(here.store, here.vault, atlas, ParcelAddresses(here.parcels), here.clock)
