"""Two machines on one database and one stream, as docs/operations.md (Grow) says: one log, whoever is killed."""

import asyncio
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from safehand.demo.line import Line
from tests.faults.load import RECOVERY_S, Load, under_load
from tests.faults.machine import Machine, a_machine, until
from tests.faults.outsider import watched
from tests.faults.reckoning import lost
from tests.servers import Database, cloned, migrated_template, now, running_nats, running_postgres, scratch_folder

ROUNDS = 6
SHARED = ("ledger", "erasures", "blobs")
"""What both machines see as one folder, by a file system that machines share: here a link."""


@contextmanager
def two_machines(folder: Path, database: Database, nats_url: str) -> Iterator[tuple[Machine, Machine]]:
    """The first makes the keys; the second gets a copy of them, and the shared folders."""
    settings = {
        "SAFEHAND_DATABASE_URL": database.app_url,
        "SAFEHAND_DATABASE_OWNER_URL": database.owner_url,
        "SAFEHAND_NATS_URL": nats_url,
    }
    with a_machine(folder / "first", settings=settings) as first:
        now(first.whole())
        shutil.copytree(folder / "first" / "keys", folder / "second" / "keys")
        for name in SHARED:
            (folder / "second" / name).symlink_to(folder / "first" / name)
        with a_machine(folder / "second", settings=settings) as second:
            now(second.whole())
            yield first, second


@pytest.fixture
def both() -> Iterator[tuple[Machine, Machine]]:
    with running_postgres(on_disk=True) as server, running_nats() as nats, scratch_folder(on_disk=True) as folder:
        database = cloned(server, migrated_template(server))
        with two_machines(folder, database, nats.url) as machines:
            yield machines


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_two_machines_keep_one_log_whichever_of_them_is_killed(
    both: tuple[Machine, Machine], tmp_path: Path
) -> None:
    first, second = both
    chance = random.Random(2)
    async with (
        under_load(first) as load,
        httpx.AsyncClient(base_url=second.url, timeout=30, trust_env=False) as there,
        watched(second.url, tmp_path) as outsider,
    ):
        for courier in load.couriers[::2]:  # half of them tell the second machine
            courier.phone.line = Line(there)
        for round_ in range(ROUNDS):
            hurt = (second, first)[round_ % 2]
            await told_while_gone(load, hurt, chance)
            await outsider.fetch_receipt(load, chance)
        await outsider.agrees(first, load, f"{second.url}/log")


async def told_while_gone(load: Load, hurt: Machine, chance: random.Random) -> None:
    """One machine's process is killed and stays away; the log grows all the same, and then everybody is answered."""
    load.pause_s = 0
    await asyncio.sleep(chance.uniform(0.2, 1.0))
    with hurt.frozen_supervisor():
        hurt.kill_core()
        load.pause_s = 0.2
        await signed_beyond(hurt, await facts(hurt) + 1)
    await load.everybody_answered(time.monotonic())
    await hurt.whole()

    assert load.known.surprises == []
    assert await lost(hurt, load.known.seq.copy()) == []


async def facts(machine: Machine) -> int:
    """How many facts the database has."""
    [row] = await machine.rows("SELECT count(*) AS facts FROM facts")
    return int(row["facts"])


async def signed_beyond(machine: Machine, size: int) -> None:
    """Wait until a signed checkpoint covers so many."""

    async def signed() -> bool:
        [row] = await machine.rows("SELECT coalesce(max(size), 0) AS size FROM checkpoints")
        return int(row["size"]) >= size

    await until(signed, RECOVERY_S, "the other machine to sign")
