"""Which depot serves an address, and by which lane and route. Fills the parcels' port."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from safehand.app.settings import Settings
from safehand.kernel.calendar import Calendar
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId
from safehand.parcels.ports import Destination
from safehand.places.calendars import Calendars
from safehand.places.sorting import SortPlans
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotSorting:
    """Fills `Sorting` from the depots' sort plans and calendars.

    Plans are told in postal codes of the carrier's own country. An address that no plan leads anywhere has no depot
    yet, and is promised by the carrier's own calendar.
    """

    plans: SortPlans
    calendars: Calendars
    clock: Clock
    country: str
    usual: Calendar

    async def destinations(self, tx: Tx, addresses: Sequence[tuple[str, str]]) -> list[Destination]:
        """As the protocol says."""
        codes = {code for country, code in addresses if country == self.country}
        leading = await self.plans.leading(tx, codes, self.clock.now_ms())
        calendars = {depot: await self._calendar(tx, depot) for depot in {depot for depot, _ in leading.values()}}
        found = []
        for country, code in addresses:
            if country != self.country or code not in leading:
                found.append(Destination(calendar=self.usual))
                continue
            depot, rule = leading[code]
            found.append(Destination(calendar=calendars[depot], depot=depot, lane=rule.lane, route=rule.route))
        return found

    async def _calendar(self, tx: Tx, depot: PartyId) -> Calendar:
        return await self.calendars.of_depot(tx, depot) or self.usual


def usual_days(settings: Settings) -> Calendar:
    """When we work where no depot has a calendar of its own: every day but Sunday, by the carrier's clock."""
    return Calendar(zone=ZoneInfo(settings.zone), weekdays=frozenset(range(6)))
