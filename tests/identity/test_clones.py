"""One key in two phones: what gives it away, and what does not."""

from dataclasses import dataclass

import pytest

from safehand.identity.clones import CLOCK_BACK_MS, PAST_INSTANCES_MAX, AlarmKind
from safehand.identity.devices import Device, SignedRequest
from safehand.identity.model import PartyKind
from safehand.kernel.ids import UserId
from tests.identity.office import Office, Phone

A, B, C = "A" * 22, "B" * 22, "C" * 22


@dataclass
class Fleet:
    """One device, whose key may be in several phones."""

    office: Office
    phone: Phone
    device: Device
    by: UserId

    async def asks(self, instance: str | None, *, later_ms: int = 1_000, lag_ms: int = 0) -> None:
        """A signed request of an instance, as it reaches us; `lag_ms` is how long it was under way."""
        self.office.clock.advance(later_ms)
        target = "/v1/parcels" + (f"?instance={instance}" if instance else "")
        now_ms = self.office.clock.now_ms()
        header = self.phone.header(self.device.id, "GET", target, now_ms - lag_ms)
        asked = SignedRequest("GET", target.encode(), b"", header.removeprefix("Safehand-Device "))
        async with self.office.store.transaction() as tx:
            assert (await self.office.devices.recognise(tx, asked, now_ms)).device == self.device.id

    async def alarms(self) -> list[tuple[AlarmKind, int]]:
        return [(alarm.kind, alarm.times) for alarm in (await self.office.fleet.alarms()).rows]


@pytest.fixture
async def fleet(office: Office) -> Fleet:
    """A driver's phone."""
    by, party, phone = await office.hire(), await office.party(PartyKind.DRIVER, "Mikko"), Phone()
    return Fleet(office, phone, await office.enrolled(phone, party, by), by)


async def test_an_instance_that_comes_back_after_another_is_a_second_phone(fleet: Fleet) -> None:
    for instance in (A, B, A):
        await fleet.asks(instance)
    assert await fleet.alarms() == [(AlarmKind.TWO_INSTANCES, 1)]


async def test_an_app_that_is_started_again_and_again_is_one_phone(fleet: Fleet) -> None:
    for n in range(3 * PAST_INSTANCES_MAX):
        await fleet.asks(f"{n:022d}")
        await fleet.asks(f"{n:022d}")
    assert await fleet.alarms() == []


async def test_a_request_that_was_under_way_while_the_app_began_anew_is_no_second_phone(fleet: Fleet) -> None:
    await fleet.asks(A)
    await fleet.asks(B)
    await fleet.asks(A, lag_ms=5_000)
    await fleet.asks(B)
    assert await fleet.alarms() == []


async def test_a_clock_that_steps_back_is_looked_at_and_a_slow_network_is_not(fleet: Fleet) -> None:
    await fleet.asks(None)
    await fleet.asks(None, lag_ms=CLOCK_BACK_MS)
    assert await fleet.alarms() == []
    await fleet.asks(None, lag_ms=CLOCK_BACK_MS + 3_000)
    assert await fleet.alarms() == [(AlarmKind.CLOCK_BACK, 1)]


async def test_an_old_app_that_names_no_instance_works_as_before(fleet: Fleet) -> None:
    for instance in (None, A, None, A, None):
        await fleet.asks(instance)
    assert await fleet.alarms() == []


async def test_an_open_alarm_counts_on_and_a_closed_one_is_raised_anew(fleet: Fleet) -> None:
    for instance in (A, B, A, B, A):
        await fleet.asks(instance)
    [alarm] = (await fleet.office.fleet.alarms()).rows
    assert alarm.times == 3

    await fleet.office.fleet.close_alarm(alarm.id, fleet.by)
    await fleet.asks(B)

    newest, oldest = (await fleet.office.fleet.alarms()).rows
    assert (oldest.closed_by, newest.closed_ms, newest.times) == (fleet.by, None, 1)


async def test_alarms_are_seen_and_closed_by_whoever_may_revoke_the_device(fleet: Fleet) -> None:
    for instance in (A, B, C, A):
        await fleet.asks(instance)
    async with fleet.office.browser("ana") as ana, fleet.office.client() as nobody:
        [alarm] = (await ana.get("/v1/device-alarms")).json()["alarms"]
        assert (alarm["kind"], alarm["device"]) == ("two_instances", fleet.device.id)
        assert (await nobody.get("/v1/device-alarms")).status_code == 401
        assert (await ana.post(f"/v1/device-alarms/{alarm['alarm']}/close")).status_code == 204
        assert (await ana.post("/v1/device-alarms/alm_nothing/close")).status_code == 404
        assert (await ana.get("/v1/device-alarms")).json()["alarms"][0]["closed_by"] == fleet.by
