"""Nobody tries tracking numbers by the thousand."""

import httpx
import pytest

from safehand.kernel.clock import HandClock
from safehand.surfaces.errors import LookedTooOften
from safehand.surfaces.web import doorkeeper
from safehand.surfaces.web.doorkeeper import LOOK_EVERY_MS, LOOKS_MAX, MISS_COST, Doorkeeper
from tests.asvs import asvs
from tests.surfaces import day
from tests.surfaces.fakes import TOKEN


def test_looks_run_out_and_come_back_one_by_one() -> None:
    clock = HandClock()
    door = Doorkeeper(clock)
    for _ in range(LOOKS_MAX):
        door.admit("here")
    with pytest.raises(LookedTooOften) as refused:
        door.admit("here")
    assert refused.value.retry_after_s == LOOK_EVERY_MS // 1000 + 1
    door.admit("somewhere else")

    clock.advance(LOOK_EVERY_MS)

    door.admit("here")
    with pytest.raises(LookedTooOften):
        door.admit("here")


def test_a_miss_costs_more_than_a_hit() -> None:
    door = Doorkeeper(HandClock())
    for _ in range(LOOKS_MAX // MISS_COST):
        door.admit("here")
        door.missed("here")

    with pytest.raises(LookedTooOften):
        door.admit("here")


def test_memory_is_bounded() -> None:
    door = Doorkeeper(HandClock())
    for number in range(doorkeeper.ADDRESSES_MAX + 100):
        door.admit(str(number))

    assert len(door.buckets) == doorkeeper.ADDRESSES_MAX


@asvs("2.4.1")
async def test_a_guesser_is_stopped_and_the_holder_of_the_link_is_not(anybody: httpx.AsyncClient) -> None:
    statuses = [(await anybody.get(f"/t/SH73441829{number:04}")).status_code for number in range(LOOKS_MAX)]
    assert statuses.count(429) > LOOKS_MAX // 2
    stopped = await anybody.get(f"/t/{day.BOX_NUMBERS.tracking}")
    assert (stopped.status_code, "Too many numbers at once" in stopped.text) == (429, True)
    assert int(stopped.headers["retry-after"]) > 0

    theirs = await anybody.get(f"/t/{day.BOX_NUMBERS.tracking}?k={TOKEN}", follow_redirects=True)

    assert theirs.status_code == 200
    assert "In whose hands" in theirs.text
