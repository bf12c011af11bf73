"""A session that is closed in one process: how long it lives on in another, open stream and all."""

import asyncio
import time
from pathlib import Path

import httpx
import uvloop

from bench.measure import Measure, percentile
from tests.app.api_process import an_api_process
from tests.installations import ORIGIN, Town, a_town
from tests.servers import Database, cloned, migrated_template, running_postgres, scratch_folder

ROUNDS = 40
BOUND_S = 1.0


def revocation() -> Measure:
    """From the request that closes a session until another process refuses it and has ended its stream: the longest."""
    with running_postgres(on_disk=True) as server, scratch_folder(on_disk=True) as folder:
        lived = uvloop.run(_measured(cloned(server, migrated_template(server)), Path(folder) / "data"))
    return Measure(
        subject="a closed session is dead elsewhere",
        value=max(lived),
        unit="s",
        must="at most",
        bound=BOUND_S,
        floor="none: a promise",
        detail=f"the longest of {ROUNDS}; median {percentile(lived, 0.5):.2f} s",
    )


async def _measured(database: Database, folder: Path) -> list[float]:
    async with (
        a_town(database, folder) as town,
        an_api_process(database, folder) as one,
        an_api_process(database, folder) as two,
    ):
        await town.hire("dora", "dispatcher")
        lived = [await _lives_on(town, one, two) for _ in range(ROUNDS)]
    await database.close()
    return lived


async def _lives_on(town: Town, one: httpx.AsyncClient, two: httpx.AsyncClient) -> float:
    """One session, from the request that closes it until nothing of it is left in the other process."""
    who = await town.sign_in("dora")
    begun = asyncio.Event()
    stream = asyncio.create_task(_followed(two, who, begun))
    await begun.wait()
    start = time.perf_counter()
    (await one.delete("/v1/sessions", headers={"Origin": ORIGIN} | who)).raise_for_status()
    answer = await two.get("/v1/parties", headers=who)
    assert answer.status_code == httpx.codes.UNAUTHORIZED, answer.text
    await stream
    return time.perf_counter() - start


async def _followed(client: httpx.AsyncClient, who: dict[str, str], begun: asyncio.Event) -> None:
    async with client.stream("GET", "/live", headers=who) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_bytes():
            begun.set()
