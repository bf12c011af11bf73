"""What the frame of a depot's screens reads: whose depot it is."""

from dataclasses import dataclass

from safehand.identity.parties import Parties
from safehand.store.database import Store
from safehand.surfaces.ports import OwnDepot
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True)
class DepotReading:
    """Fills `DepotPages`."""

    store: Store
    parties: Parties

    async def own(self, viewer: Staff) -> OwnDepot | None:
        """The viewer's own party, if they have one."""
        if viewer.me.party is None:
            return None
        async with self.store.transaction(readonly=True) as tx:
            party = await self.parties.get(tx, viewer.me.party)
            names = await self.parties.names(tx, [party.id])
        return OwnDepot(party.id, names.get(party.id, ""), party.place)
