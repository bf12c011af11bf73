"""The site in its application: who gets in where, and what people's browsers get when they do not."""

from pathlib import Path

import httpx

from safehand.app.installation import build
from safehand.app.pages import build_site
from safehand.app.settings import Settings
from safehand.app.web import create_app
from safehand.bus.notices import LocalBus
from safehand.identity.guard import declared_actions
from safehand.identity.model import PARTY_OF_ROLE, PartyKind, Role
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import PartyId
from safehand.labels.numbers import new_tracking
from safehand.store.database import Store
from tests.app.pages.scene import ORIGIN, PAGE, Scene
from tests.asvs import asvs
from tests.installations import PASSWORD

STAFF_PAGES = ("/", "/parcels", "/parcels/{parcel}", "/parcels/{parcel}/receipt", "/exceptions", "/exceptions/{case}")
SEEN = {
    Role.DISPATCHER: (200, 200, 200, 200, 200, 200),
    Role.SECURITY: (200, 200, 200, 200, 200, 200),
    Role.CLAIMS: (200, 200, 200, 200, 200, 200),
    Role.AUDITOR: (200, 200, 200, 200, 200, 200),
    Role.ADMIN: (200, 200, 200, 200, 200, 200),
    Role.DEPOT: (200, 200, 200, 200, 200, 404),
    Role.DRIVER: (200, 200, 404, 403, 403, 403),
    Role.INSPECTOR: (200, 200, 404, 403, 200, 404),
    Role.PACKER: (200, 200, 403, 403, 403, 403),
    Role.CALL_CENTRE: (200, 403, 403, 403, 403, 403),
    Role.LOCKER_OPERATOR: (200, 200, 404, 403, 200, 404),
    Role.PICKUP_PARTNER: (200, 200, 404, 403, 200, 404),
    Role.MERCHANT_USER: (200, 200, 200, 200, 403, 403),
    Role.MODERATOR: (200, 403, 403, 403, 403, 403),
    Role.POLICE_LIAISON: (200, 200, 200, 200, 200, 200),
    Role.SUBCONTRACTOR: (200, 200, 404, 403, 200, 404),
}
"""What each role gets of each page, about a parcel that another driver holds."""


def session(token: str) -> dict[str, str]:
    return {"Cookie": f"safehand_session={token}"}


def test_every_page_declares_exactly_one_action(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url="postgresql://nobody@/none?host=/nowhere", origin=ORIGIN)
    here = build(settings, Store(settings.database_url), LocalBus(), SystemClock())

    declared = declared_actions(create_app(here, build_site(here)).routes)

    assert {path: actions for path, actions in declared.items() if len(actions) != 1} == {}
    assert {"GET /", "GET /t/{number}", "POST /sign-in", "GET /look/{digest}/{name}"} <= declared.keys()


async def test_each_role_gets_its_pages_and_of_the_others_not_even_that_they_exist(scene: Scene) -> None:
    sent = await scene.sent()
    other = await scene.town.party("driver", "Sanna")
    await scene.loaded(sent, await scene.town.phone(other))
    case = await scene.reported(sent)
    theirs: dict[PartyKind, PartyId] = {
        PartyKind.DEPOT: scene.depot,
        PartyKind.DRIVER: scene.driver,
        PartyKind.MERCHANT: scene.merchant,
        PartyKind.PARTNER: await scene.town.party("partner", "R-kioski"),
        PartyKind.SUBCONTRACTOR: await scene.town.party("subcontractor", "Ajo Oy"),
    }

    seen = {}
    for role in Role:
        party = theirs[PARTY_OF_ROLE[role]] if role in PARTY_OF_ROLE else None
        cookie = session(await scene.signed_in(f"the.{role}", role, party=party))
        addresses = [page.format(parcel=sent.parcel, case=case) for page in STAFF_PAGES]
        seen[role] = tuple([(await scene.page(address, cookie)).status_code for address in addresses])

    assert seen == SEEN


async def test_nobody_in_particular_is_shown_the_way_in_and_comes_back_to_the_page(scene: Scene) -> None:
    away = await scene.page("/exceptions")
    inside = await scene.form("/sign-in", login="root", password=PASSWORD, to="/exceptions")
    back = await scene.page("/exceptions")
    out = await scene.form("/sign-out")
    after = await scene.page("/exceptions")

    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?to=/exceptions")
    assert (inside.status_code, inside.headers["location"]) == (303, "/exceptions")
    assert (back.status_code, "Root" in back.text) == (200, True)
    assert (out.status_code, after.status_code) == (303, 303)


@asvs("3.5.1")
async def test_another_sites_page_signs_nobody_out(scene: Scene) -> None:
    token = await scene.signed_in("dora", Role.DISPATCHER)
    foreign = {"Accept": "text/html", "Origin": "http://evil.test"} | session(token)

    refused = await scene.browser.post("/sign-out", headers=foreign)
    still = await scene.session(token)
    out = await scene.form("/sign-out", session(token))

    assert (refused.status_code, still is not None) == (403, True)
    assert (out.status_code, await scene.session(token)) == (303, None)


async def test_a_merchants_key_and_a_device_get_no_staff_page(scene: Scene) -> None:
    sent = await scene.sent()
    await scene.loaded(sent)

    by_key = await scene.page(f"/parcels/{sent.parcel}", scene.key)
    by_device = await scene.phone.send("GET", f"/v1/parcels/{sent.parcel}")
    asked = await scene.browser.get(f"/parcels/{sent.parcel}", headers=dict(by_device.request.headers))

    assert (by_key.status_code, by_device.status_code) == (403, 200)
    assert asked.status_code in {401, 403}


async def test_a_person_is_told_of_a_refusal_in_a_page_and_a_machine_in_a_problem(scene: Scene) -> None:
    cookie = session(await scene.signed_in("dora", Role.DISPATCHER))
    missing = "/parcels/pcl_00000000000000000000000000"

    person = await scene.page(missing, cookie)
    nowhere = await scene.page("/no/such/page", cookie)
    machine = await scene.browser.get(missing, headers=cookie | {"Accept": "application/json"})
    api = await scene.page("/v1/parcels/pcl_00000000000000000000000000", cookie)

    assert [answer.status_code for answer in (person, nowhere, machine, api)] == [404] * 4
    assert {answer.headers["content-type"] for answer in (person, nowhere)} == {"text/html; charset=utf-8"}
    assert {answer.headers["content-type"] for answer in (machine, api)} == {"application/problem+json"}
    assert "content-security-policy" in person.headers


async def test_the_links_holder_goes_from_the_message_to_the_receipt(scene: Scene) -> None:
    sent = await scene.sent()
    await scene.loaded(sent)
    await scene.town.settle()

    number_alone = await scene.page(f"/t/{sent.tracking}")
    swapped = await scene.page(f"/t/{sent.tracking}?k={sent.token}")
    cookie = {"Cookie": swapped.headers["set-cookie"].partition(";")[0]}
    mine = await scene.page(f"/t/{sent.tracking}", cookie)
    receipt = await scene.page(f"/t/{sent.tracking}/receipt", cookie)
    without = await scene.browser.get(f"/t/{sent.tracking}/receipt", headers={"Accept": "text/html", "Cookie": "x=y"})

    assert (number_alone.status_code, "Mikko" in number_alone.text) == (200, False)
    assert (swapped.status_code, swapped.headers["location"]) == (303, f"/t/{sent.tracking}")
    assert (mine.status_code, "Mikko" in mine.text, "Virtanen" in mine.text) == (200, True, False)
    assert (receipt.status_code, receipt.content[:4]) == (200, b"c2sp")
    assert without.status_code in {401, 404}


async def test_a_decision_on_a_page_shows_in_the_queue_that_comes_next(scene: Scene) -> None:
    cookie = session(await scene.signed_in("dora", Role.DISPATCHER))
    case = await scene.reported(await scene.sent(), scene.scanner)

    asked = await scene.page(f"/exceptions/{case}/resolve", cookie)
    decided = await scene.form(f"/exceptions/{case}/resolve", cookie, resolution="explained")
    foreign = await scene.browser.post(
        f"/exceptions/{case}/resolve",
        data={"resolution": "explained"},
        headers=cookie | {"Accept": "text/html", "Origin": "http://evil.test"},
    )
    await scene.town.settle()
    queue = await scene.page("/exceptions", cookie)

    assert (asked.status_code, decided.status_code, foreign.status_code) == (200, 303, 403)
    assert case not in queue.text


@asvs("16.5.2")
async def test_with_the_database_gone_the_look_comes_up_and_pages_say_so(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url="postgresql://nobody@/none?host=/nowhere", origin=ORIGIN)
    here = build(settings, Store(settings.database_url), LocalBus(), SystemClock())
    site = build_site(here)
    transport = httpx.ASGITransport(app=create_app(here, site), raise_app_exceptions=False)
    cookie = PAGE | session("A" * 43)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        gone = await browser.get("/", headers=cookie)
        form = await browser.get("/sign-in", headers=cookie)
        sheet = await browser.get(site.pages.look.url("staff.css"), headers=cookie)
        out = await browser.post("/sign-out", headers=cookie)
        asked = await browser.get(f"/t/{new_tracking()}", headers=PAGE)
        mistyped = await browser.get("/t/NONSENSE", headers=PAGE)

    for answer in (gone, asked):
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert int(answer.headers["retry-after"]) > 0
    assert (form.status_code, sheet.status_code, out.status_code, mistyped.status_code) == (200, 200, 503, 404)
    await here.store.close()
