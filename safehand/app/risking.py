"""Risk, joined: where parcels go, as far as it may know, and the desk that learns it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from safehand.app.addressing import addresses_of
from safehand.app.installation import Installation
from safehand.kernel.geo import DEGREE_E7
from safehand.parcels.commands import ParcelsDesk
from safehand.places.addresses.commands import AddressDesk
from safehand.places.addresses.ports import Addressed
from safehand.risk.commands import LossDesk
from safehand.risk.contests import ContestDesk
from safehand.risk.rates import cell_at
from safehand.store.database import Store, Tx


@dataclass(frozen=True, slots=True)
class ParcelCells:
    """Fills `Addresses` of the risk room."""

    store: Store
    parcels: ParcelsDesk
    addresses: AddressDesk

    async def cells(self, parcels: Sequence[str]) -> Mapping[str, str]:
        """The cell of each parcel's door, of those of which it is known surely."""
        async with self.store.transaction(readonly=True) as tx:
            found = await self.parcels.many(tx, list(parcels))
        cells: dict[str, str] = {}
        for parcel in found.values():
            door = await self.addresses.door(Addressed(parcel.parcel, parcel.recipient, parcel.body))
            if door is not None:
                cells[parcel.parcel] = cell_at(door.lat_e7 / DEGREE_E7, door.lon_e7 / DEGREE_E7)
        return cells

    async def kept(self, tx: Tx, parcels: Sequence[str]) -> Collection[str]:
        """Those whose recipient was not erased; an erasure waits until this transaction ends."""
        rows = await tx.fetch(
            "SELECT p.parcel FROM parcels p JOIN shipments s USING (shipment) JOIN vault_persons v"
            " ON v.person = s.recipient WHERE p.parcel = ANY($1::text[]) AND v.erased_ms IS NULL FOR KEY SHARE OF v",
            list(parcels),
        )
        return {row["parcel"] for row in rows}


def cells_of(here: Installation) -> ParcelCells:
    """Who knows in which cells parcels go."""
    return ParcelCells(here.store, here.parcels, addresses_of(here))


def losses_of(here: Installation) -> LossDesk:
    """The desk that places what was left and lost."""
    return LossDesk(here.store, cells_of(here), here.clock)


def contests_of(here: Installation) -> ContestDesk:
    """The desk that hears contests."""
    return ContestDesk(here.store, here.vault, here.clock)
