"""The routes: what goes in and out over HTTP, for whom, and what nothing may break."""

import json
from typing import Any

import httpx
import pytest

from safehand.identity.actions import Action
from safehand.identity.guard import SESSION_COOKIE, declared_actions
from safehand.identity.model import PARTY_OF_ROLE, PartyKind, Resource, Role
from safehand.identity.wire import b64url_text
from tests.asvs import asvs
from tests.identity.matrix import COLUMNS, TABLE
from tests.identity.office import GOOD_PASSWORD, ORIGIN, Office, Phone
from tests.identity.test_matrix import asker

HIRED = {"login": "ben", "password": GOOD_PASSWORD, "name": "Ben", "roles": ["claims"]}
SOME_ID = "0" * 26
NO_CREDENTIAL = {"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": "x"}}

# Every route, with a body that only its authorisation can refuse.
ROUTES: list[tuple[str, str, object, Action]] = [
    ("POST", "/v1/sessions", {"login": "ana", "password": GOOD_PASSWORD}, Action.SESSION_OPEN),
    ("DELETE", "/v1/sessions", None, Action.SESSION_CLOSE),
    ("PUT", "/v1/password", {"password": "x", "new": "y"}, Action.PASSWORD_CHANGE),
    ("POST", "/v1/setup", {"token": "x", "login": "a", "password": "x", "name": "A"}, Action.SETUP_USE),
    ("POST", "/v1/sessions/passkey/challenge", None, Action.SESSION_OPEN),
    ("POST", "/v1/sessions/passkey", {"credential": NO_CREDENTIAL}, Action.SESSION_OPEN),
    ("POST", "/v1/sessions/recovery", {"code": "x"}, Action.SESSION_OPEN),
    ("DELETE", f"/v1/sessions/ses_{SOME_ID}", None, Action.SESSION_CLOSE),
    ("GET", "/v1/account", None, Action.ACCOUNT_READ),
    ("POST", "/v1/recovery-codes", None, Action.ACCOUNT_CHANGE),
    ("POST", "/v1/passkeys/challenge", None, Action.ACCOUNT_CHANGE),
    ("POST", "/v1/passkeys", {"label": "x", "credential": NO_CREDENTIAL}, Action.ACCOUNT_CHANGE),
    ("DELETE", f"/v1/passkeys/pky_{SOME_ID}", None, Action.ACCOUNT_CHANGE),
    ("POST", "/v1/proof/challenge", None, Action.SESSION_PROVE),
    ("POST", "/v1/proof", {"credential": NO_CREDENTIAL}, Action.SESSION_PROVE),
    ("POST", "/v1/proof/password", {"password": "x"}, Action.SESSION_PROVE),
    ("POST", f"/v1/users/usr_{SOME_ID}/reset", None, Action.USER_RESET),
    ("PUT", f"/v1/users/usr_{SOME_ID}/provider", {"subject": "x"}, Action.USER_LINK),
    ("DELETE", f"/v1/users/usr_{SOME_ID}/provider", None, Action.USER_LINK),
    ("POST", "/v1/reset", {"token": "x", "password": "x"}, Action.SETUP_USE),
    ("POST", "/v1/users", HIRED, Action.USER_CREATE),
    ("GET", "/v1/users", None, Action.USER_READ),
    ("POST", f"/v1/users/usr_{SOME_ID}/disable", None, Action.USER_DISABLE),
    ("POST", "/v1/parties", {"kind": "depot", "name": "x"}, Action.PARTY_CREATE),
    ("GET", "/v1/parties", None, Action.PARTY_READ),
    ("POST", f"/v1/subcontractors/pty_{SOME_ID}/drivers", {"name": "x"}, Action.DRIVER_ADD),
    ("POST", "/v1/merchants", {"name": "x", "country": "FI"}, Action.PARTY_CREATE),
    ("POST", f"/v1/merchants/pty_{SOME_ID}/keys", {"label": "x"}, Action.KEY_CREATE),
    ("GET", f"/v1/merchants/pty_{SOME_ID}/keys", None, Action.KEY_READ),
    ("GET", "/v1/keys/unused", None, Action.KEY_READ),
    ("POST", f"/v1/keys/key_{SOME_ID}/rotate", {}, Action.KEY_ROTATE),
    ("POST", f"/v1/keys/key_{SOME_ID}/revoke", None, Action.KEY_REVOKE),
    ("POST", "/v1/device-codes", {"party": f"pty_{SOME_ID}", "label": "x"}, Action.DEVICE_INVITE),
    ("POST", "/v1/devices", {"code": "ABCD-1234", "public_key": "x", "proof": "x"}, Action.DEVICE_ENROL),
    ("GET", "/v1/devices", None, Action.DEVICE_READ),
    ("GET", "/v1/device-alarms", None, Action.DEVICE_READ),
    ("POST", f"/v1/device-alarms/alm_{SOME_ID}/close", None, Action.DEVICE_REVOKE),
    ("POST", f"/v1/devices/dev_{SOME_ID}/replace", None, Action.DEVICE_REPLACE),
    ("POST", f"/v1/devices/dev_{SOME_ID}/revoke", None, Action.DEVICE_REVOKE),
]


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "code", "detail", "remedy", "params"}
    assert problem["status"] == answer.status_code
    assert problem["title"] != f"{problem['code']}.title"
    return str(problem["code"])


def template(path: str) -> str:
    """The path as the route is written."""
    for prefix, name in (
        ("usr", "user"),
        ("dev", "device"),
        ("alm", "alarm"),
        ("key", "key"),
        ("pty", "merchant"),
        ("ses", "session"),
        ("pky", "passkey"),
    ):
        path = path.replace(f"{prefix}_{SOME_ID}", f"{{{name}}}")
    return path.replace("subcontractors/{merchant}", "subcontractors/{subcontractor}")


async def test_every_route_declares_one_action_and_stands_in_the_table(office: Office) -> None:
    declared = {route: said for route, said in declared_actions(office.app.routes).items() if " /v1/" in route}
    assert declared == {f"{method} {template(path)}": {action} for method, path, _, action in ROUTES}


async def asked_by(office: Office, column: str) -> dict[str, str]:
    """Credentials of somebody of that column of the matrix."""
    if column == "anonymous":
        return {}
    admin = await office.hire("boss")
    if column == "recipient":
        return {"authorization": f"Bearer shl_{await office.link()}"}
    if column.startswith("key."):
        shop = await office.party(PartyKind.MERCHANT)
        return {"authorization": f"Bearer {await office.key(shop, admin, *asker(column).scopes)}"}
    role = Role(column)
    party = (await office.party(PARTY_OF_ROLE[role])).id if role in PARTY_OF_ROLE else None
    await office.hire("somebody", role, party=party)
    return {"origin": ORIGIN, "cookie": f"{SESSION_COOKIE}={await office.session('somebody')}"}


@asvs("8.2.1", "8.3.1")
@pytest.mark.parametrize("column", [column for column in COLUMNS.split() if not column.startswith("device.")])
async def test_each_route_lets_in_whom_the_matrix_lets_in(office: Office, column: str) -> None:
    headers = await asked_by(office, column)
    async with office.client() as http:
        for method, path, body, action in ROUTES:
            if (method, path) == ("DELETE", "/v1/sessions"):
                continue  # it would end the session that the others need; tried below
            answer = await http.request(method, path, json=body, headers=headers)
            refused = answer.status_code in {401, 403} and code(answer) in {
                "identity.sign_in_needed",
                "identity.not_permitted",
            }
            cell = TABLE[action][COLUMNS.split().index(column)]
            assert refused == (cell == "-"), (method, path, answer.text)
            assert answer.status_code < 500
            http.cookies.clear()


@pytest.mark.parametrize("kind", list(PartyKind))
async def test_a_device_gets_in_nowhere_among_the_staffs_routes(office: Office, kind: PartyKind) -> None:
    admin, party, phone = await office.hire(), await office.party(kind), Phone()
    device = await office.enrolled(phone, party, admin)
    async with office.client() as http:
        for method, path, body, action in ROUTES:
            content = b"" if body is None else json.dumps(body).encode()
            header = phone.header(device.id, method, path, office.clock.now_ms(), content)
            sent = {"authorization": header, "content-type": "application/json"}
            answer = await http.request(method, path, content=content, headers=sent)
            refused = answer.status_code == 403 and code(answer) == "identity.not_permitted"
            assert refused == (TABLE[action][COLUMNS.split().index(f"device.{kind}")] == "-"), path


async def test_from_the_one_time_link_to_a_device_that_works(office: Office) -> None:
    token = await office.sign_in.make_setup_link()
    async with office.client(headers={"origin": ORIGIN}) as http:
        ana = {"login": "ana", "password": GOOD_PASSWORD}
        made = await http.post("/v1/setup", json={**ana, "token": token, "name": "Ana"})
        assert made.status_code == 201
        signed_in = await http.post("/v1/sessions", json=ana)
        assert signed_in.json()["user"] == made.json()["user"]
        assert signed_in.json()["roles"] == ["admin"]

        merchant = (await http.post("/v1/merchants", json={"name": "Kauppa Oy", "country": "FI"})).json()["merchant"]
        key = (await http.post(f"/v1/merchants/{merchant}/keys", json={"label": "web shop"})).json()
        assert key["key"].startswith("shk_")
        listed = (await http.get(f"/v1/merchants/{merchant}/keys")).json()["keys"]
        assert [entry["id"] for entry in listed] == [key["id"]]
        assert key["key"] not in json.dumps(listed)

        depot = (await http.post("/v1/parties", json={"kind": "depot", "name": "Sörnäinen"})).json()
        assert depot["place"].startswith("plc_")
        invitation = (await http.post("/v1/device-codes", json={"party": depot["party"], "label": "gate"})).json()
        phone = Phone()
        enrolment = phone.enrolment(invitation["code"])
        sent = {
            "code": enrolment.code,
            "public_key": b64url_text(enrolment.public_key),
            "proof": b64url_text(enrolment.proof),
        }
        device = await http.post("/v1/devices", json=sent)
        assert (device.status_code, device.json()["party"]) == (201, depot["party"])
        [shown] = (await http.get("/v1/devices")).json()["devices"]
        assert (shown["device"], shown["label"], shown["revoked_ms"]) == (device.json()["device"], "gate", None)
        assert (await http.post(f"/v1/devices/{shown['device']}/revoke")).status_code == 204
        [shown] = (await http.get("/v1/devices")).json()["devices"]
        assert shown["revoked_ms"] == office.clock.now_ms()
        assert (await http.post(f"/v1/keys/{key['id']}/revoke")).status_code == 204


async def test_signing_in_and_out_with_a_browser(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        first = http.cookies[SESSION_COOKIE]
        assert (await http.get("/v1/users")).status_code == 200
        again = await http.post("/v1/sessions", json={"login": "ana", "password": GOOD_PASSWORD})
        assert again.status_code == 201
        assert http.cookies[SESSION_COOKIE] != first
        assert (await http.get("/v1/users", headers={"cookie": f"{SESSION_COOKIE}={first}"})).status_code == 401
        assert (await http.delete("/v1/sessions")).status_code == 204
        assert SESSION_COOKIE not in http.cookies
        assert (await http.get("/v1/users")).status_code == 401


async def test_signing_out_everywhere(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as one, office.browser("ana") as two:
        assert (await one.delete("/v1/sessions?all=true")).status_code == 204
        assert (await two.get("/v1/users")).status_code == 401


@asvs("6.2.2", "6.2.3")
async def test_a_changed_password_signs_out_and_lets_in_again(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        wrong = await http.put("/v1/password", json={"password": "wrong", "new": "nine purple owls at noon"})
        assert (wrong.status_code, code(wrong)) == (401, "identity.wrong_password")
        body = {"password": GOOD_PASSWORD, "new": "nine purple owls at noon"}
        assert (await http.put("/v1/password", json=body)).status_code == 204
        assert (await http.get("/v1/users")).status_code == 401
        answer = await http.post("/v1/sessions", json={"login": "ana", "password": body["new"]})
        assert answer.status_code == 201


async def test_a_disabled_users_open_page_is_dead(office: Office) -> None:
    admin, eve = await office.hire("ana"), await office.hire("eve")
    async with office.browser("ana") as ana, office.browser("eve") as her:
        assert (await ana.post(f"/v1/users/{eve}/disable")).status_code == 204
        assert (await her.get("/v1/users")).status_code == 401
        again = await her.post("/v1/sessions", json={"login": "eve", "password": GOOD_PASSWORD})
        assert (again.status_code, code(again)) == (401, "identity.wrong_password")
        listed = (await ana.get("/v1/users")).json()["users"]
        assert {user["login"]: user["disabled"] for user in listed} == {"ana": False, "eve": True}
        last = await ana.post(f"/v1/users/{admin}/disable")
        assert (last.status_code, code(last)) == (409, "identity.last_admin")


async def test_too_many_attempts_say_when_to_come_back(office: Office) -> None:
    async with office.client() as http:
        for _ in range(10):
            answer = await http.post("/v1/sessions", json={"login": "ana", "password": "x"})
            assert code(answer) == "identity.wrong_password"
        answer = await http.post("/v1/sessions", json={"login": "ana", "password": "x"})
    assert (answer.status_code, code(answer)) == (429, "identity.too_many_attempts")
    assert answer.headers["retry-after"] == "30"


async def test_a_depot_sees_and_shuts_out_its_own_devices_only(office: Office) -> None:
    admin = await office.hire("boss")
    mine, other = await office.party(), await office.party(name="Pasila")
    await office.hire("ana", Role.DEPOT, party=mine.id)
    own, others = await office.enrolled(Phone(), mine, admin), await office.enrolled(Phone(), other, admin)

    async with office.browser("ana") as http:
        shown = (await http.get("/v1/devices")).json()["devices"]
        assert [device["device"] for device in shown] == [own.id]
        refused = await http.post(f"/v1/devices/{others.id}/revoke")
        unknown = await http.post(f"/v1/devices/dev_{SOME_ID}/revoke")
        assert refused.status_code == unknown.status_code == 404
        assert refused.json() == unknown.json()
        assert (await http.post(f"/v1/devices/{own.id}/revoke")).status_code == 204
        assert (await http.post("/v1/device-codes", json={"party": mine.id, "label": "x"})).status_code == 201
        elsewhere = await http.post("/v1/device-codes", json={"party": other.id, "label": "x"})
        nowhere = await http.post("/v1/device-codes", json={"party": f"pty_{SOME_ID}", "label": "x"})
        assert (elsewhere.status_code, nowhere.status_code) == (404, 404)
        assert (code(elsewhere), code(nowhere)) == ("identity.no_such_party", "identity.no_such_party")
    assert (await office.fleet.device(others.id)).revoked_ms is None


SEE_DEVICES = [role for role in Role if TABLE[Action.DEVICE_READ][COLUMNS.split().index(role)] != "-"]


@asvs("8.2.2")
@pytest.mark.parametrize("role", SEE_DEVICES)
async def test_lists_show_what_the_policies_permit_one_by_one(office: Office, role: Role) -> None:
    admin = await office.hire("boss")
    kind = PARTY_OF_ROLE.get(role, PartyKind.DEPOT)
    parties = [await office.party(kind, name=f"{n}") for n in range(3)]
    devices = [await office.enrolled(Phone(), parties[n % 3], admin) for n in range(7)]
    await office.hire("ana", role, party=parties[1].id if role in PARTY_OF_ROLE else None)
    async with office.store.transaction() as tx:
        me = await office.sessions.find(tx, await office.session("ana"), office.clock.now_ms())
    assert me is not None
    fleet = [Resource.of_device(device.id, party=device.party) for device in devices]
    permitted_devices = {thing.id for thing in fleet if office.guard.may(me, Action.DEVICE_READ, thing)}
    known = [Resource.of_party(party.id) for party in parties]
    permitted_parties = {thing.id for thing in known if office.guard.may(me, Action.PARTY_READ, thing)}

    async with office.browser("ana") as http:
        shown_devices = (await http.get("/v1/devices")).json()
        shown_parties = (await http.get(f"/v1/parties?kind={kind}")).json()

    assert {device["device"] for device in shown_devices["devices"]} == permitted_devices
    assert {party["party"] for party in shown_parties["parties"]} == permitted_parties
    assert permitted_devices
    assert permitted_parties
    assert (shown_devices["next"], shown_parties["next"]) == (None, None)


async def test_parties_are_listed_with_their_names(office: Office) -> None:
    await office.hire("ana")
    depot = await office.party()
    office.clock.advance(1)
    driver = await office.party(PartyKind.DRIVER, "Ben Virtanen")
    async with office.browser("ana") as http:
        everybody = (await http.get("/v1/parties")).json()["parties"]
        drivers = (await http.get("/v1/parties?kind=driver")).json()["parties"]
        after = (await http.get(f"/v1/parties?after={depot.id}")).json()["parties"]
        assert (await http.get("/v1/parties?kind=pirate")).status_code == 422
    assert [(party["party"], party["name"]) for party in everybody] == [
        (depot.id, "Sörnäinen"),
        (driver.id, "Ben Virtanen"),
    ]
    assert drivers == after == everybody[1:]


SICK: list[Any] = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    [],
    {},
    "x" * 100_000,
    ["x"] * 1_000,
    {"a": {"b": {}}},
    "\x00",
    "\ud800",
    "' OR 1=1 --",
    "{path}",
    "%s%n",
    "../../x",
    "\u202e",
    2**70,
]


@asvs("2.2.1", "16.5.3")
async def test_nothing_that_can_be_sent_is_a_fault_of_ours(office: Office) -> None:
    """Every field of every body, with everything sick in its place."""
    await office.hire("ana")
    async with office.browser("ana") as http:
        for method, path, body, action in ROUTES:
            if not isinstance(body, dict) or action is Action.SESSION_OPEN:
                continue
            whole: list[object] = [*SICK, {**body, "extra": 1}, {}]
            for sent in [*whole, *({**body, field: sick} for field in body for sick in SICK)]:
                raw = json.dumps(sent).encode()
                answer = await http.request(method, path, content=raw, headers={"content-type": "application/json"})
                assert answer.status_code < 500, (path, raw[:200], answer.text)
                if answer.status_code >= 400:
                    code(answer)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 5_000, b'{"login": "a", "login": "b"}', b"null"])
async def test_what_is_no_json_is_refused(office: Office, raw: bytes) -> None:
    async with office.client() as http:
        answer = await http.post("/v1/sessions", content=raw, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    code(answer)


@asvs("2.2.1", "2.2.2", "15.3.3")
@pytest.mark.parametrize("field", ["login", "password", "name", "roles", "party"])
async def test_a_field_too_much_or_too_long_is_named(office: Office, field: str) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        answer = await http.post("/v1/users", json={**HIRED, field: "x" * 600})
        extra = await http.post("/v1/users", json={**HIRED, "is_admin": True})
    assert answer.status_code == 422
    assert extra.status_code == 422
    assert "is_admin" in extra.text


@asvs("15.3.1")
async def test_no_answer_repeats_a_password(office: Office) -> None:
    await office.hire("ana")
    secret = "correct horse passed by unseen"
    async with office.browser("ana") as http:
        for path, body in (
            ("/v1/users", {**HIRED, "password": secret, "extra": 1}),
            ("/v1/users", {**HIRED, "password": [secret]}),
            ("/v1/users", {**HIRED, "password": secret * 100}),
            ("/v1/sessions", {"login": "ana", "password": secret}),
            ("/v1/setup", {"token": secret, "login": "a", "password": secret, "name": "A"}),
        ):
            answer = await http.post(path, json=body)
            assert answer.status_code >= 400
            assert secret not in answer.text
