"""The risk desk: takes incidents in, assesses cells, writes down what a rate did by itself."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safehand.kernel.clock import Clock
from safehand.risk import cells, losses
from safehand.risk.cells import DAY_MS, Effect, Source
from safehand.risk.disparity import AreaService, Served, disparity
from safehand.risk.errors import RecordTooLarge
from safehand.risk.ports import Addresses
from safehand.risk.rates import cell_at
from safehand.store.database import Store

if TYPE_CHECKING:  # numbers take their time to load
    from safehand.risk.records import Record

LOCK = "risk.assessment"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a public record: how much of it counts, how much is too old to, and whether it was new."""

    counted: int
    old: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class RiskDesk:
    """Its fields are all it depends on; `app/` fills them in once."""

    store: Store
    clock: Clock

    async def take(self, source: Source, incidents: Sequence[tuple[str, int]]) -> bool:
        """Keep a record of incidents, each a cell and a time; False if this very record is here already."""
        said = hashlib.sha256(source.value.encode())
        for cell, at_ms in incidents:
            said.update(f"\n{cell} {at_ms}".encode())
        async with self.store.transaction() as tx:
            return await cells.take(tx, source, incidents, said.digest(), self.clock.now_ms())

    async def take_public(self, record: "Record") -> Taken:
        """Keep what counts of a public record, by its cells; the same record again changes nothing.

        Errors
            RecordTooLarge  more incidents than are looked at, or over a larger area; nothing was taken.
        """
        from safehand.risk.assessment import ground_of

        now_ms = self.clock.now_ms()
        places = zip(record.at_ms.tolist(), record.lat.tolist(), record.lon.tolist(), strict=True)
        counted = [(cell_at(lat, lon), at_ms) for at_ms, lat, lon in places if at_ms > now_ms - cells.EXPIRY_MS]
        if len(counted) > cells.READ_MAX:
            raise RecordTooLarge("incidents", cells.READ_MAX, "take those of the types that matter, or of one town")
        async with self.store.transaction(readonly=True) as tx:
            known = await cells.known(tx, now_ms)
        wider = [(int(cell, 16), 0.0) for cell, _ in counted]
        await asyncio.to_thread(ground_of, replace(known, public=[*known.public, *wider]))
        fresh = bool(counted) and await self.take(Source.PUBLIC, counted)
        return Taken(counted=len(counted), old=len(record) - len(counted), fresh=fresh)

    async def expose(self, rows: Sequence[tuple[str, int]], day_ms: int) -> None:
        """Add how many parcels were left unattended where on a day."""
        async with self.store.transaction() as tx:
            await cells.expose(tx, rows, day_ms // DAY_MS * DAY_MS)

    async def assess(self) -> int:
        """Assess every cell anew from what still counts, forget what does not; returns how many cells there are."""
        from safehand.risk.assessment import assess  # numbers take their time to load: who never assesses never waits

        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await cells.forget(tx, now_ms)
            known = await cells.known(tx, now_ms)
        found = await asyncio.to_thread(assess, known)
        async with self.store.transaction() as tx:
            await tx.lock(LOCK)
            await cells.keep(tx, found, now_ms)
        return len(found)

    async def note(self, effect: Effect) -> None:
        """Write down what a rate did by itself."""
        async with self.store.transaction() as tx:
            await cells.note_effect(tx, effect)

    async def note_served(self, rows: Sequence[Served], day_ms: int) -> None:
        """Add how parcels were served on a day."""
        async with self.store.transaction() as tx:
            await cells.note_served(tx, rows, day_ms // DAY_MS * DAY_MS)

    async def disparity(self, days: int) -> Sequence[AreaService]:
        """Every area beside all others, over the last days."""
        async with self.store.transaction(readonly=True) as tx:
            rows = await cells.served(tx, self.clock.now_ms() - days * DAY_MS)
        return disparity(rows)


@dataclass(frozen=True, slots=True)
class LossDesk:
    """Learns in which cells parcels were left and lost. Its fields are all it depends on."""

    store: Store
    addresses: Addresses
    clock: Clock

    async def place(self) -> int:
        """Ask for the cells of what has none yet; returns how many parcels have one now.

        Whoever is erased while we ask stays erased: nothing is written of them.
        """
        placed = 0
        while True:
            now_ms = self.clock.now_ms()
            async with self.store.transaction(readonly=True) as tx:
                asked = await losses.unplaced(tx, now_ms)
            if not asked:
                return placed
            found = await self.addresses.cells(asked)
            async with self.store.transaction() as tx:
                kept = await self.addresses.kept(tx, list(found))
                told = {parcel: cell for parcel, cell in found.items() if parcel in kept}
                placed += await losses.place(tx, asked, told, now_ms)
