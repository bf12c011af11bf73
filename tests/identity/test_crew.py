"""Subcontractors and their drivers; people who work for somebody else than the carrier."""

import pytest

from safehand.identity import parties as parties_module
from safehand.identity.errors import CrewFull, MixedRoles, PartyMismatch
from safehand.identity.model import OUTSIDE, PARTY_OF_ROLE, PartyKind, Role
from tests.identity.office import Office, Phone


async def test_a_subcontractor_sees_and_manages_its_own_drivers_only(office: Office) -> None:
    admin = await office.hire("boss")
    ours, theirs = [await office.party(PartyKind.SUBCONTRACTOR, name) for name in ("Ajo Oy", "Kuljetus Oy")]
    employed, own = await office.staff.add_driver(theirs, "Eve"), await office.party(PartyKind.DRIVER, "Ana")
    others = [await office.enrolled(Phone(), party, admin) for party in (employed, own)]
    await office.hire("sub", Role.SUBCONTRACTOR, party=ours.id)

    async with office.browser("sub") as http:
        made = await http.post(f"/v1/subcontractors/{ours.id}/drivers", json={"name": "Ben Virtanen"})
        ben = made.json()["party"]
        elsewhere = await http.post(f"/v1/subcontractors/{theirs.id}/drivers", json={"name": "Ben Virtanen"})
        code = await http.post("/v1/device-codes", json={"party": ben, "label": "phone"})
        phone = await office.fleet.enrol(Phone().enrolment(code.json()["code"]), "203.0.113.9")
        parties = (await http.get("/v1/parties")).json()["parties"]
        devices = (await http.get("/v1/devices")).json()["devices"]
        refused = [(await http.post(f"/v1/devices/{device.id}/revoke")).status_code for device in others]
        codes = [
            (await http.post("/v1/device-codes", json={"party": party.id, "label": "x"})).status_code
            for party in (employed, own, theirs)
        ]
        shut_out = await http.post(f"/v1/devices/{phone.id}/revoke")

    assert (made.status_code, elsewhere.status_code, code.status_code) == (201, 404, 201)
    assert {(party["party"], party["employer"]) for party in parties} == {(ours.id, None), (ben, ours.id)}
    assert [device["device"] for device in devices] == [phone.id]
    assert (refused, codes, shut_out.status_code) == ([404, 404], [404, 404, 404], 204)


async def test_only_a_subcontractor_has_drivers_of_its_own(office: Office) -> None:
    with pytest.raises(PartyMismatch):
        await office.staff.add_driver(await office.party(PartyKind.DEPOT), "Ben")


async def test_a_crew_has_an_end(office: Office) -> None:
    ours, other = [await office.party(PartyKind.SUBCONTRACTOR, name) for name in ("Ajo Oy", "Kuljetus Oy")]
    async with office.store.transaction() as tx:
        await tx.run(
            "INSERT INTO parties (id, kind, name, made_ms, employer)"
            " SELECT 'pty_' || n, 'driver', 'x', 1, $1 FROM generate_series(1, $2::int) n",
            ours.id,
            parties_module.CREW_MAX,
        )

    with pytest.raises(CrewFull):
        await office.staff.add_driver(ours, "Ben")
    assert (await office.staff.add_driver(other, "Ben")).employer == other.id


@pytest.mark.parametrize("outside", sorted(OUTSIDE))
async def test_nobody_works_for_the_carrier_and_for_somebody_else(office: Office, outside: Role) -> None:
    party = await office.party(PARTY_OF_ROLE[outside])
    with pytest.raises(MixedRoles):
        await office.hire("eve", outside, Role.CLAIMS, party=party.id)
    await office.hire("eve", outside, party=party.id)
