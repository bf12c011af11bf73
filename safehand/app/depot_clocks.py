"""Which clock a depot goes by. Fills the workforce's port."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from safehand.identity.model import PartyKind
from safehand.kernel.ids import PlaceId
from safehand.places.calendars import Calendars
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class DepotClocks:
    """Fills `PlaceClocks`: a depot on the map goes by its own clock, one that is not there yet by the carrier's."""

    calendars: Calendars
    carrier: ZoneInfo

    async def zone(self, tx: Tx, place: PlaceId) -> ZoneInfo | None:
        """The depot's zone, if one stands there."""
        rows = await tx.fetch("SELECT id FROM parties WHERE place = $1 AND kind = $2", place, PartyKind.DEPOT.value)
        if not rows:
            return None
        calendar = await self.calendars.of_depot(tx, rows[0]["id"])
        return calendar.zone if calendar is not None else self.carrier
