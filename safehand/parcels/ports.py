"""What the parcels desk needs others to fill."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from safehand.events.parcels import ParcelCreated
from safehand.kernel.calendar import Calendar
from safehand.kernel.ids import PartyId
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an address belongs: the depot that serves it with its calendar, its lane there, and the usual route."""

    calendar: Calendar
    depot: PartyId | None = None
    lane: str | None = None
    route: str | None = None


class Sorting(Protocol):
    """Knows which depot serves an address, and by which lane."""

    async def destinations(self, tx: Tx, addresses: Sequence[tuple[str, str]]) -> list[Destination]:
        """The destination of each pair of country (ISO 3166-1) and postal code, in their order."""
        ...


class Packing(Protocol):
    """Knows cages and bags, and puts parcels into new ones."""

    async def in_use(self, tx: Tx, numbers: Collection[str]) -> set[str]:
        """Which of these SSCC numbers a cage or bag bears."""
        ...

    async def pack(self, tx: Tx, merchant: PartyId, cages: Mapping[str, Sequence[ParcelCreated]]) -> None:
        """Put parcels that were recorded in this transaction into cages of the merchant's, by the cages' SSCC."""
        ...
