"""Paces: one asker's burst is the asker's own trouble."""

import pytest

from safehand.identity.errors import AskedTooFast
from safehand.identity.model import ANONYMOUS, Principal, PrincipalKind
from safehand.identity.pacing import PACES, PER_ADDRESS, Pace, Pacer
from tests.asvs import asvs
from tests.identity.office import Office


class Watch:
    """Seconds, by hand."""

    s = 0.0

    def __call__(self) -> float:
        return self.s


def key(id: str = "key_1") -> Principal:
    return Principal(kind=PrincipalKind.MERCHANT, id=id)


def spent(pacer: Pacer, principal: Principal) -> int:
    """How many requests get through before one does not."""
    count = 0
    while count < 10_000:
        try:
            pacer.admit(principal)
        except AskedTooFast:
            break
        count += 1
    return count


def test_a_burst_ends_and_others_do_not_notice() -> None:
    pacer = Pacer(Watch())
    assert spent(pacer, key()) == PACES[PrincipalKind.MERCHANT].burst
    pacer.admit(key("key_2"))
    pacer.admit(Principal(kind=PrincipalKind.DEVICE, id="dev_1"))


def test_the_wait_that_is_told_is_enough() -> None:
    watch = Watch()
    pacer = Pacer(watch, {PrincipalKind.MERCHANT: Pace(burst=3, per_s=0.5)})
    assert spent(pacer, key()) == 3
    with pytest.raises(AskedTooFast) as told:
        pacer.admit(key())
    assert told.value.retry_after_s == 3
    watch.s += 3
    pacer.admit(key())


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    watch = Watch()
    pacer = Pacer(watch, {PrincipalKind.MERCHANT: Pace(burst=3, per_s=1)})
    pacer.admit(key())
    watch.s += 1_000_000
    assert spent(pacer, key()) == 3


def test_an_address_is_one_asker_and_an_ipv6_customer_too() -> None:
    pacer = Pacer(Watch(), per_address=Pace(burst=2, per_s=1))
    pacer.admit_address("2001:db8::1")
    pacer.admit_address("2001:db8::2")
    with pytest.raises(AskedTooFast):
        pacer.admit_address("2001:db8::3")
    pacer.admit_address("2001:db8:0:1::3")
    pacer.admit_address("198.51.100.7")


def test_nobody_in_particular_is_counted_by_address_alone() -> None:
    assert spent(Pacer(Watch()), ANONYMOUS) == 10_000


def test_however_many_ask_only_the_newest_are_remembered() -> None:
    pacer = Pacer(Watch(), {PrincipalKind.MERCHANT: Pace(burst=1, per_s=1)}, subjects_max=10)
    for n in range(100):
        pacer.admit(key(f"key_{n}"))
    assert len(pacer._buckets) == 10
    with pytest.raises(AskedTooFast):
        pacer.admit(key("key_99"))


def test_every_kind_of_asker_but_strangers_has_a_pace() -> None:
    assert set(PACES) == set(PrincipalKind) - {PrincipalKind.ANONYMOUS}
    assert all(pace.burst >= pace.per_s for pace in (*PACES.values(), PER_ADDRESS))


@asvs("2.4.1")
async def test_whoever_asks_too_fast_is_told_how_long_to_wait(office: Office) -> None:
    office.guard.pacer.paces = {PrincipalKind.STAFF: Pace(burst=2, per_s=0.01)}
    await office.hire()
    await office.hire("ben")
    async with office.browser("ana") as ana, office.browser("ben") as ben:
        assert [(await ana.get("/v1/parties")).status_code for _ in range(3)] == [200, 200, 429]
        refused = await ana.get("/v1/parties")
        assert (refused.json()["code"], refused.headers["retry-after"].isdigit()) == ("identity.asked_too_fast", True)
        assert (await ben.get("/v1/parties")).status_code == 200
