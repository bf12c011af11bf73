"""What the queue of addresses needs others to fill in."""

from dataclasses import dataclass
from typing import Protocol

from safehand.kernel.ids import ParcelId, PersonId
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whose address a parcel bears, and the vault's body that holds it."""

    parcel: ParcelId
    person: PersonId
    body: str


class Parcels(Protocol):
    """Parcels, as far as addresses are concerned."""

    async def addressed(self, tx: Tx, number: str) -> Addressed:
        """Whose address the parcel with this number bears. Errors: as parcels that cannot be found."""
        ...
