"""The feed rings the pages that a movement concerns, over one subscription, and after every gap."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest

from safehand.app.installation import PARCEL_MOVED
from safehand.app.pages.feed import MovedFeed
from safehand.bus.notices import LocalBus
from safehand.bus.stream import NatsBus
from safehand.kernel.ids import PARCEL, ParcelId, derived_id
from tests.servers import running_nats

ONE, TWO = (ParcelId(derived_id(PARCEL, name * 16)) for name in (b"1", b"2"))
SOON_S = 10.0
QUIET_S = 0.05


async def rings(page: AsyncIterator[None]) -> bool:
    """Whether the page is told something soon."""
    async with asyncio.timeout(SOON_S):
        await anext(page)
    return True


async def stays_quiet(page: AsyncIterator[None]) -> bool:
    """Whether the page is told nothing for a while; it must be closed afterwards."""
    try:
        async with asyncio.timeout(QUIET_S):
            await anext(page)
    except TimeoutError:
        return True
    return False


async def listening(stack: AsyncExitStack, feed: MovedFeed, parcel: ParcelId | None) -> AsyncIterator[None]:
    """An open page that has had its first item."""
    page = feed.moved(parcel)
    await stack.enter_async_context(aclosing(page))
    assert await rings(page)
    return page


async def test_a_page_is_told_to_look_once_when_it_begins_to_listen() -> None:
    async with AsyncExitStack() as stack:
        page = await listening(stack, MovedFeed(LocalBus()), ONE)

        assert await stays_quiet(page)


async def test_a_movement_rings_the_pages_of_its_parcel_and_those_of_all() -> None:
    bus = LocalBus()
    feed = MovedFeed(bus)
    async with AsyncExitStack() as stack:
        mine, every, other = [await listening(stack, feed, parcel) for parcel in (ONE, None, TWO)]

        bus.publish(PARCEL_MOVED, ONE.encode())

        assert await rings(mine)
        assert await rings(every)
        assert await stays_quiet(other)


async def test_much_that_moves_while_a_page_is_slow_is_told_once() -> None:
    bus = LocalBus()
    async with AsyncExitStack() as stack:
        page = await listening(stack, MovedFeed(bus), ONE)

        for _ in range(50):
            bus.publish(PARCEL_MOVED, ONE.encode())
        await asyncio.sleep(QUIET_S)

        assert await rings(page)
        assert await stays_quiet(page)


@pytest.mark.parametrize("noise", [b"", b"\xff\xfe", b"x" * 60_000, TWO.encode()])
async def test_a_notice_of_something_else_rings_nothing_and_breaks_nothing(noise: bytes) -> None:
    bus = LocalBus()
    feed = MovedFeed(bus)
    async with AsyncExitStack() as stack:
        page = await listening(stack, feed, ONE)
        bus.publish(PARCEL_MOVED, noise)
        bus.publish("parcel.other", ONE.encode())
        assert await stays_quiet(page)

        again = await listening(stack, feed, ONE)
        bus.publish(PARCEL_MOVED, ONE.encode())
        assert await rings(again)


async def test_any_number_of_pages_shares_one_subscription_which_ends_with_the_last() -> None:
    bus = LocalBus()
    feed = MovedFeed(bus)
    async with AsyncExitStack() as stack:
        for parcel in (ONE, ONE, TWO, None):
            await listening(stack, feed, parcel)
        assert (feed.open_pages, len(bus._watches)) == (4, 1)

    await asyncio.sleep(0)
    assert (feed.open_pages, len(bus._watches)) == (0, 0)
    async with AsyncExitStack() as stack:
        page = await listening(stack, feed, ONE)
        bus.publish(PARCEL_MOVED, ONE.encode())
        assert await rings(page)


async def test_after_the_stream_was_away_every_page_looks_again() -> None:
    with running_nats() as nats:
        async with NatsBus(nats.url) as bus:
            assert await bus.wait_healthy(SOON_S)
            async with AsyncExitStack() as stack:
                page = await listening(stack, MovedFeed(bus), ONE)
                await asyncio.to_thread(nats.stop)
                bus.publish(PARCEL_MOVED, ONE.encode())  # lost
                await asyncio.to_thread(nats.start)

                assert await rings(page)
