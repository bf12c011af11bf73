"""A ledger on a real PostgreSQL on the disk, with parcels that a depot scans."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from safehand.app.roles import IDLE_S
from safehand.custody.commands import CustodyDesk
from safehand.custody.ports import Arrival
from safehand.events.statement import Scanned
from safehand.events.vocabulary import State
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import PARCEL, DeviceId, ParcelId
from safehand.ledger.ledger import Append
from safehand.ledger.sequencer import Sequencer
from safehand.ledger.signing import load_or_create_key
from safehand.store.database import Store
from tests.rooms import Rooms, arrival
from tests.servers import cloned, migrated_template, running_postgres, scratch_folder
from tests.world import DEPOT, _id, created_box, device_of


@dataclass
class Told:
    """Parcels, and the desk that is told of them."""

    rooms: Rooms
    parcels: list[ParcelId]
    sequencer: Sequencer
    sequences: dict[str, int] = field(default_factory=dict)

    @property
    def desk(self) -> CustodyDesk:
        """The desk under test."""
        return self.rooms.custody

    @property
    def store(self) -> Store:
        """Its database."""
        return self.rooms.store

    def scans(self, each: int) -> list[list[Arrival]]:
        """For each parcel, `each` readings by a device of its own."""
        return [[self._scan(parcel) for _ in range(each)] for parcel in self.parcels]

    def _scan(self, parcel: ParcelId) -> Arrival:
        device = device_of(parcel)
        self.sequences[device] = self.sequences.get(device, 0) + 1
        sequence = self.sequences[device]
        return arrival(
            Scanned(
                device=DeviceId(device),
                sequence=sequence,
                at_ms=sequence,
                parcel=parcel,
                party=DEPOT,
                state=State.SORTED,
            )
        )

    async def sequencing(self) -> None:
        """The sequencer's loop, resting as in the core role."""
        while True:
            if not await self.sequencer.run_once():
                await asyncio.sleep(IDLE_S)

    async def covers(self, seq: int) -> bool:
        """Whether a signed checkpoint covers the fact."""
        async with self.store.transaction() as tx:
            rows = await tx.fetch(
                "SELECT 1 FROM log_positions WHERE seq = $1 AND position < (SELECT max(size) FROM checkpoints)", seq
            )
        return bool(rows)


@asynccontextmanager
async def a_ledger(parcels: int) -> AsyncIterator[Told]:
    """A fresh database on the disk with so many parcels in it."""
    with running_postgres(on_disk=True) as server, scratch_folder(on_disk=True) as folder:
        template = await asyncio.to_thread(migrated_template, server)
        database = await asyncio.to_thread(cloned, server, template)
        rooms = Rooms(database.store())
        boxes = [ParcelId(_id(PARCEL, f"box {number}")) for number in range(parcels)]
        async with rooms.store.transaction() as tx:
            await rooms.ledger.append(tx, [Append(box, 0, [replace(created_box(), parcel=box)]) for box in boxes])
        key = load_or_create_key(Path(folder) / "log.key", "bench.example/log")
        clock = SystemClock()
        yield Told(rooms, boxes, Sequencer(rooms.store, rooms.ledger, clock, Path(folder) / "log", key))
        await database.close()
