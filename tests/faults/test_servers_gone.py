"""A part of a running installation is away for a while: what still works, what says so, and that it mends itself."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from safehand.demo.device import SignedStatement
from safehand.demo.line import open_line
from tests.faults.load import Load, a_load, under_load, what_is_wrong_with
from tests.faults.machine import Machine, a_machine, until
from tests.faults.reckoning import caught_up, reckon
from tests.servers import scratch_folder

FROZEN_ANSWER_S = 60
MOVED_S = 30.0
IN_TROUBLE_S = 3.0
NO_ROOM = Path("/dev/full")


@asynccontextmanager
async def quiet(machine: Machine) -> AsyncIterator[Load]:
    """Couriers with one parcel each, who post only what a test posts."""
    await machine.whole()
    async with open_line(machine.url) as line:
        yield await a_load(machine, line, random.Random(1), 6)


def outcomes(answer: httpx.Response) -> list[str]:
    return [one["outcome"] for one in answer.json()["answers"]]


def first_word(load: Load, index: int) -> list[SignedStatement]:
    """What a courier has to say first: that the parcel was taken in."""
    return load.couriers[index].phone.outbox[:1]


async def status(load: Load, path: str) -> int:
    try:
        return (await load.line.http.get(path)).status_code
    except httpx.TransportError:
        return 0


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_a_killed_database_is_told_of_and_comes_back_by_itself() -> None:
    with scratch_folder() as folder, a_machine(folder / "data") as machine:
        async with quiet(machine) as load:
            courier = load.couriers[0]
            with machine.frozen_supervisor():
                machine.kill_postgres()
                refused = await courier.ask(first_word(load, 0))
                ready, alive, log = [await status(load, path) for path in ("/readyz", "/healthz", "/log/vkey")]
            await machine.whole()
            stored = await courier.ask(first_word(load, 0))
            repeated = await courier.ask(first_word(load, 0))

    assert what_is_wrong_with(refused) is None
    assert refused.status_code == 503
    assert (ready, alive, log) == (503, 200, 200)
    assert (outcomes(stored), outcomes(repeated)) == (["stored"], ["duplicate"])


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_what_cannot_even_be_said_ends_no_work() -> None:
    with scratch_folder() as folder, a_machine(folder / "data", output=NO_ROOM) as machine:
        async with quiet(machine) as load:
            core = machine.children("safehand.app.core")
            with machine.frozen_supervisor():
                machine.kill_postgres()
                await asyncio.sleep(IN_TROUBLE_S)
            await machine.whole()
            stored = await load.couriers[0].ask(first_word(load, 0))
            signed = await caught_up(load)
            same = machine.children("safehand.app.core")

    assert outcomes(stored) == ["stored"]
    assert signed > 0
    assert same == core, "nor does it take a restart"


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_a_database_that_hangs_is_told_of_and_nothing_hangs_with_it() -> None:
    with scratch_folder() as folder, a_machine(folder / "data") as machine:
        async with quiet(machine) as load:
            courier = load.couriers[0]
            load.line.http.timeout = FROZEN_ANSWER_S
            frozen = machine.postgres()
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
            try:
                refused = await courier.ask(first_word(load, 0))
                ready, alive = [await status(load, path) for path in ("/readyz", "/healthz")]
            finally:
                for pid in frozen:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGCONT)
            await machine.whole()
            told = await courier.ask(first_word(load, 0))
            again = await courier.ask(first_word(load, 0))

    assert refused.status_code == 503
    assert what_is_wrong_with(refused) is None
    assert (ready, alive) == (503, 200)
    assert outcomes(told) in (["stored"], ["duplicate"])  # what hung may have been stored after all
    assert outcomes(again) == ["duplicate"]


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_without_the_stream_custody_and_pages_go_on_and_live_updates_come_back() -> None:
    with scratch_folder() as folder, a_machine(folder / "data") as machine:
        async with quiet(machine) as load, live(load) as moved:
            await until(lambda: said(moved), MOVED_S, "the live stream to begin")
            with machine.frozen_supervisor():
                machine.kill_nats()
                during = await load.couriers[0].ask(first_word(load, 0))
                await until(lambda: streamless(load), MOVED_S, "/readyz to tell that the stream is away")
                page = await load.line.ask("GET", "/", auth=load.desk.dispatcher, headers={"Accept": "text/html"})
                moved.clear()
            await machine.whole()
            await until(lambda: said(moved), MOVED_S, "the page to be told that it may have missed something")
            moved.clear()
            after = await load.couriers[1].ask(first_word(load, 1))
            await until(lambda: said(moved), MOVED_S, "the page to be told what moved")

    assert outcomes(during) == outcomes(after) == ["stored"]
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_nobody_who_tells_notices_that_the_stream_dies() -> None:
    with scratch_folder() as folder, a_machine(folder / "data") as machine:
        async with under_load(machine) as load:
            load.pause_s = 0
            for _ in range(3):
                await asyncio.sleep(0.3)
                machine.kill_nats()
                await machine.whole()
            await load.finish()
            await reckon(machine, load)

    assert (load.known.unanswered, load.known.turned_away) == (0, 0)


async def said(moved: list[str]) -> bool:
    return bool(moved)


async def streamless(load: Load) -> bool:
    return (await load.line.get("/readyz"))["stream"] is False


@asynccontextmanager
async def live(load: Load) -> AsyncIterator[list[str]]:
    """The events of an open staff page, as they come."""
    moved: list[str] = []

    async def listen() -> None:
        stream = load.line.http.stream("GET", "/v1/live", auth=load.desk.dispatcher, timeout=None)
        async with stream as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                moved.extend([line] if line == "event: moved" else [])

    listening = asyncio.create_task(listen())
    try:
        yield moved
    finally:
        listening.cancel()
        ended = (await asyncio.gather(listening, return_exceptions=True))[0]
    assert isinstance(ended, asyncio.CancelledError), ended
