"""Passkeys over HTTP: registered by whoever is signed in, recognised afterwards, and every lie refused."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from safehand.identity.ceremonies import CEREMONY_MS
from safehand.identity.guard import CEREMONY_COOKIE, SESSION_COOKIE
from safehand.identity.passkeys import PASSKEYS_MAX, RelyingParty
from tests.asvs import asvs
from tests.identity.authenticator import Key
from tests.identity.office import GOOD_PASSWORD, ORIGIN, Office
from tests.identity.test_routes import SICK, code

HOST = "safehand.test"
PAUSE_MS = 10_000
"""So slowly nobody is kept waiting."""
JSON = {"content-type": "application/json"}


def a_key(**changes: Any) -> Key:
    return Key(**({"rp": HOST, "origin": ORIGIN} | changes))


async def asked(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await http.post(f"{path}/challenge")
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()["public_key"]
    return options


async def registered(http: httpx.AsyncClient, key: Key, label: str = "phone") -> httpx.Response:
    made = key.make(await asked(http, "/v1/passkeys"))
    return await http.post("/v1/passkeys", json={"label": label, "credential": made})


async def sign_in(http: httpx.AsyncClient, key: Key, **how: Any) -> httpx.Response:
    signed = key.sign(await asked(http, "/v1/sessions/passkey"), **how)
    return await http.post("/v1/sessions/passkey", json={"credential": signed})


async def test_a_passkey_is_registered_and_opens_the_door_without_a_login(office: Office) -> None:
    ana, key = await office.hire("ana"), a_key()
    async with office.browser("ana") as http:
        assert (await registered(http, key, "Work phone")).status_code == 201
        [shown] = (await http.get("/v1/account")).json()["passkeys"]
        assert (shown["label"], shown["used_ms"], shown["suspect_ms"]) == ("Work phone", None, None)
    async with office.browser() as http:
        office.clock.advance(1_000)
        answer = await sign_in(http, key)
        assert (answer.status_code, answer.json()["user"]) == (201, ana)
        assert answer.json()["roles"] == ["admin"]
        account = (await http.get("/v1/account")).json()
        assert account["passkeys"][0]["used_ms"] == office.clock.now_ms()
        assert [one["way"] for one in account["sessions"] if one["here"]] == ["passkey"]


async def test_what_is_asked_needs_the_person_and_finds_the_key_by_itself(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        making = await asked(http, "/v1/passkeys")
        assert making["rp"]["id"] == HOST
        assert making["authenticatorSelection"]["userVerification"] == "required"
        assert making["authenticatorSelection"]["residentKey"] == "required"
        asking = await asked(http, "/v1/sessions/passkey")
        assert (asking["rpId"], asking["userVerification"]) == (HOST, "required")
        assert asking.get("allowCredentials", []) == []


LIES: dict[str, Callable[[Key], None]] = {
    "another origin": lambda key: setattr(key, "origin", "http://evil.test"),
    "a sub-domain": lambda key: setattr(key, "origin", "http://a.safehand.test"),
    "another port": lambda key: setattr(key, "origin", f"{ORIGIN}:8443"),
    "another relying party": lambda key: setattr(key, "rp", "evil.test"),
    "nobody verified": lambda key: setattr(key, "verified", False),
    "another challenge": lambda key: key.client.update(challenge="A" * 43),
    "another ceremony": lambda key: key.client.update(type="payment.get"),
    "a frame on another page": lambda key: key.client.update(crossOrigin=True),
}


@asvs("6.3.3", "9.1.1", "9.2.3")
@pytest.mark.parametrize("lie", list(LIES))
async def test_every_lie_is_refused_at_registration_and_at_the_door(office: Office, lie: str) -> None:
    await office.hire("ana")
    key, liar = a_key(), a_key(id=b"\x02" * 32)
    async with office.browser("ana") as http:
        LIES[lie](liar)
        refused = await registered(http, liar)
        assert (refused.status_code, code(refused)) == (401, "identity.passkey_refused")
        assert (await registered(http, key)).status_code == 201
    LIES[lie](key)
    async with office.browser() as http:
        refused = await sign_in(http, key)
        assert (refused.status_code, code(refused)) == (401, "identity.passkey_refused")
        assert SESSION_COOKIE not in http.cookies


@asvs("6.5.5", "6.6.2")
async def test_an_answer_counts_once_in_its_own_browser_and_soon(office: Office) -> None:
    await office.hire("ana")
    key = a_key()
    async with office.browser("ana") as http:
        await registered(http, key)
    async with office.browser() as http, office.browser() as thief:
        signed = {"credential": key.sign(await asked(http, "/v1/sessions/passkey"))}
        elsewhere = await thief.post("/v1/sessions/passkey", json=signed)
        assert (elsewhere.status_code, code(elsewhere)) == (401, "identity.ceremony_over")
        thief.cookies.set(CEREMONY_COOKIE, http.cookies[CEREMONY_COOKIE])
        assert (await http.post("/v1/sessions/passkey", json=signed)).status_code == 201
        for replaying in (http, thief):
            again = await replaying.post("/v1/sessions/passkey", json=signed)
            assert (again.status_code, code(again)) == (401, "identity.ceremony_over")

        late = {"credential": key.sign(await asked(http, "/v1/sessions/passkey"))}
        office.clock.advance(CEREMONY_MS)
        answer = await http.post("/v1/sessions/passkey", json=late)
        assert code(answer) == "identity.ceremony_over"


async def test_a_wrong_answer_has_used_the_question_up(office: Office) -> None:
    await office.hire("ana")
    key, other = a_key(), a_key(id=b"\x02" * 32)
    async with office.browser("ana") as http:
        await registered(http, key)
        options = await asked(http, "/v1/sessions/passkey")
        assert code(await http.post("/v1/sessions/passkey", json={"credential": other.sign(options)})) == (
            "identity.passkey_refused"
        )
        right = await http.post("/v1/sessions/passkey", json={"credential": key.sign(options)})
        assert code(right) == "identity.ceremony_over"


async def test_a_question_of_one_purpose_or_session_is_none_of_another(office: Office) -> None:
    await office.hire("ana")
    key = a_key()
    async with office.browser("ana") as http, office.browser("ana") as other:
        await registered(http, key)
        signed = {"credential": key.sign(await asked(http, "/v1/sessions/passkey"))}
        assert code(await http.post("/v1/proof", json=signed)) == "identity.ceremony_over"
        signed = {"credential": key.sign(await asked(http, "/v1/proof"))}
        other.cookies.set(CEREMONY_COOKIE, http.cookies[CEREMONY_COOKIE])
        assert code(await other.post("/v1/proof", json=signed)) == "identity.ceremony_over"
        assert (await http.post("/v1/proof", json=signed)).status_code == 204


@pytest.mark.parametrize("step", [0, -3], ids=["stands", "goes back"])
async def test_a_counter_that_does_not_go_on_shuts_the_passkey_and_is_shown(office: Office, step: int) -> None:
    await office.hire("ana")
    key = a_key(counter=5)
    async with office.browser("ana") as http:
        await registered(http, key)
        assert (await sign_in(http, key)).status_code == 201
        cloned = await sign_in(http, key, step=step)
        assert (cloned.status_code, code(cloned)) == (401, "identity.passkey_cloned")
        after = await sign_in(http, key, step=20)
        assert code(after) == "identity.passkey_cloned"
        [shown] = (await http.get("/v1/account")).json()["passkeys"]
        assert shown["suspect_ms"] == office.clock.now_ms()


async def test_a_key_that_counts_nothing_is_no_clone(office: Office) -> None:
    """Passkeys that are kept in a cloud say 0 for ever."""
    await office.hire("ana")
    key = a_key()
    async with office.browser("ana") as http:
        await registered(http, key)
        for _ in range(3):
            assert (await sign_in(http, key, step=0)).status_code == 201


async def test_a_passkey_says_nothing_for_somebody_else_or_once_it_is_removed(office: Office) -> None:
    await office.hire("ana")
    await office.hire("eve")
    hers, evil = a_key(), a_key(id=b"\x02" * 32)
    async with office.browser("ana") as ana, office.browser("eve") as eve:
        id = (await registered(ana, hers)).json()["passkey"]
        await registered(eve, evil)
        assert code(await registered(eve, a_key())) == "identity.passkey_taken"
        hers.handle, kept = evil.handle, hers.handle
        assert code(await sign_in(ana, hers)) == "identity.passkey_refused"
        hers.handle = kept
        signed = evil.sign(await asked(ana, "/v1/proof"))
        assert code(await ana.post("/v1/proof", json={"credential": signed})) == "identity.passkey_refused"

        assert code(await eve.delete(f"/v1/passkeys/{id}")) == "identity.not_yours"
        assert (await ana.delete(f"/v1/passkeys/{id}")).status_code == 204
        assert code(await ana.delete(f"/v1/passkeys/{id}")) == "identity.not_yours"
        assert code(await sign_in(ana, hers)) == "identity.passkey_refused"


async def test_a_disabled_users_passkey_opens_nothing(office: Office) -> None:
    await office.hire("ana")
    eve = await office.hire("eve")
    key = a_key()
    async with office.browser("eve") as http:
        await registered(http, key)
        await office.staff.disable(eve, eve)
        assert code(await sign_in(http, key)) == "identity.passkey_refused"


async def test_nobody_has_more_passkeys_than_the_limit(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        for number in range(PASSKEYS_MAX):
            assert (await registered(http, a_key(id=bytes([number]) * 16))).status_code == 201
        refused = await http.post("/v1/passkeys/challenge")
        assert (refused.status_code, code(refused)) == (409, "identity.too_many_passkeys")


async def test_whatever_a_credential_holds_is_no_fault_of_ours(office: Office) -> None:
    await office.hire("ana")
    key = a_key()
    async with office.browser("ana") as http:
        await registered(http, key)
        fields: list[tuple[str, ...]] = [("id",), ("rawId",), ("type",), ("response",)]
        fields += [("response", name) for name in ("clientDataJSON", "authenticatorData", "signature", "userHandle")]
        for field in fields:
            for sick in [*SICK, "AAAA", "e30", "W10", "bnVsbA", "oA", "gg" * 2_000]:
                office.clock.advance(PAUSE_MS)
                signed: dict[str, Any] = key.sign(await asked(http, "/v1/sessions/passkey"))
                place = signed if len(field) == 1 else signed["response"]
                place[field[-1]] = sick
                raw = json.dumps({"credential": signed}).encode()
                answer = await http.post("/v1/sessions/passkey", content=raw, headers=JSON)
                harmless = field == ("response", "userHandle") and sick is None
                assert (answer.status_code in {401, 422}) != harmless, (field, str(sick)[:50], answer.text)
        made = key.make(await asked(http, "/v1/passkeys"))
        for sick in ["", "oA", "gA", "_" * 4_000, "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA"]:
            made["response"]["attestationObject"] = sick
            answer = await http.post("/v1/passkeys", json={"label": "x", "credential": made})
            assert answer.status_code in {401, 422}, answer.text
            await asked(http, "/v1/passkeys")


@pytest.mark.parametrize(
    ("origin", "known"),
    [
        ("https://parcels.example", ("parcels.example", "https://parcels.example")),
        ("https://Parcels.example:443", ("parcels.example", "https://parcels.example")),
        ("http://localhost:8080", ("localhost", "http://localhost:8080")),
        ("http://127.0.0.1:8080", None),
        ("http://[::1]:8080", None),
    ],
)
def test_the_relying_party_follows_from_the_origin(origin: str, known: tuple[str, str] | None) -> None:
    found = RelyingParty.of(origin)
    assert (None if found is None else (found.id, found.origin)) == known


async def test_where_the_address_is_a_number_passkeys_are_refused_in_words(office: Office) -> None:
    numbers = Office(office.store, origin="http://127.0.0.1:8080")
    await numbers.hire("ana")
    async with numbers.browser("ana") as http:
        for path in ("/v1/passkeys", "/v1/sessions/passkey", "/v1/proof"):
            assert code(await http.post(f"{path}/challenge")) == "identity.passkeys_off"
        assert (await http.post("/v1/proof/password", json={"password": GOOD_PASSWORD})).status_code == 204
