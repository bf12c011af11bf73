"""The forms in front of everything: what they ask for, and how a password is typed into them."""

import re
from html.parser import HTMLParser

import httpx

from safehand.identity.guard import CEREMONY_COOKIE
from tests.asvs import asvs
from tests.surfaces.fakes import a_site

DOORS = {"/sign-in": ["to", "login", "password"], "/setup/a-setup-link": ["name", "login", "password"]}
LONGEST_PASSWORD = 256


class Inputs(HTMLParser):
    """The input fields of a page, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input":
            self.found.append(dict(attrs))


@asvs("6.2.6", "6.2.7")
async def test_a_password_is_masked_and_managers_and_pasting_are_welcome(anybody: httpx.AsyncClient) -> None:
    for door in DOORS:
        page = await anybody.get(door)
        [password] = [field for field in Inputs(page.text).found if field.get("name") == "password"]

        assert password["type"] == "password"
        assert password["autocomplete"] in {"current-password", "new-password"}
        assert int(password["maxlength"] or 0) == LONGEST_PASSWORD
        assert not re.search(r"\son(paste|copy|drop|input)=|readonly", page.text)


@asvs("6.4.2")
async def test_nothing_else_is_asked_no_hint_and_no_secret_question(anybody: httpx.AsyncClient) -> None:
    asked = {door: [str(field.get("name")) for field in Inputs((await anybody.get(door)).text).found] for door in DOORS}

    assert asked == DOORS


async def test_the_work_account_is_offered_only_where_there_is_one(anybody: httpx.AsyncClient) -> None:
    assert 'href="/sign-in/provider?to=/parcels"' in (await anybody.get("/sign-in?to=/parcels")).text

    wire = httpx.ASGITransport(app=a_site(provider=False).app)
    async with httpx.AsyncClient(transport=wire, base_url="http://safehand.test") as client:
        assert "/sign-in/provider" not in (await client.get("/sign-in")).text


async def test_a_subject_that_nobody_has_is_shown_as_text(anybody: httpx.AsyncClient) -> None:
    told = await anybody.get("/sign-in/provider/back?code=x&state=y")

    assert told.status_code == 401
    assert "&lt;b&gt;4711&lt;/b&gt;" in told.text
    assert "<b>4711</b>" not in told.text


async def test_who_comes_back_is_led_to_a_page_of_ours_only(anybody: httpx.AsyncClient) -> None:
    anybody.cookies.set(CEREMONY_COOKIE, "a secret")

    for state, to in (("/parcels", "/parcels"), ("https://evil.example", "/"), ("//evil.example", "/")):
        entered = await anybody.get("/sign-in/provider/back", params={"code": "a code", "state": state})

        assert (entered.status_code, entered.headers["location"]) == (303, to)
