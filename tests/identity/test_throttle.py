"""The throttle: how many failures, from whom, and in how many processes at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.identity.throttle import SWEPT_AT_ONCE, Charge, Rate, Throttle, address_subject
from safehand.kernel.clock import HandClock
from tests.identity.office import Office
from tests.servers import Database

RATE = Rate(burst=5, interval_ms=1_000)
ANA, BEN = Charge.of("login", "ana", RATE), Charge.of("login", "ben", RATE)


async def test_a_burst_is_allowed_then_one_an_interval(office: Office) -> None:
    throttle = office.throttle
    assert [await throttle.charge(ANA) for _ in range(5)] == [0] * 5

    wait_ms = await throttle.charge(ANA)

    assert wait_ms == 1_000
    office.clock.advance(wait_ms - 1)
    assert await throttle.charge(ANA) == 1
    office.clock.advance(1)
    assert await throttle.charge(ANA) == 0
    assert await throttle.charge(ANA) == 1_000
    assert await throttle.charge(BEN) == 0


async def test_who_is_turned_away_is_not_charged_for_it(office: Office) -> None:
    for _ in range(50):
        await office.throttle.charge(ANA)
    office.clock.advance(5_000)
    assert [await office.throttle.charge(ANA) for _ in range(6)] == [0, 0, 0, 0, 0, 1_000]


async def test_a_refund_gives_back_exactly_what_was_charged(office: Office) -> None:
    for _ in range(100):
        assert await office.throttle.charge(ANA, BEN) == 0
        await office.throttle.refund(ANA, BEN)
    assert [await office.throttle.charge(ANA) for _ in range(6)] == [0, 0, 0, 0, 0, 1_000]


async def test_refunds_never_add_up_to_more_than_a_burst(office: Office) -> None:
    for _ in range(20):
        await office.throttle.refund(ANA)
    await office.throttle.charge(ANA)
    for _ in range(20):
        await office.throttle.refund(ANA)
    assert [await office.throttle.charge(ANA) for _ in range(6)] == [0, 0, 0, 0, 0, 1_000]


async def test_a_full_subject_stops_the_charge_and_those_before_it_stay_charged(office: Office) -> None:
    for _ in range(5):
        await office.throttle.charge(BEN)
    for _ in range(5):
        assert await office.throttle.charge(ANA, BEN) == 1_000
    assert await office.throttle.charge(ANA) == 1_000


async def test_a_thousand_guesses_at_once_get_no_further_than_one_by_one(office: Office, database: Database) -> None:
    throttles = [Throttle(database.store(pool_wait_s=120), office.clock) for _ in range(2)]  # of two processes

    waits = await asyncio.gather(*(throttles[n % 2].charge(ANA) for n in range(200)))

    assert sum(wait == 0 for wait in waits) == 5


async def test_invented_subjects_do_not_fill_the_table(office: Office) -> None:
    for n in range(3 * SWEPT_AT_ONCE):
        await office.throttle.charge(Charge.of("login", f"invented {n}", RATE))
    office.clock.advance(60_000)
    for n in range(8):
        await office.throttle.charge(Charge.of("login", f"later {n}", RATE))

    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT count(*) AS n FROM throttles")
    assert row["n"] == 8


async def test_many_who_sweep_and_charge_at_once_never_wait_for_each_other(office: Office) -> None:
    """A sweep before the charges did: 23 of 40 were turned away by a deadlock."""
    wide = Rate(burst=10_000, interval_ms=1_000)
    here = Charge.of("address", "one address", wide)
    for turn in range(3):
        logins = [Charge.of("login", f"{turn} {n}", wide) for n in range(40)]
        for login in logins:
            await office.throttle.charge(login)
        office.clock.advance(20_000_000)
        assert await asyncio.gather(*(office.throttle.charge(here, login) for login in logins)) == [0] * 40


async def test_the_table_tells_neither_logins_nor_addresses(office: Office) -> None:
    await office.throttle.charge(Charge.of("login", "ana.lehtonen", RATE), Charge.of("address", "203.0.113.9", RATE))
    async with office.store.transaction() as tx:
        rows = await tx.fetch("SELECT subject FROM throttles")
    assert [len(row["subject"]) for row in rows] == [32, 32]


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", "unknown"),
        ("testclient", "unknown"),
        ("999.1.1.1", "unknown"),
    ],
)
def test_one_customer_of_a_network_is_one_address(address: str, subject: str) -> None:
    assert address_subject(address) == subject


@given(st.text(max_size=60))
def test_no_address_breaks_the_reading(text: str) -> None:
    assert len(address_subject(text)) < 60


async def test_whatever_the_times_no_more_pass_than_a_burst_and_one_an_interval(office: Office) -> None:
    """The law, on drawn gaps; the mutant that charges without looking at what is owed dies of it."""
    for seed in range(6):
        clock = HandClock()
        throttle = Throttle(office.store, clock)
        charge = Charge.of("law", str(seed), RATE)
        passed: list[int] = []
        for n in range(60):
            clock.advance((n * 7_919 + seed * 104_729) % 1_400)
            if await throttle.charge(charge) == 0:
                passed.append(clock.now_ms())
        for first in range(len(passed)):
            for last in range(first, len(passed)):
                assert last - first + 1 <= RATE.burst + (passed[last] - passed[first]) / RATE.interval_ms
        assert len(passed) >= (passed[-1] - passed[0]) / RATE.interval_ms
