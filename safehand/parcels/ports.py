"""What the parcels desk needs others to fill."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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
