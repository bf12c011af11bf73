"""The bus over NATS when the server is not there, dies, and comes back."""

import asyncio
import os
import signal
import stat
import time
from collections.abc import Iterator

import pytest

from safehand.bus.embedded import NatsServer, find_nats
from safehand.bus.notices import Notice
from safehand.bus.stream import OUTBOX_MAX, NatsBus
from tests.asvs import asvs
from tests.servers import Nats, running_nats, scratch_folder


@pytest.fixture
def nats() -> Iterator[Nats]:
    with running_nats() as server:
        yield server


async def until_data(notices: "asyncio.Queue[Notice]", data: bytes) -> list[Notice]:
    seen: list[Notice] = []
    async with asyncio.timeout(10):
        while not seen or seen[-1].data != data:
            seen.append(await notices.get())
    return seen


async def test_without_a_server_publishing_costs_nothing_and_raises_nothing() -> None:
    async with NatsBus("nats://127.0.0.1:1") as bus:
        began = time.perf_counter()
        for _ in range(OUTBOX_MAX * 2):
            bus.publish("parcel.a", b"x")
        assert time.perf_counter() - began < 2
        assert bus.dropped == OUTBOX_MAX * 2
        assert not bus.healthy


async def test_a_wrong_token_is_an_outage_and_nothing_more(nats: Nats) -> None:
    async with NatsBus(nats.url.replace("nats://", "nats://x")) as bus:
        assert not await bus.wait_healthy(1)
        bus.publish("parcel.a", b"x")


def test_a_bus_that_began_without_its_server_connects_when_it_is_there(nats: Nats) -> None:
    nats.stop()

    async def story() -> None:
        async with NatsBus(nats.url) as bus, bus.subscribe("parcel.a") as notices:
            assert not await bus.wait_healthy(0.2)
            started.set()
            await running.wait()
            assert await bus.wait_healthy(5)
            bus.publish("parcel.a", b"hello")
            async with asyncio.timeout(5):
                while (await anext(notices)).data != b"hello":
                    pass

    started, running = asyncio.Event(), asyncio.Event()

    async def both() -> None:
        task = asyncio.create_task(story())
        await started.wait()
        nats.start()  # on this thread: it is what the server is leashed to
        running.set()
        await task

    asyncio.run(both())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_after_an_outage_watchers_are_told_to_read_again_and_hear_what_follows(nats: Nats, how: signal.Signals) -> None:
    async def story() -> None:
        async with NatsBus(nats.url) as bus, bus.subscribe("parcel.a") as notices:
            assert await bus.wait_healthy(5)
            seen: asyncio.Queue[Notice] = asyncio.Queue()

            async def watch() -> None:
                async for notice in notices:
                    seen.put_nowait(notice)

            watching = asyncio.create_task(watch())
            await until_ready(bus, seen)
            nats.stop(how)
            await asyncio.sleep(0.5)
            assert not bus.healthy
            bus.publish("parcel.a", b"lost")
            nats.start()
            assert await bus.wait_healthy(10)
            bus.publish("parcel.a", b"found")
            after = await until_data(seen, b"found")
            assert any(notice.missed for notice in after)
            assert all(notice.data != b"lost" for notice in after)
            watching.cancel()

    async def until_ready(bus: NatsBus, seen: "asyncio.Queue[Notice]") -> None:
        bus.publish("parcel.a", b"first")
        await until_data(seen, b"first")

    asyncio.run(story())


async def test_a_server_that_hangs_does_not_hold_up_who_publishes(nats: Nats) -> None:
    async with NatsBus(nats.url) as bus:
        assert await bus.wait_healthy(5)
        assert nats.process is not None
        nats.process.send_signal(signal.SIGSTOP)
        try:
            spent_s = 0.0
            for number in range(OUTBOX_MAX * 3):
                began = time.thread_time()
                bus.publish("parcel.a", bytes(1_000))
                spent_s += time.thread_time() - began
                if number % 100 == 0:
                    await asyncio.sleep(0)
            assert spent_s < 5
            assert bus.dropped > 0
        finally:
            nats.process.send_signal(signal.SIGCONT)


@asvs("13.2.1", "13.2.2", "13.2.3")
def test_our_server_listens_on_this_machine_only_runs_unprivileged_and_keeps_its_token(nats: Nats) -> None:
    assert nats.process is not None
    assert os.stat(f"/proc/{nats.process.pid}").st_uid != 0
    for name in ("config", "token", "port"):
        assert stat.S_IMODE((nats.server.folder / name).stat().st_mode) == 0o600
    config = (nats.server.folder / "config").read_text()
    assert f'listen: "127.0.0.1:{nats.server.port}"' in config
    assert "sync_interval: always" in config
    assert (nats.server.folder / "token").read_text() not in " ".join(nats.server.command())


def test_a_restarted_server_keeps_its_port_and_token_unless_the_port_was_taken(nats: Nats) -> None:
    before = nats.url
    nats.stop(signal.SIGKILL)
    nats.start()
    assert nats.url == before

    with scratch_folder() as folder:
        other = NatsServer(folder, find_nats())
        (folder / "port").write_text(str(nats.server.port))
        other.prepare()
        assert other.port != nats.server.port
