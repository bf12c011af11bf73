"""Who may carry which parcel, from the workforce's record and what the parcel asks for. Fills custody and the depot.

Value and contents lie in the vault: they are read here for the rule alone, and never shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safehand.custody.model import Barred
from safehand.events.vocabulary import Demand
from safehand.kernel.ids import ParcelId, PartyId
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.model import Parcel
from safehand.store.database import Tx
from safehand.workforce.authority import Authority, Judged, Level
from safehand.workforce.carrying import barred
from safehand.workforce.commands import DriverDesk
from safehand.workforce.errors import NoSuchDriver


@dataclass(frozen=True, slots=True)
class Carrying:
    """Fills `Carriers` of custody and of the depot, in the caller's transaction."""

    drivers: DriverDesk
    parcels: ParcelsDesk
    judged: Judged = Judged.RECORDED

    async def bars(self, tx: Tx, cases: Sequence[tuple[str, PartyId]]) -> dict[tuple[str, PartyId], Barred]:
        """What keeps whom from carrying which parcel; a pair that is not named is in order."""
        judged = await self._authorities(tx, {taker for _, taker in cases})
        asked = [(parcel, taker) for parcel, taker in cases if taker in judged]
        if not asked:
            return {}
        parcels = await self.parcels.many(tx, [parcel for parcel, _ in asked])
        values = await self.parcels.values(tx, [one for one in parcels.values() if one.sealed])
        return {
            (parcel, taker): why
            for parcel, taker in asked
            if (known := parcels.get(ParcelId(parcel))) is not None
            and (why := _barred(known, values.get(known.parcel, 0), judged[taker])) is not None
        }

    async def idle(self, tx: Tx, drivers: Iterable[PartyId]) -> set[PartyId]:
        """Those of them who may carry nothing at all."""
        judged = await self._authorities(tx, set(drivers))
        return {driver for driver, authority in judged.items() if authority.level is Level.NONE}

    async def _authorities(self, tx: Tx, takers: set[PartyId]) -> dict[PartyId, Authority]:
        """Of those among them who are judged."""
        if self.judged is Judged.NOBODY or not takers:
            return {}
        records = await self.drivers.records(tx, sorted(takers))
        engaged = {driver for driver, record in records.items() if record.since is not None}
        if self.judged is Judged.EVERYBODY:
            engaged |= {taker for taker in takers - engaged if await self._drives(tx, taker)}
        return {driver: self.drivers.judged(records[driver]) for driver in engaged}

    async def _drives(self, tx: Tx, party: PartyId) -> bool:
        try:
            await self.drivers.driver(tx, party)
        except NoSuchDriver:
            return False
        return True


def demands_of(parcel: Parcel) -> frozenset[Demand]:
    """What a parcel asks of whoever carries it, beside its value."""
    asks = {
        Demand.SEALED: parcel.sealed,
        Demand.DANGEROUS_GOODS: bool(parcel.dangerous),
        Demand.AGE_CHECK: parcel.age_min is not None,
        Demand.CASH: parcel.collects,
    }
    return frozenset(demand for demand, asked in asks.items() if asked)


def _barred(parcel: Parcel, value_cents: int, authority: Authority) -> Barred | None:
    why = barred(authority, value_cents, demands_of(parcel))
    return None if why is None else Barred(*why)
