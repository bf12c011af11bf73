"""The control: the same kill of a PostgreSQL that acknowledges before it is on disk must lose something.

It shows that a loss would be seen. The supervisor refuses such a server (tests/store/test_safety.py); this one is
started by hand.
"""

import asyncio
import itertools
import random
from contextlib import suppress

import asyncpg
import pytest

from safehand.store.embedded import processes_in
from tests.faults.machine import kill
from tests.servers import Postgres, running_postgres

WRITERS = 3
ROUNDS = 12
UNSAFE = ("-c", "synchronous_commit=off")


async def write(url: str, acknowledged: list[int], numbers: "itertools.count[int]") -> None:
    """One row a transaction, until the server is gone."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        session = await asyncpg.connect(url)
        while True:
            number = next(numbers)
            await session.execute("INSERT INTO told VALUES ($1)", number)
            acknowledged.append(number)


async def lost_in_a_round(server: Postgres, numbers: "itertools.count[int]", chance: random.Random) -> tuple[int, int]:
    """Write, kill -9 the postmaster and all its children, start again: rows acknowledged, and rows missing."""
    url = server.url("postgres", "postgres")
    acknowledged: list[int] = []
    writing = [asyncio.create_task(write(url, acknowledged, numbers)) for _ in range(WRITERS)]
    await asyncio.sleep(chance.uniform(0.3, 0.8))
    assert server.process is not None
    kill([server.process.pid, *processes_in(server.cluster.data)])
    await asyncio.gather(*writing)
    server.process.wait()
    server.start()
    session = await asyncpg.connect(url)
    held = {row["number"] for row in await session.fetch("SELECT number FROM told")}
    await session.close()
    return len(acknowledged), len(set(acknowledged) - held)


async def lost(*options: str, rounds: int) -> tuple[int, int]:
    """Rows acknowledged and rows lost over some rounds; no further ones once something is lost."""
    chance, numbers, written, gone = random.Random(1), itertools.count(), 0, 0
    with running_postgres(*options, on_disk=True) as server:
        server.administer("CREATE TABLE told (number bigint PRIMARY KEY)")
        for _ in range(rounds):
            acknowledged, missing = await lost_in_a_round(server, numbers, chance)
            written, gone = written + acknowledged, gone + missing
            if gone:
                break
    return written, gone


@pytest.mark.faults
async def test_a_database_that_does_not_wait_for_the_disk_loses_what_it_acknowledged() -> None:
    written, gone = await lost(*UNSAFE, rounds=ROUNDS)

    assert written > 0
    assert gone > 0


@pytest.mark.faults
async def test_the_same_kills_of_a_database_that_does_lose_nothing() -> None:
    written, gone = await lost(rounds=4)

    assert written > 0
    assert gone == 0
