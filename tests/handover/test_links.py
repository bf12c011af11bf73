"""A recipient's link is given up: by whoever hears that it leaked, at once and with the PIN that it showed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.asvs import asvs
from tests.installations import ORIGIN, Town, a_town
from tests.servers import Database


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> AsyncIterator[Town]:
    """An installation."""
    async with a_town(database, tmp_path, pages=True) as town:
        yield town


class Sent:
    """A parcel with a link that its recipient has."""

    def __init__(self, key: dict[str, str], told: dict[str, Any]) -> None:
        [parcel] = told["parcels"]
        self.key, self.number, self.parcel = key, parcel["tracking"], parcel["parcel"]
        self.links = f"/v1/parcels/{self.number}/links"
        self.mine = bearer(parcel["recipient_link"])


def bearer(link: str) -> dict[str, str]:
    return {"Authorization": f"Bearer shl_{link.partition('?k=')[2]}"}


async def sent(town: Town, name: str = "Kirjakauppa") -> Sent:
    _, key = await town.merchant(name)
    return Sent(key, await town.shipment(key))


async def seen(town: Town, sent: Sent, who: dict[str, str]) -> Any:
    answer = await town.ask("GET", f"/v1/tracking/{sent.number}", who)
    return answer.json() if answer.is_success else answer.status_code


async def test_whoever_hears_of_a_leak_stops_the_link_and_the_pin_that_it_showed_is_another(town: Town) -> None:
    box, desk = await sent(town), await town.hire("dora", "dispatcher")
    pin = (await seen(town, box, box.mine))["pin"]

    await town.told("POST", f"{box.links}/revoke", desk)

    assert await seen(town, box, box.mine) == 401
    fresh = bearer((await town.told("POST", box.links, box.key))["recipient_link"])
    assert (await seen(town, box, fresh))["pin"] != pin


async def test_the_recipient_gives_a_leaked_link_up_and_the_merchant_sends_a_new_one(town: Town) -> None:
    box, desk = await sent(town), await town.hire("dora", "dispatcher")
    await town.told("POST", f"{box.links}/revoke", box.mine)

    assert (await town.told("GET", "/v1/links/wanted", box.key))["parcels"] == [box.number]
    assert (await town.told("GET", "/v1/links/wanted", desk))["parcels"] == [box.number]
    other = await sent(town, "Somebody else")
    assert (await town.told("GET", "/v1/links/wanted", other.key))["parcels"] == []

    new = bearer((await town.told("POST", box.links, box.key))["recipient_link"])
    assert (await town.told("GET", "/v1/links/wanted", desk))["parcels"] == []
    newest, oldest = (await town.told("GET", box.links, desk))["links"]
    assert (oldest["revoked_by"], newest["revoked_ms"]) == ("recipient", None)
    assert newest["used_ms"] is None
    assert (await seen(town, box, new))["pin"]
    assert (await town.told("GET", box.links, desk))["links"][0]["used_ms"] is not None


async def test_staff_make_nobody_a_link_because_a_link_shows_the_pin(town: Town) -> None:
    box = await sent(town)
    for role in ("dispatcher", "security", "admin"):
        assert (await town.ask("POST", box.links, await town.hire(f"the.{role}", role))).status_code == 403


async def test_another_merchant_touches_no_link(town: Town) -> None:
    box, other = await sent(town), await sent(town, "Somebody else")
    for method, path in (("GET", box.links), ("POST", box.links), ("POST", f"{box.links}/revoke")):
        assert (await town.ask(method, path, other.key)).status_code == 404
        assert (await town.ask(method, path, other.mine)).status_code in {403, 404}
    assert (await seen(town, box, box.mine))["pin"]


class Browser:
    """A recipient's browser at the pages of the town."""

    def __init__(self, town: Town) -> None:
        self.client = town.browser("203.0.113.9")


async def test_a_leaked_link_is_given_up_on_its_page_and_the_cookie_dies_with_it(town: Town) -> None:
    box = await sent(town)
    client = Browser(town).client
    page = f"/t/{box.number}"
    await client.get(page, params={"k": box.mine["Authorization"].partition("shl_")[2]})
    assert "/leaked" in (await client.get(page)).text

    asked = await client.get(f"{page}/leaked")
    foreign = await client.post(f"{page}/leaked", headers={"Origin": "http://evil.test"})
    assert (asked.status_code, foreign.status_code) == (200, 403)
    assert "cannot be undone" in asked.text
    assert await seen(town, box, box.mine) != 401  # asking changes nothing

    cookie = dict(client.cookies)
    over = await client.post(f"{page}/leaked", headers={"Origin": ORIGIN})
    assert (over.status_code, "stopped working" in over.text) == (200, True)
    assert 'safehand_link=""' in over.headers["set-cookie"]
    assert f"Path={page}" in over.headers["set-cookie"]
    kept = {"Cookie": f"safehand_link={cookie['safehand_link']}"}
    assert "PIN" not in (await client.get(page, headers=kept)).text.replace("your PIN, and your receipt", "").replace(
        "ask for your PIN", ""
    )
    assert (await client.post(f"{page}/leaked", headers=kept | {"Origin": ORIGIN})).status_code in {303, 401, 403}


async def test_a_wish_on_the_page_is_the_wish_that_the_desk_sees_and_no_other_link_makes_it(town: Town) -> None:
    box, other = await sent(town), await sent(town, "other")
    client = Browser(town).client
    await client.get(f"/t/{box.number}", params={"k": box.mine["Authorization"].partition("shl_")[2]})
    for _ in range(2):
        assert (
            await client.post(f"/t/{box.number}/data", data={"wish": "export"}, headers={"Origin": ORIGIN})
        ).status_code == 303
    foreign = await client.post(f"/t/{other.number}/data", data={"wish": "erase"}, headers={"Origin": ORIGIN})
    assert foreign.status_code in {303, 401, 403, 404}

    claims = await town.hire("clara", "claims")
    waiting = (await town.told("GET", "/v1/privacy/requests", claims))["requests"]
    assert [(one["parcel"], one["wish"]) for one in waiting] == [(box.parcel, "export")]
    assert "You asked for this" in (await client.get(f"/t/{box.number}/data")).text


@asvs("14.2.1")
async def test_nothing_that_a_links_pages_answer_lets_its_address_out(town: Town) -> None:
    box = await sent(town)
    client = Browser(town).client
    token = box.mine["Authorization"].partition("shl_")[2]
    swapped = await client.get(f"/t/{box.number}", params={"k": token})
    answers = [swapped, await client.get(f"/t/{box.number}"), await client.get(f"/t/{box.number}/leaked")]
    assert [answer.headers["referrer-policy"] for answer in answers] == ["no-referrer", "no-referrer", "same-origin"]
    assert all(token not in answer.text and token not in answer.headers.get("location", "") for answer in answers)


@asvs("2.4.1")
async def test_guessing_links_is_slowed_down_by_address_and_the_right_one_still_opens(town: Town) -> None:
    box = await sent(town)
    client = Browser(town).client
    guesses = [(await client.get(f"/t/{box.number}", params={"k": f"{n:021d}A"})).status_code for n in range(15)]
    assert guesses[0] == 303
    assert guesses[-1] == 429
    token = box.mine["Authorization"].partition("shl_")[2]
    assert "set-cookie" in (await client.get(f"/t/{box.number}", params={"k": token})).headers
