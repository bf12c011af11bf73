"""The vault: forgetting one human with a thousand parcels."""

import asyncio
import hashlib
import time
from pathlib import Path

from bench.measure import Measure
from safehand.handover.evidence import EvidenceDesk, EvidenceFile
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import DEVICE, DeviceId, PersonId
from safehand.parcels.model import Parcel, ParcelDraft, Recipient, ShipmentDraft
from safehand.privacy.erasure import Erasures
from safehand.privacy.journal import Journal
from safehand.store.blobs import open_blobs
from tests.rooms import Rooms
from tests.servers import cloned, migrated_template, running_postgres, scratch_folder
from tests.world import SHOP, _id

PARCELS = 1_000
PICTURE_BYTES = 20_000
AT_ONCE = 8
AINO = Recipient(
    name="Aino Kanarialintu",
    street="Kuusitie 7",
    postal_code="00130",
    city="Helsinki",
    country="FI",
    phone="+358 40 771 5533",
    email="aino@example.org",
)


def erasure() -> Measure:
    """One human with 1,000 parcels, each a shipment and so a person of its own, each with a picture, forgotten."""
    return asyncio.run(_erasure())


async def _erasure() -> Measure:
    with running_postgres(on_disk=True) as server, scratch_folder(on_disk=True) as folder:
        database = await asyncio.to_thread(cloned, server, await asyncio.to_thread(migrated_template, server))
        rooms, blobs = Rooms(database.store()), open_blobs(folder / "blobs")
        desk = EvidenceDesk(rooms.store, rooms.vault, blobs, SystemClock())
        for place in range(0, PARCELS, AT_ONCE):
            await asyncio.gather(*(_delivered(rooms, desk, place + step) for step in range(AT_ONCE)))
        erasures = Erasures(rooms.store, rooms.vault, blobs, Journal(Path(folder) / "erasures"), SystemClock())
        async with rooms.store.transaction() as tx:
            found: list[PersonId] = list(await rooms.parcels.lookups.find(tx, AINO.clues()))
        start = time.perf_counter()
        erased = await erasures.erase(found, "usr_bench")
        took_s = time.perf_counter() - start
        assert erased == PARCELS, erased
        assert not list((folder / "blobs").rglob("*/*/*"))
        await database.close()
    return Measure(
        subject="erasure of 1,000 parcels",
        value=took_s,
        unit="s",
        must="at most",
        bound=5,
        floor="none: a promise",
        detail=f"{PARCELS} persons, {PARCELS} pictures of {PICTURE_BYTES // 1_000} kB, journal on the disk",
    )


async def _delivered(rooms: Rooms, desk: EvidenceDesk, place: int) -> None:
    draft = ShipmentDraft(recipient=AINO, parcels=(ParcelDraft(weight_g=900, contents="a book"),), reference="A-1")
    async with rooms.store.transaction() as tx:
        made = await rooms.parcels.create(tx, SHOP, draft)
        [parcel] = made.parcels
        await tx.run(
            "INSERT INTO holdings (parcel, custodian, since_ms, state, state_ms, merchant, recipient, seq)"
            " VALUES ($1, $2, 1, 'delivered', 1, $3, $2, 1)",
            parcel.parcel,
            parcel.recipient,
            SHOP,
        )
    await _pictured(desk, parcel, place)


async def _pictured(desk: EvidenceDesk, parcel: Parcel, place: int) -> None:
    body = b"\xff\xd8\xff" + place.to_bytes(4) * (PICTURE_BYTES // 4)
    file = EvidenceFile(
        parcel=parcel.parcel,
        recipient=parcel.recipient,
        device=DeviceId(_id(DEVICE, "bench")),
        sha256=hashlib.sha256(body).hexdigest(),
        media_type="image/jpeg",
        body=body,
    )
    await desk.put(file)
