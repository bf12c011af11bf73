"""What the depot needs others to fill in: what a driver may carry follows from a record that is kept elsewhere."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from safehand.custody.model import Barred
from safehand.kernel.ids import PartyId
from safehand.store.database import Tx


class Carriers(Protocol):
    """Says who may carry what, by training, tenure and licence."""

    async def bars(self, tx: Tx, cases: Sequence[tuple[str, PartyId]]) -> dict[tuple[str, PartyId], Barred]:
        """What keeps which driver from carrying which parcel; a pair that is not named is in order."""
        ...

    async def idle(self, tx: Tx, drivers: Iterable[PartyId]) -> set[PartyId]:
        """Those of them who may carry nothing at all."""
        ...
