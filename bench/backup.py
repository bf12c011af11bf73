"""Backup and restore of an installation with a million events: how long both take, and that the log is the same."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyrage

from bench.measure import Measure
from safehand.app.account import server_account
from safehand.app.backup.erasures import JOURNAL
from safehand.app.backup.keys import backup_key, seal_keys
from safehand.app.backup.place import Place
from safehand.app.backup.restoring import Restorer
from safehand.app.backup.sealing import Report, unheard
from safehand.app.backup.settling import Settling
from safehand.app.backup.taking import Taker
from safehand.app.data_folder import DataFolder
from safehand.app.installation import Installation, opened
from safehand.app.migrating import migrate_ours
from safehand.app.servers import our_postgres
from safehand.app.settings import read_settings
from safehand.bus.notices import LocalBus
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import PARCEL, ParcelId
from safehand.ledger.ledger import Append
from tests.servers import Postgres, scratch_folder
from tests.world import _id, created_box

EVENTS = 1_000_000
EACH = 20
STREAMS_A_TIME = 500
LOG_NAME = "bench.example/log"


def backup() -> Measure:
    """Seconds to restore a million events, with everything that is checked on the way."""
    identity = pyrage.x25519.Identity.generate()
    with scratch_folder(on_disk=True) as folder:
        data, place = DataFolder(folder / "data"), Place(folder / "backup")
        with a_database(folder, data):
            size, root = asyncio.run(_filled(data))
            key = backup_key(data.path / "keys", LOG_NAME)
            place.prepare(key.verifier)
            start = time.perf_counter()
            journal = data.path / JOURNAL
            taker = Taker(data, place, [identity.to_public()], key, LOG_NAME, SystemClock(), journal)
            made = asyncio.run(taker.take(quiet))
            taking_s = time.perf_counter() - start
        seal_keys(data, folder / "keys.age", [identity.to_public()])
        settling = Settling(DataFolder(folder / "again"))
        start = time.perf_counter()
        Restorer(settling.folder, place, folder / "keys.age", [identity]).run(quiet, settling.settle)
        restoring_s = time.perf_counter() - start
        found = settling.agreement
        assert (found.recorded, found.published, found.root) == (size, size, root)
        sealed, plain = made.parts["base"].bytes, made.parts["base"].plain_bytes
    return Measure(
        subject=f"restore of {size:,} events",
        value=restoring_s,
        unit="s",
        must="told only",
        bound=0,
        floor="none",
        detail=f"backup {taking_s:.1f} s; {plain / 2**20:,.0f} MiB, sealed {sealed / 2**20:,.0f} MiB; same root",
    )


@contextmanager
def a_database(folder: Path, data: DataFolder) -> Iterator[None]:
    """The embedded PostgreSQL of a data folder, running without the rest."""
    account = server_account()
    data.prepare(account)
    server = Postgres(our_postgres(data, account), account, folder / "postgres.log")
    server.start()
    try:
        asyncio.run(migrate_ours(data.postgres))
        yield
    finally:
        server.stop()


async def _filled(data: DataFolder) -> tuple[int, str]:
    """A million facts in the ledger, sequenced and signed; the log's size and root."""
    settings = read_settings({}, data=data.path, database_url=data.database_url(), log_name=LOG_NAME)
    async with opened(settings, LocalBus()) as here:
        for first in range(0, EVENTS // EACH, STREAMS_A_TIME):
            await _append(here, range(first, first + STREAMS_A_TIME))
        while await here.sequencer.run_once():
            pass
        published = here.sequencer.published
        assert published is not None
        return published.size, published.root.hex()


async def _append(here: Installation, numbers: range) -> None:
    boxes = [ParcelId(_id(PARCEL, f"box {number}")) for number in numbers]
    async with here.store.transaction() as tx:
        facts = [[replace(created_box(), parcel=box)] * EACH for box in boxes]
        await here.ledger.append(tx, [Append(box, 0, some) for box, some in zip(boxes, facts, strict=True)])


@contextmanager
def quiet(_: str) -> Iterator[Report]:
    """Nobody looks."""
    yield unheard
