"""What risk needs others to fill in."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from safehand.store.database import Tx


class Addresses(Protocol):
    """Knows where parcels go. Nobody here is told an address."""

    async def cells(self, parcels: Sequence[str]) -> Mapping[str, str]:
        """The cell of each parcel's door, of those of which it is known surely."""
        ...

    async def kept(self, tx: Tx, parcels: Sequence[str]) -> Collection[str]:
        """Those of them whose recipient was not erased, and will not be before this transaction ends."""
        ...
