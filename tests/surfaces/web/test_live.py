"""Live streams: few, told once however much moves, alive while nothing does, and gone when they should be."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from safehand.identity.model import Principal, PrincipalKind
from safehand.surfaces.errors import NoListenerFree
from safehand.surfaces.web.live import LISTENERS_EACH_MAX, Listeners
from tests.asvs import asvs
from tests.surfaces.fakes import Ajar

ME = Principal(kind=PrincipalKind.STAFF, id="usr_ritva")


class Bell:
    """Rings as often as told to."""

    def __init__(self) -> None:
        self.rung: asyncio.Queue[bool] = asyncio.Queue()
        self.closed = False

    async def moved(self) -> AsyncIterator[None]:
        try:
            while await self.rung.get():
                yield None
        finally:
            self.closed = True

    def ring(self, times: int = 1) -> None:
        for _ in range(times):
            self.rung.put_nowait(True)

    def stop(self) -> None:
        self.rung.put_nowait(False)


async def words(stream: AsyncIterator[bytes | str | memoryview], count: int) -> list[str]:
    """The next pieces of a stream."""
    found: list[str] = []
    async with asyncio.timeout(5):
        while len(found) < count:
            piece = await anext(stream)
            found.append(bytes(piece).decode() if not isinstance(piece, str) else piece)
        await asyncio.sleep(0)  # let the feed begin to listen
    return found


async def test_however_much_moves_a_slow_browser_is_told_once() -> None:
    bell = Bell()
    stream = aiter(Listeners(Ajar()).open("ritva", ME, bell.moved()).body_iterator)
    [first] = await words(stream, 1)
    bell.ring(50)
    await asyncio.sleep(0.05)

    assert first.startswith("retry: ")
    assert await words(stream, 1) == ["event: moved\ndata:\n\n"]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await anext(stream)


async def test_a_quiet_stream_gives_signs_of_life() -> None:
    stream = aiter(Listeners(Ajar(), keep_alive_s=0.02).open("ritva", ME, Bell().moved()).body_iterator)

    assert (await words(stream, 3))[1:] == [": still here\n\n"] * 2


@asvs("15.2.2")
async def test_streams_are_few_for_each_and_a_place_is_free_again_when_one_ends() -> None:
    listeners, bells = Listeners(Ajar()), [Bell() for _ in range(LISTENERS_EACH_MAX)]
    streams = [aiter(listeners.open("ritva", ME, bell.moved()).body_iterator) for bell in bells]
    for stream in streams:
        await words(stream, 1)
    with pytest.raises(NoListenerFree):
        listeners.open("ritva", ME, Bell().moved())
    listeners.open("kimmo", ME, Bell().moved())

    bells[0].stop()
    with pytest.raises(StopAsyncIteration):
        await words(streams[0], 1)

    assert bells[0].closed
    listeners.open("ritva", ME, Bell().moved())


async def test_when_the_server_stops_every_stream_ends() -> None:
    listeners, bell = Listeners(Ajar()), Bell()
    stream = aiter(listeners.open("ritva", ME, bell.moved()).body_iterator)
    await words(stream, 1)

    listeners.close()

    with pytest.raises(StopAsyncIteration):
        await words(stream, 1)
    assert bell.closed
    assert listeners.each.total() == 0
    with pytest.raises(NoListenerFree):
        listeners.open("ritva", ME, Bell().moved())


async def test_a_stream_ends_after_its_time_so_that_rights_are_looked_at_again() -> None:
    stream = aiter(Listeners(Ajar(), keep_alive_s=0.02, life_s=0.05).open("ritva", ME, Bell().moved()).body_iterator)

    with pytest.raises(StopAsyncIteration):
        await words(stream, 100)


async def test_a_browser_that_leaves_frees_its_place() -> None:
    listeners, bell = Listeners(Ajar()), Bell()
    stream = aiter(listeners.open("ritva", ME, bell.moved()).body_iterator)
    await words(stream, 1)

    await stream.aclose()  # type: ignore[attr-defined]

    assert listeners.each.total() == 0
    assert bell.closed


async def test_a_stream_ends_when_its_viewers_right_does_and_says_nothing_more() -> None:
    door, bell = Ajar(), Bell()
    listeners = Listeners(door)
    stream = aiter(listeners.open("ritva", ME, bell.moved()).body_iterator)
    other = aiter(listeners.open("kimmo", replace(ME, id="usr_kimmo"), Bell().moved()).body_iterator)
    await words(stream, 1)
    await words(other, 1)

    bell.ring()
    door.shut(ME)

    with pytest.raises(StopAsyncIteration):
        await words(stream, 1)
    assert listeners.each == {"kimmo": 1}
    assert set(door.open) == {replace(ME, id="usr_kimmo")}
