"""Devices: a code of ten minutes, a key that never leaves the phone, and requests that it signs."""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from safehand.identity.devices import CODE_MS, HEADER, SKEW_MS_MAX, Device, Enrolment, SignedRequest
from safehand.identity.errors import (
    BadPublicKey,
    ClockSkewed,
    CodeUnknown,
    DeviceRevoked,
    DeviceUnknown,
    NotYours,
    ProofFailed,
    PublicKeyInUse,
    RequestUnsigned,
    TooManyAttempts,
    UnreadableCredential,
)
from safehand.identity.model import PartyKind, Principal, PrincipalKind
from safehand.identity.secret_text import new_code
from safehand.identity.throttle import CODES_IN_ALL, CODES_PER_ADDRESS
from safehand.kernel.ids import DEVICE, new_id
from tests.asvs import asvs
from tests.identity.office import ADDRESS, Office, Phone

TARGET = "/v1/statements?after=7&x=%2Fa"
BODY = b'{"statements":[]}'


async def recognised(
    office: Office, header: str, *, method: str = "POST", target: str = TARGET, body: bytes = BODY
) -> Principal:
    asked = SignedRequest(method, target.encode(), body, header.removeprefix("Safehand-Device "))
    async with office.store.transaction() as tx:
        return await office.devices.recognise(tx, asked, office.clock.now_ms())


async def test_a_device_is_enrolled_for_the_party_of_its_code(office: Office) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()

    device = await office.enrolled(phone, depot, by)

    assert (device.party, device.label, device.enrolled_by) == (depot.id, "scanner", by)
    assert device.public_key == phone.public_key
    assert (await office.fleet.fleet()).rows == [device]
    assert await office.fleet.device(device.id) == device


async def test_a_code_may_be_typed_as_people_type(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    invitation = await office.fleet.invite(depot, "scanner", by)
    typed = f" {invitation.code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert (await office.fleet.enrol(Phone().enrolment(typed), ADDRESS)).party == depot.id


@asvs("6.4.1", "6.5.1")
async def test_a_code_works_once(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    code = (await office.fleet.invite(depot, "scanner", by)).code
    await office.fleet.enrol(Phone().enrolment(code), ADDRESS)
    with pytest.raises(CodeUnknown):
        await office.fleet.enrol(Phone().enrolment(code), ADDRESS)


@asvs("2.3.4", "6.5.1")
async def test_of_many_that_try_one_code_at_once_one_gets_in(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    code = (await office.fleet.invite(depot, "scanner", by)).code
    results = await asyncio.gather(
        *(office.fleet.enrol(Phone().enrolment(code), f"198.51.100.{n}") for n in range(12)), return_exceptions=True
    )
    assert sum(isinstance(result, Device) for result in results) == 1
    assert sum(isinstance(result, CodeUnknown) for result in results) == 11
    assert len((await office.fleet.fleet()).rows) == 1


@asvs("6.4.1", "6.5.5")
async def test_a_code_runs_out_after_ten_minutes(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    one, two = [await office.fleet.invite(depot, "scanner", by) for _ in range(2)]
    assert one.expires_ms == office.clock.now_ms() + CODE_MS
    office.clock.advance(CODE_MS - 1)
    await office.fleet.enrol(Phone().enrolment(one.code), ADDRESS)
    office.clock.advance(1)
    with pytest.raises(CodeUnknown):
        await office.fleet.enrol(Phone().enrolment(two.code), ADDRESS)


@asvs("7.4.2")
async def test_whoever_was_let_go_takes_no_code_along(office: Office) -> None:
    boss, gone, depot = await office.hire("boss"), await office.hire("gone"), await office.party()
    code = (await office.fleet.invite(depot, "scanner", gone)).code
    await office.staff.disable(gone, boss)
    with pytest.raises(CodeUnknown):
        await office.fleet.enrol(Phone().enrolment(code), ADDRESS)


async def test_who_has_the_code_but_not_the_private_key_is_not_enrolled(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    code = (await office.fleet.invite(depot, "scanner", by)).code
    phone, thief = Phone(), Phone()
    stolen = Enrolment(code, phone.public_key, thief.enrolment(code).proof)
    for false in (stolen, phone.enrolment(code, said_code=new_code()), Enrolment(code, phone.public_key, b"")):
        with pytest.raises(ProofFailed):
            await office.fleet.enrol(false, ADDRESS)
    assert await office.fleet.enrol(phone.enrolment(code), ADDRESS)  # the code was not used up


@asvs("9.1.2")
async def test_a_key_on_another_curve_is_refused_and_the_code_still_works(office: Office) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    code = (await office.fleet.invite(depot, "scanner", by)).code
    for point in (b"\x04" + bytes(64), phone.public_key[:-1], b"\x02" + phone.public_key[1:33], b""):
        with pytest.raises(BadPublicKey):
            await office.fleet.enrol(Enrolment(code, point, phone.enrolment(code).proof), ADDRESS)
    assert await office.fleet.enrol(phone.enrolment(code), ADDRESS)


async def test_a_key_is_one_devices_for_ever(office: Office) -> None:
    """Also after it was revoked: or a stolen phone could come back with a new code."""
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    code = (await office.fleet.invite(depot, "scanner", by)).code
    with pytest.raises(PublicKeyInUse):
        await office.fleet.enrol(phone.enrolment(code), ADDRESS)
    await office.fleet.revoke(device.id, by)
    with pytest.raises(PublicKeyInUse):
        await office.fleet.enrol(phone.enrolment(code), ADDRESS)
    assert await office.fleet.enrol(Phone().enrolment(code), ADDRESS)


@asvs("2.4.1", "6.6.3")
async def test_guessing_codes_is_slowed_down_by_address(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    code = (await office.fleet.invite(depot, "scanner", by)).code
    for _ in range(CODES_PER_ADDRESS.burst):
        with pytest.raises(CodeUnknown):
            await office.fleet.enrol(Phone().enrolment(new_code()), ADDRESS)
    with pytest.raises(TooManyAttempts):
        await office.fleet.enrol(Phone().enrolment(code), ADDRESS)
    assert await office.fleet.enrol(Phone().enrolment(code), "192.0.2.1")


def test_all_addresses_together_have_little_chance_of_a_hit() -> None:
    window_s, alive = CODE_MS / 1_000, 50
    guesses = CODES_IN_ALL.burst + window_s * 1_000 / CODES_IN_ALL.interval_ms
    assert guesses * alive / 32**8 < 1e-7


@asvs("6.5.2")
async def test_the_database_keeps_no_code_and_no_hash_that_could_be_tried_out(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    code = (await office.fleet.invite(depot, "scanner", by)).code
    bare = code.replace("-", "")
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT hash, c::text AS all FROM device_codes c")
        hashed = await office.vault.keyed_hash(tx, "device-code", bare.encode())
    assert code not in row["all"]
    assert bare not in row["all"]
    assert row["hash"] == hashed


async def test_codes_that_ran_out_are_cleared_away(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    for _ in range(5):
        await office.fleet.invite(depot, "scanner", by)
    office.clock.advance(3 * CODE_MS)
    await office.fleet.invite(depot, "scanner", by)
    async with office.store.transaction() as tx:
        assert (await tx.fetch("SELECT count(*) AS n FROM device_codes"))[0]["n"] == 1


async def test_a_signed_request_says_which_device_and_for_whom(office: Office) -> None:
    by, driver, phone = await office.hire(), await office.party(PartyKind.DRIVER, "Ben"), Phone()
    device = await office.enrolled(phone, driver, by)

    me = await recognised(office, phone.header(device.id, "POST", TARGET, office.clock.now_ms(), BODY))

    assert me.kind is PrincipalKind.DEVICE
    assert (me.id, me.device, me.party, me.party_kind) == (device.id, device.id, driver.id, PartyKind.DRIVER)


@asvs("9.2.2")
@pytest.mark.parametrize(
    "sent",
    [
        {"method": "PUT"},
        {"target": "/v1/statements"},
        {"target": "/v1/statements?after=8&x=%2Fa"},
        {"target": "/v1/statements?after=7&x=/a"},
        {"body": b'{"statements":[] }'},
        {"body": b""},
    ],
)
async def test_a_signature_is_good_for_one_request_only(office: Office, sent: dict[str, object]) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    header = phone.header(device.id, "POST", TARGET, office.clock.now_ms(), BODY)
    with pytest.raises(RequestUnsigned):
        await recognised(office, header, **sent)  # type: ignore[arg-type]


@asvs("9.1.3")
async def test_another_device_cannot_sign_for_this_one(office: Office) -> None:
    by, depot, phone, other = await office.hire(), await office.party(), Phone(), Phone()
    device = await office.enrolled(phone, depot, by)
    await office.enrolled(other, depot, by)
    with pytest.raises(RequestUnsigned):
        await recognised(office, other.header(device.id, "POST", TARGET, office.clock.now_ms(), BODY))


@pytest.mark.parametrize("skew_ms", [-SKEW_MS_MAX, 0, SKEW_MS_MAX])
async def test_a_clock_may_be_five_minutes_wrong(office: Office, skew_ms: int) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    at_ms = office.clock.now_ms() + skew_ms
    assert (await recognised(office, phone.header(device.id, "POST", TARGET, at_ms, BODY))).id == device.id


@asvs("9.2.1")
@pytest.mark.parametrize("skew_ms", [-SKEW_MS_MAX - 1, SKEW_MS_MAX + 1])
async def test_a_clock_that_is_further_off_is_told_the_time(office: Office, skew_ms: int) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    at_ms = office.clock.now_ms() + skew_ms
    with pytest.raises(ClockSkewed) as refused:
        await recognised(office, phone.header(device.id, "POST", TARGET, at_ms, BODY))
    assert refused.value.params["server_ms"] == office.clock.now_ms()


@asvs("9.1.3")
async def test_a_device_never_enrolled_is_unknown(office: Office) -> None:
    header = Phone().header(new_id(DEVICE, 1), "POST", TARGET, office.clock.now_ms(), BODY)
    with pytest.raises(DeviceUnknown):
        await recognised(office, header)


async def test_a_revoked_device_is_dead_at_once_and_only_its_holder_learns_it(office: Office) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    await office.fleet.revoke(device.id, by)
    await office.fleet.revoke(device.id, await office.hire("ben"))

    with pytest.raises(DeviceRevoked):
        await recognised(office, phone.header(device.id, "POST", TARGET, office.clock.now_ms(), BODY))
    with pytest.raises(RequestUnsigned):
        await recognised(office, Phone().header(device.id, "POST", TARGET, office.clock.now_ms(), BODY))
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT revoked_by, revoked_ms FROM devices")
    assert row["revoked_by"] == by
    assert (await office.fleet.device(device.id)).revoked_ms == row["revoked_ms"]


GOOD_HEADER = "id=dev_01m3250v0003nwpqqwhw43bjzy, at=1790000000000, signature=" + "A" * 86


BAD_HEADERS = [
    "",
    "id=dev_1",
    GOOD_HEADER.replace("dev_", "usr_"),
    GOOD_HEADER.replace("at=", "at=-"),
    GOOD_HEADER.replace("at=1", "at=99999999"),
    GOOD_HEADER.replace("1790000000000", "1790000000000.5"),
    GOOD_HEADER.replace("1790000000000", "١٧٩٠٠٠٠٠٠٠٠٠٠"),
    GOOD_HEADER + "A",
    GOOD_HEADER[:-1],
    GOOD_HEADER + "\n",
    GOOD_HEADER + ", id=dev_01m3250v0003nwpqqwhw43bjzz",
    "x" * 10_000,
]


async def test_a_header_of_another_form_is_unreadable(office: Office) -> None:
    assert HEADER.fullmatch(GOOD_HEADER)
    for header in BAD_HEADERS:
        with pytest.raises(UnreadableCredential):
            await recognised(office, header)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_the_header(text: str) -> None:
    found = HEADER.fullmatch(text)
    assert found is None or found[2].isdigit()


async def test_devices_are_listed_by_party_newest_first(office: Office) -> None:
    by, one, two = await office.hire(), await office.party(), await office.party(name="Pasila")
    enrolled = []
    for party in (one, two, one):
        office.clock.advance(1)
        enrolled.append(await office.enrolled(Phone(), party, by))
    assert (await office.fleet.fleet()).rows == enrolled[::-1]
    assert (await office.fleet.fleet(after=enrolled[2].id)).rows == enrolled[1::-1]
    assert (await office.fleet.fleet([one.id])).rows == [enrolled[2], enrolled[0]]


async def test_keys_of_many_devices_are_found_at_once(office: Office) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    async with office.store.transaction() as tx:
        found = await office.devices.find_many(tx, [device.id, device.id, "dev_nobody", "' OR 1=1 --"])
    assert found == {device.id: device}


UNKNOWN_DEVICES = ["", "dev_", "dev_00000000000000000000000000"]


async def test_an_unknown_device_is_not_found(office: Office) -> None:
    for id in UNKNOWN_DEVICES:
        with pytest.raises(NotYours):
            await office.fleet.device(id)


def test_a_phone_signs_with_the_curve_that_the_server_checks() -> None:
    assert isinstance(Phone().private.curve, ec.SECP256R1)
    assert Phone().enrolment("ABCD-1234").proven
