"""What the depot needs others to fill in: what a driver may carry follows from a record that is kept elsewhere."""

from collections.abc import Iterable
from typing import Protocol

from safehand.custody import ports
from safehand.kernel.ids import PartyId
from safehand.store.database import Tx


class Carriers(ports.Carriers, Protocol):
    """Says who may carry what, as custody asks, and who may carry nothing at all."""

    async def idle(self, tx: Tx, drivers: Iterable[PartyId]) -> set[PartyId]:
        """Those of them who may carry nothing at all."""
        ...
