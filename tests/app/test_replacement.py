"""A broken phone is replaced: what it had queued is not lost, and what comes after is not believed."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from safehand.events.statement import FIRST_AFTER, HandedOver, Scanned
from safehand.events.vocabulary import Side, State, Way
from safehand.kernel.ids import ParcelId
from tests.installations import Phone, Town, a_town
from tests.servers import Database


@dataclass
class Round:
    """A driver whose phone breaks with work in its outbox."""

    town: Town
    parcel: ParcelId = field(init=False)
    outbox: list[dict[str, Any]] = field(default_factory=list)

    async def begin(self) -> "Round":
        """The depot gives the driver a box; the driver's phone signs for it and for the attempt, and breaks."""
        town = self.town
        merchant, key = await town.merchant()
        depot, driver = await town.party("depot", "Kalasatama"), await town.party("driver", "Mikko")
        self.scanner, self.old = await town.phone(depot), await town.phone(driver)
        self.parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        self.scanner.at_ms -= 120_000
        self.old.at_ms -= 60_000
        received = self._hand(self.scanner, merchant, depot, FIRST_AFTER, Side.TAKER, Way.COUNTER, State.RECEIVED)
        given = self._hand(self.scanner, depot, driver, received.handover, Side.GIVER)
        await self.scanner.tell(self.scanner.item(received), self.scanner.item(given))
        taken = self._hand(self.old, depot, driver, received.handover, Side.TAKER)
        self.outbox = [self.old.item(taken), self.scan(self.old, State.OUT_FOR_DELIVERY)]
        return self

    def scan(self, phone: Phone, state: State, **changes: Any) -> dict[str, Any]:
        """What a phone reads."""
        said = {**phone.next(), "parcel": self.parcel, "party": phone.party, "state": state} | changes
        return phone.item(Scanned(**said))

    async def replaced(self) -> Phone:
        """The new phone, ten minutes later."""
        code = (await self.town.told("POST", f"/v1/devices/{self.old.device}/replace"))["code"]
        return await self.town.enrolled(code)

    async def hand_in(self, phone: Phone, *items: dict[str, Any], **more: Any) -> Any:
        """What a phone hands in of the old one's outbox."""
        body = {"statements": list(items)} | more
        return await phone.send("POST", f"/v1/devices/{self.old.device}/outbox", json_bytes(body))

    def _hand(
        self,
        phone: Phone,
        giver: str,
        taker: str,
        after: str,
        side: Side,
        way: Way = Way.DEVICES,
        state: State = State.LOADED,
    ) -> HandedOver:
        fields: dict[str, Any] = {"giver": giver, "taker": taker, "after": after, "side": side}
        return HandedOver(**phone.next(), parcel=self.parcel, way=way, state=state, **fields)


def json_bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def outcomes(answer: Any) -> list[tuple[str, list[str]]]:
    assert answer.status_code == 200, answer.text
    return [(one["outcome"], [e["kind"] for e in one["exceptions"]]) for one in answer.json()["answers"]]


LATE = ("stored_with_exception", ["late_from_retired"])


@pytest.fixture
async def round(database: Database, tmp_path: Path) -> AsyncIterator[Round]:
    """The round of a driver whose phone just broke."""
    async with a_town(database, tmp_path) as town:
        yield await Round(town).begin()


async def test_what_a_broken_phone_had_queued_is_stored_and_looked_at(round: Round) -> None:
    new = await round.replaced()

    assert outcomes(await round.hand_in(new, *round.outbox)) == [LATE, LATE]

    held = await round.town.told("GET", f"/v1/parcels/{round.parcel}")
    assert (held["custodian"], held["state"]) == (round.old.party, "out_for_delivery")
    assert outcomes(await round.hand_in(new, *round.outbox)) == [("duplicate", []), ("duplicate", [])]


async def test_the_old_phone_that_wakes_up_hands_in_its_outbox_and_does_nothing_else(round: Round) -> None:
    await round.replaced()

    assert outcomes(await round.old.tell(*round.outbox)) == [LATE, LATE]

    for method, path in (("GET", f"/v1/parcels/{round.parcel}"), ("POST", "/v1/handovers")):
        answer = await round.old.send(method, path, b"{}" if method == "POST" else b"")
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.device_retired")


async def test_the_successor_has_its_party_and_label_and_works_at_once(round: Round) -> None:
    new = await round.replaced()

    fleet = {one["device"]: one for one in (await round.town.told("GET", "/v1/devices"))["devices"]}
    old, fresh = fleet[round.old.device], fleet[new.device]
    assert (fresh["party"], fresh["label"], fresh["predecessor"]) == (old["party"], old["label"], old["device"])
    assert old["retired_ms"] == fresh["enrolled_ms"]
    assert old["revoked_ms"] is None
    await round.hand_in(new, *round.outbox)
    assert outcomes(await new.tell(round.scan(new, State.ATTEMPTED))) == [("stored", [])]


async def test_until_the_new_phone_has_enrolled_the_old_one_works(round: Round) -> None:
    await round.town.told("POST", f"/v1/devices/{round.old.device}/replace")
    assert outcomes(await round.old.tell(*round.outbox)) == [("stored", []), ("stored", [])]


async def test_what_is_dated_after_the_replacement_is_set_aside(round: Round) -> None:
    new = await round.replaced()
    round.old.at_ms += 3_600_000

    answer = await round.hand_in(new, round.scan(round.old, State.LOST))

    assert outcomes(answer) == [("quarantined", [])]
    assert answer.json()["answers"][0]["why"] == "intake.after_retirement"


async def test_once_all_of_an_outbox_is_handed_in_no_higher_number_is_believed(round: Round) -> None:
    """Its clock is only its word: whoever finds the old phone may date back, and cannot count back."""
    new = await round.replaced()
    await round.hand_in(new, *round.outbox, last_sequence=round.old.sequence)

    forged = round.scan(round.old, State.LOST, at_ms=round.old.at_ms - 30_000)
    assert outcomes(await round.hand_in(new, forged)) == [("quarantined", [])]
    assert outcomes(await round.old.tell(forged)) == [("quarantined", [])]

    await round.hand_in(new, last_sequence=10**6)  # the first word counts
    assert outcomes(await round.old.tell(forged)) == [("quarantined", [])]


async def test_a_stolen_phone_is_turned_away_as_a_whole_whoever_brings_its_outbox(round: Round) -> None:
    new = await round.replaced()
    await round.town.told("POST", f"/v1/devices/{round.old.device}/revoke")

    for answer in (await round.hand_in(new, *round.outbox), await round.old.tell(*round.outbox)):
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.device_revoked")


async def test_another_partys_device_hands_in_nothing(round: Round) -> None:
    await round.replaced()
    answer = await round.hand_in(round.scanner, *round.outbox)
    assert (answer.status_code, answer.json()["code"]) == (404, "identity.not_yours")


async def test_the_depot_hands_in_for_its_own_scanner_and_whoever_hands_in_cannot_forge(round: Round) -> None:
    town, scanner = round.town, round.scanner
    clerk = await town.hire("clerk", "depot", party=scanner.party)
    code = (await town.told("POST", f"/v1/devices/{scanner.device}/replace", clerk))["code"]
    seen = Scanned(**scanner.next() | {"at_ms": 1}, parcel=round.parcel, party=scanner.party, state=State.SORTED)
    await town.enrolled(code)

    target = f"/v1/devices/{scanner.device}/outbox"
    forged = scanner.item(seen) | {"signature": round.outbox[0]["signature"]}
    answer = await town.ask("POST", target, clerk, json={"statements": [scanner.item(seen), forged]})

    assert [one["outcome"] for one in answer.json()["answers"]] == ["stored_with_exception", "quarantined"]


async def test_a_device_in_service_tells_for_itself(round: Round) -> None:
    other = await round.town.phone(round.old.party)
    answer = await round.hand_in(other, *round.outbox)
    assert (answer.status_code, answer.json()["code"]) == (409, "intake.device_in_service")


async def test_a_device_is_replaced_once_and_a_stolen_one_never(round: Round) -> None:
    town, path = round.town, f"/v1/devices/{round.old.device}/replace"
    one, two = [(await town.told("POST", path))["code"] for _ in range(2)]
    await town.enrolled(one)
    with pytest.raises(AssertionError, match="device_not_replaceable"):
        await town.enrolled(two)
    assert (await town.ask("POST", path)).json()["code"] == "identity.device_not_replaceable"

    await town.told("POST", f"/v1/devices/{round.scanner.device}/revoke")
    answer = await town.ask("POST", f"/v1/devices/{round.scanner.device}/replace")
    assert (answer.status_code, answer.json()["code"]) == (409, "identity.device_not_replaceable")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"statements": 1}', b'{"statements": [], "last_sequence": -1}'])
async def test_what_is_no_outbox_is_refused_as_a_whole(round: Round, body: bytes) -> None:
    new = await round.replaced()
    answer = await new.send("POST", f"/v1/devices/{round.old.device}/outbox", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "intake.batch_unreadable")
