"""Which clock a depot goes by. Fills the workforce's port."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from safehand.identity.model import PartyKind
from safehand.kernel.ids import PlaceId
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class DepotClocks:
    """Fills `PlaceClocks`: every depot goes by the carrier's own clock."""

    carrier: ZoneInfo

    async def zone(self, tx: Tx, place: PlaceId) -> ZoneInfo | None:
        """The carrier's zone, if a depot stands there."""
        rows = await tx.fetch("SELECT 1 FROM parties WHERE place = $1 AND kind = $2", place, PartyKind.DEPOT.value)
        return self.carrier if rows else None
