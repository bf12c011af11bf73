"""The guard at the routes: who asks, whose page sent it, and which cookie counts."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response

from safehand.app import problems
from safehand.identity.actions import Action
from safehand.identity.guard import LINK_COOKIE, SESSION_COOKIE, SIGNED_BODY_BYTES_MAX, declared_actions
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Role
from tests.asvs import asvs
from tests.identity.office import ADDRESS, ORIGIN, Office, Phone

SECURE_ORIGIN = "https://parcels.example"


def door(office: Office) -> FastAPI:
    """An application with these routes."""
    app = FastAPI()
    problems.install(app)
    app.include_router(the_doors(office))
    return app


def the_doors(office: Office) -> APIRouter:
    """A route for everybody, one for staff, one of the recipient's pages, and one for devices."""
    api, guard = APIRouter(), office.guard

    @api.api_route("/open", methods=["GET", "POST"])
    async def everybody(me: Annotated[Principal, Depends(guard.allow(Action.PUBLIC_READ))]) -> dict[str, str]:
        return {"kind": me.kind, "id": me.id}

    @api.api_route("/staff", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def staff(me: Annotated[Principal, Depends(guard.allow(Action.SESSION_CLOSE))]) -> dict[str, str]:
        return {"kind": me.kind, "id": me.id}

    @api.get("/t/{number}")
    async def recipient(
        number: str, me: Annotated[Principal, Depends(guard.allow(Action.TRACKING_READ))]
    ) -> dict[str, str]:
        return {"kind": me.kind, "id": me.id}

    @api.post("/told")
    async def told(
        request: Request, me: Annotated[Principal, Depends(guard.allow(Action.STATEMENT_TELL))]
    ) -> dict[str, object]:
        return {"device": me.device, "bytes": len(await request.body())}

    return api


def client(office: Office, **options: object) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(door(office), raise_app_exceptions=False, client=(ADDRESS, 1))
    return httpx.AsyncClient(transport=transport, base_url=office.origin, **options)  # type: ignore[arg-type]


async def test_nobody_is_let_in_where_it_is_public_and_nowhere_else(office: Office) -> None:
    async with client(office) as http:
        assert (await http.get("/open")).json() == {"kind": "Anonymous", "id": "anonymous"}
        answer = await http.get("/staff")
    assert (answer.status_code, answer.json()["code"]) == (401, "identity.sign_in_needed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "WWW-Authenticate" in answer.headers


async def test_a_session_lets_its_user_in(office: Office) -> None:
    user = await office.hire()
    async with client(office, cookies={SESSION_COOKIE: await office.session()}) as http:
        assert (await http.get("/staff")).json() == {"kind": "Staff", "id": user}


async def test_whoever_is_known_and_may_not_is_forbidden(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    async with client(office, headers={"authorization": f"Bearer {await office.key(shop, by)}"}) as http:
        answer = await http.get("/staff")
    assert (answer.status_code, answer.json()["code"]) == (403, "identity.not_permitted")


@asvs("7.2.1")
async def test_a_dead_cookie_is_as_none(office: Office) -> None:
    await office.hire()
    token = await office.session()
    await office.sign_in.sign_out(token)
    for dead in (token, "x" * 43, ""):
        async with client(office, cookies={SESSION_COOKIE: dead, LINK_COOKIE: dead}) as http:
            assert (await http.get("/open")).json()["kind"] == "Anonymous"
            assert (await http.get("/staff")).status_code == 401


BAD_HEADERS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer shk_",
    "Bearer shl_" + "A" * 22,
    "Basic YW5hOnB3",
    "Safehand-Device ",
    "Safehand-Device id=dev_x",
    "x" * 5_000,
    "Bearer shk_" + "0" * 58,
]


async def test_a_header_that_is_not_right_is_refused_even_beside_a_good_cookie(office: Office) -> None:
    await office.hire()
    async with client(office, cookies={SESSION_COOKIE: await office.session()}) as http:
        for header in BAD_HEADERS:
            for path in ("/open", "/staff"):
                answer = await http.get(path, headers={"authorization": header})
                assert answer.status_code == 401
                assert answer.json()["code"].startswith("identity.")


async def test_the_scheme_of_the_header_is_read_without_regard_to_case(office: Office) -> None:
    token = await office.link()
    async with client(office, headers={"authorization": f"bEARER shl_{token}"}) as http:
        assert (await http.get("/open")).json()["kind"] == "Recipient"


OWN_PAGE: list[dict[str, str]] = [
    {"origin": ORIGIN},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "same-origin", "origin": "null"},
]
OTHER_SITE: list[dict[str, str]] = [
    {},
    {"origin": "null"},
    {"origin": "https://evil.example"},
    {"origin": ORIGIN + ".evil.example"},
    {"origin": ORIGIN + ":8081"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site", "origin": ORIGIN},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": ""},
    {"referer": ORIGIN + "/page"},
]


@asvs("3.5.1", "3.5.2")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_changes_something_with_a_cookie_comes_from_our_own_pages(office: Office, method: str) -> None:
    await office.hire()
    async with client(office, cookies={SESSION_COOKIE: await office.session()}) as http:
        for headers in OWN_PAGE:
            assert (await http.request(method, "/staff", headers=headers)).status_code == 200
        for headers in OTHER_SITE:
            answer = await http.request(method, "/staff", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "identity.cross_site"), headers
            assert (await http.get("/staff", headers=headers)).status_code == 200


@asvs("3.5.1", "7.6.2")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": ORIGIN}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
async def test_another_sites_page_cannot_sign_its_reader_in(
    office: Office, headers: dict[str, str], status: int
) -> None:
    """No cookie is there yet; but a browser says whose page it is, and a program says nothing."""
    async with client(office) as http:
        assert (await http.post("/open", headers=headers)).status_code == status


async def test_a_header_of_ones_own_needs_no_origin(office: Office) -> None:
    """No other site's page can know a key."""
    token = await office.link()
    headers = {"authorization": f"Bearer shl_{token}", "origin": "https://shop.example"}
    async with client(office, cookies={SESSION_COOKIE: "x"}, headers=headers) as http:
        assert (await http.post("/open")).status_code == 200


@asvs("3.5.1")
@pytest.mark.parametrize(("origin", "status"), [(SECURE_ORIGIN, 200), ("http://parcels.example", 403)])
async def test_over_tls_the_same_host_in_clear_text_is_another_site(office: Office, origin: str, status: int) -> None:
    office = Office(office.store, office.clock, origin=SECURE_ORIGIN)
    await office.hire()
    async with client(office, cookies={SESSION_COOKIE: await office.session()}) as http:
        assert (await http.post("/staff", headers={"origin": origin})).status_code == status


async def test_on_the_recipients_pages_the_recipients_cookie_counts_first(office: Office) -> None:
    user = await office.hire()
    token = await office.link()
    async with client(office, cookies={SESSION_COOKIE: await office.session(), LINK_COOKIE: token}) as http:
        assert (await http.get("/t/123")).json()["kind"] == "Recipient"
        assert (await http.get("/staff")).json() == {"kind": "Staff", "id": user}
        assert (await http.get("/tea")).status_code == 404
    async with client(office, cookies={SESSION_COOKIE: await office.session(), LINK_COOKIE: "A" * 22}) as http:
        assert (await http.get("/t/123")).json() == {"kind": "Staff", "id": user}


@asvs("3.3.2", "3.3.4")
@pytest.mark.parametrize("secure", [True, False])
async def test_cookies_are_closed_to_scripts_and_other_sites(office: Office, secure: bool) -> None:
    guard = Office(office.store, office.clock, origin=SECURE_ORIGIN if secure else ORIGIN).guard
    response = Response()
    guard.set_session(response, "t" * 43)
    guard.set_link(response, "123456789", "k" * 22, max_age_s=60)
    guard.clear_session(response)

    cookies = [SimpleCookie(value) for name, value in response.headers.items() if name == "set-cookie"]
    session, link, cleared = cookies[0][SESSION_COOKIE], cookies[1][LINK_COOKIE], cookies[2][SESSION_COOKIE]
    assert {bool(morsel["secure"]) for morsel in (session, link, cleared)} == {secure}
    assert all(morsel["httponly"] and morsel["samesite"] == "lax" for morsel in (session, link, cleared))
    assert (session["path"], link["path"], link["max-age"]) == ("/", "/t/123456789", "60")
    assert cleared["max-age"] == "0"


BAD_NUMBERS = ["", "1/2", "../x", "1;Domain=evil", "1\r\nSet-Cookie: x", "１２３"]


@asvs("1.2.1")
async def test_no_number_can_write_a_cookie_of_its_own(office: Office) -> None:
    for number in BAD_NUMBERS:
        with pytest.raises(ValueError, match="letters and digits"):
            office.guard.set_link(Response(), number, "k", max_age_s=1)


async def test_a_device_signs_what_it_sends_byte_for_byte(office: Office) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    target, body = "/told?x=%2F&y=%20z", b'{"a": 1}'
    header = phone.header(device.id, "POST", target, office.clock.now_ms(), body)
    async with client(office, headers={"authorization": header}) as http:
        answer = await http.post(target, content=body)
        assert answer.json() == {"device": device.id, "bytes": len(body)}
        assert (await http.post(target, content=body + b" ")).status_code == 401
        assert (await http.post("/told?x=/&y=%20z", content=body)).status_code == 401


async def test_a_revoked_device_and_a_wrong_clock_are_told_so(office: Office) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    now_ms = office.clock.now_ms()
    async with client(office) as http:
        late = await http.post(
            "/told", headers={"authorization": phone.header(device.id, "POST", "/told", now_ms - 300_001)}
        )
        await office.fleet.revoke(device.id, by)
        revoked = await http.post("/told", headers={"authorization": phone.header(device.id, "POST", "/told", now_ms)})
    assert (late.status_code, late.json()["params"]["server_ms"]) == (401, now_ms)
    assert (revoked.status_code, revoked.json()["code"]) == (403, "identity.device_revoked")


async def test_a_body_without_an_end_is_not_read_for_its_signature(office: Office) -> None:
    by, depot, phone = await office.hire(), await office.party(), Phone()
    device = await office.enrolled(phone, depot, by)
    header = phone.header(device.id, "POST", "/told", office.clock.now_ms())
    async with client(office, headers={"authorization": header}) as http:
        for declared in (str(SIGNED_BODY_BYTES_MAX + 1), "-1", "x"):
            answer = await http.post("/told", content=b"", headers={"content-length": declared})
            assert answer.status_code == 413
        undeclared = await http.post("/told", content=endless())
    assert undeclared.status_code == 413


async def endless() -> AsyncIterator[bytes]:
    for _ in range(SIGNED_BODY_BYTES_MAX // 65_536 + 2):
        yield bytes(65_536)


async def test_the_declared_actions_of_an_application_can_be_read(office: Office) -> None:
    app = FastAPI(openapi_url=None)
    app.include_router(the_doors(office), prefix="/in", dependencies=[Depends(office.guard.allow(Action.LAG_READ))])

    @app.get("/forgotten")
    async def forgotten() -> str:
        return ""

    app.mount("/static", Response())
    found = declared_actions(app.routes)

    assert found["GET /in/open"] == {Action.PUBLIC_READ, Action.LAG_READ}
    assert found["DELETE /in/staff"] == {Action.SESSION_CLOSE, Action.LAG_READ}
    assert found["GET /in/t/{number}"] == {Action.TRACKING_READ, Action.LAG_READ}
    assert found["GET /forgotten"] == frozenset()
    assert found["* /static"] == frozenset()
    assert len(found) == 11


@asvs("8.3.1")
async def test_roles_count_as_they_are_now_not_as_they_were_at_sign_in(office: Office) -> None:
    user = await office.hire("ana", Role.ADMIN)
    async with office.browser("ana") as http:
        assert (await http.get("/v1/users")).status_code == 200
        async with office.store.transaction() as tx:
            await tx.run("UPDATE users SET roles = '{claims}' WHERE id = $1", user)
        assert (await http.get("/v1/users")).status_code == 403


def test_a_principal_is_frozen() -> None:
    me = Principal(kind=PrincipalKind.STAFF, id="usr_1")
    with pytest.raises(AttributeError):
        me.id = "usr_2"  # type: ignore[misc]
