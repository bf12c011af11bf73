"""One contract for every bus, kept by the in-process one and by NATS."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.bus.notices import NOTICE_BYTES_MAX, WAITING_MAX, Bus, LocalBus, Notice, Watch, matches
from safehand.bus.stream import NatsBus
from tests.servers import Nats, running_nats


@pytest.fixture(scope="module")
def nats() -> Iterator[Nats]:
    with running_nats() as server:
        yield server


@pytest.fixture(params=["in this process", "NATS"])
async def bus(request: pytest.FixtureRequest, nats: Nats) -> AsyncIterator[Bus]:
    if request.param == "NATS":
        async with NatsBus(nats.url) as stream:
            assert await stream.wait_healthy(5)
            yield stream
    else:
        yield LocalBus()


async def next_of(notices: AsyncIterator[Notice]) -> Notice:
    async with asyncio.timeout(5):
        return await anext(notices)


async def test_a_notice_reaches_everybody_who_watches_its_subject(bus: Bus) -> None:
    async with (
        bus.subscribe("parcel.a") as one,
        bus.subscribe("parcel.*") as all_parcels,
        bus.subscribe(">") as everything,
    ):
        bus.publish("parcel.a", b"1")
        for notices in (one, all_parcels, everything):
            assert await next_of(notices) == Notice("parcel.a", b"1")


async def test_others_subjects_are_not_heard_and_order_is_kept(bus: Bus) -> None:
    async with bus.subscribe("parcel.a") as notices:
        for number in range(50):
            bus.publish("parcel.b", b"not for us")
            bus.publish("parcel.a", str(number).encode())
        assert [(await next_of(notices)).data for _ in range(50)] == [str(number).encode() for number in range(50)]


async def test_whoever_comes_hears_what_follows(bus: Bus) -> None:
    async with bus.subscribe("parcel.a") as notices:
        bus.publish("parcel.a", b"before")
        assert (await next_of(notices)).data == b"before"
    async with bus.subscribe("parcel.a") as notices:
        bus.publish("parcel.a", b"after")
        assert (await next_of(notices)).data == b"after"


@pytest.mark.parametrize(
    "subject", ["", "a b", "a..b", ".a", "a.", "parcel.*", ">", "a\r\nPUB x 1", "ä", "a" * 81, "a." * 10 + "a"]
)
async def test_a_subject_that_is_none_is_dropped_and_counted_and_nothing_breaks(bus: Bus, subject: str) -> None:
    assert isinstance(bus, LocalBus | NatsBus)
    before = bus.dropped
    async with bus.subscribe(">") as notices:
        bus.publish(subject, b"bad")
        bus.publish("parcel.a", b"good")
        assert (await next_of(notices)).data == b"good"
    assert bus.dropped == before + 1


async def test_a_notice_beyond_its_limit_is_dropped(bus: Bus) -> None:
    async with bus.subscribe(">") as notices:
        bus.publish("parcel.a", bytes(NOTICE_BYTES_MAX + 1))
        bus.publish("parcel.a", bytes(NOTICE_BYTES_MAX))
        assert len((await next_of(notices)).data) == NOTICE_BYTES_MAX


@pytest.mark.parametrize("pattern", ["", "a b", "a.>.b", "a>", "*a", "a..b", "a\r\nSUB x 1"])
async def test_a_pattern_that_is_none_is_refused(bus: Bus, pattern: str) -> None:
    with pytest.raises(ValueError):
        async with bus.subscribe(pattern):
            pass


async def test_a_watcher_that_falls_too_far_behind_is_told_to_read_again(bus: Bus) -> None:
    last = str(WAITING_MAX + 9).encode()
    async with bus.subscribe("parcel.a") as slow, bus.subscribe("parcel.a") as quick:
        for number in range(WAITING_MAX + 10):
            bus.publish("parcel.a", str(number).encode())
        while (await next_of(quick)).data != last:
            pass
        await asyncio.sleep(0.2)  # what the quick one has seen, the slow one has been offered
        seen = [await next_of(slow)]
        while seen[-1].data != last:
            seen.append(await next_of(slow))
    assert seen[0].missed
    assert len(seen) <= WAITING_MAX


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a", "a.b", False),
        ("a.b", "a", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("*.b", "a.b", True),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        (">", "a", True),
        (">", "a.b.c", True),
    ],
)
def test_the_in_process_bus_matches_as_nats_does(pattern: str, subject: str, expected: bool) -> None:
    assert matches(pattern, subject) is expected


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_whatever_is_dropped_the_watcher_is_told(steps: list[bool], waiting_max: int) -> None:
    """True offers a notice, False reads one if any waits: numbers seen have no gap without a `missed` before."""

    async def story() -> None:
        watch = Watch(">", waiting_max)
        notices = aiter(watch)
        offered = expected = 0
        for offer in [*steps, *[False] * (waiting_max + 1)]:
            if offer:
                watch.offer(Notice("a", str(offered).encode()))
                offered += 1
                continue
            try:
                async with asyncio.timeout(0):
                    notice = await anext(notices)
            except TimeoutError:
                notices = aiter(watch)
                continue
            if notice.missed:
                expected = -1
            else:
                assert expected in (-1, int(notice.data))
                expected = int(notice.data) + 1
        assert expected in (-1, offered)

    asyncio.run(story())
