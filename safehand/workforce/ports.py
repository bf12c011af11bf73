"""What the workforce needs others to fill in: where a depot stands is known to a neighbour on this floor."""

from typing import Protocol
from zoneinfo import ZoneInfo

from safehand.kernel.ids import PlaceId
from safehand.store.database import Tx


class PlaceClocks(Protocol):
    """Which clock a place goes by."""

    async def zone(self, tx: Tx, place: PlaceId) -> ZoneInfo | None:
        """The zone of a depot's place; None if no depot stands there."""
        ...
