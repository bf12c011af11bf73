"""`/t/NUMBER`: a number alone shows words and a day; the link shows the rest, and leaves no trace of its token."""

import re

import httpx
import pytest

from safehand.events.vocabulary import State
from tests.asvs import asvs
from tests.surfaces import day
from tests.surfaces.fakes import RECEIPT, TOKEN, World

MINE = f"/t/{day.BOX_NUMBERS.tracking}"


async def test_a_number_alone_shows_a_word_and_a_day_and_nothing_private(anybody: httpx.AsyncClient) -> None:
    page = (await anybody.get(MINE)).text

    assert "We were at the door" in page
    assert "Today" in page
    for private in ("Mikko", "Aino", "Laine", "Fredrikinkatu", "00120", "482716", "Akateeminen", "0731", "live.js"):
        assert private not in page, private


@asvs("14.2.1")
async def test_the_link_is_swapped_for_a_cookie_and_a_clean_address(anybody: httpx.AsyncClient) -> None:
    swapped = await anybody.get(f"{MINE}?k={TOKEN}")

    assert (swapped.status_code, swapped.headers["location"]) == (303, MINE)
    assert swapped.headers["referrer-policy"] == "no-referrer"
    assert swapped.headers["cache-control"] == "no-store"
    cookie = swapped.headers["set-cookie"]
    assert f"Path={MINE}" in cookie
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    page = await anybody.get(MINE)
    assert TOKEN not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "In whose hands" in page.text


async def test_a_link_is_given_up_only_after_a_question(anybody: httpx.AsyncClient, world: World) -> None:
    await anybody.get(f"{MINE}?k={TOKEN}")
    asked = await anybody.get(f"{MINE}/leaked")

    assert "cannot be undone" in asked.text
    assert ("leaked", day.BOX_NUMBERS.tracking) not in world.town.said
    over = await anybody.post(f"{MINE}/leaked")
    assert "stopped working" in over.text
    assert ("leaked", day.BOX_NUMBERS.tracking) in world.town.said


async def test_a_recipient_asks_for_a_copy_or_to_be_forgotten_and_sees_that_it_is_noted(
    anybody: httpx.AsyncClient, world: World
) -> None:
    assert (await anybody.get(f"{MINE}/data", follow_redirects=False)).status_code != 200
    await anybody.get(f"{MINE}?k={TOKEN}")
    assert f"{MINE}/data" in (await anybody.get(MINE)).text
    before = (await anybody.get(f"{MINE}/data")).text
    words = ("Ask for a copy", "Ask to be forgotten", "You asked for this")
    assert [said in before for said in words] == [True, True, False]

    noted = await anybody.post(f"{MINE}/data", data={"wish": "erase"})
    assert (noted.status_code, noted.headers["location"]) == (303, f"{MINE}/data")
    assert ("erase", day.BOX_NUMBERS.tracking) in world.town.said
    after = (await anybody.get(f"{MINE}/data")).text
    assert [said in after for said in words] == [True, False, True]
    for wrong in ({"wish": "everything"}, {}):
        assert (await anybody.post(f"{MINE}/data", data=wrong)).status_code == 400


@pytest.mark.parametrize("token", ["B" * 22, "", "A" * 21, "A" * 5000, "<script>", "A" * 21 + "\n"])
async def test_a_wrong_token_gives_the_same_redirect_and_no_cookie(anybody: httpx.AsyncClient, token: str) -> None:
    answer = await anybody.get(MINE, params={"k": token})

    assert (answer.status_code, answer.headers["location"]) == (303, MINE)
    assert "set-cookie" not in answer.headers


@asvs("8.2.2")
async def test_the_link_of_one_parcel_opens_no_other(anybody: httpx.AsyncClient) -> None:
    await anybody.get(f"{MINE}?k={TOKEN}")

    assert "In whose hands" not in (await anybody.get(f"/t/{day.DONE_NUMBERS.tracking}")).text


async def test_the_recipient_reads_pin_line_receipt_and_address(anybody: httpx.AsyncClient) -> None:
    page = (await anybody.get(f"{MINE}?k={TOKEN}", follow_redirects=True)).text

    for words in ("Your PIN for the door", "482716", "Mikko has it now", "Fredrikinkatu 34 B 12", "Save the receipt"):
        assert words in page, words
    for staff in ("Virtanen", "Ritva", "pcl_", "pty_", "per_"):
        assert staff not in page, staff


async def test_a_delivered_parcel_shows_no_pin_and_keeps_its_evidence(anybody: httpx.AsyncClient) -> None:
    page = (await anybody.get(f"/t/{day.DONE_NUMBERS.tracking}?k={TOKEN}", follow_redirects=True)).text

    assert "Your PIN for the door" not in page
    assert 'data-signed="evidence"' in page
    assert "your PIN was given as evidence" in page
    assert "Not yet verified" in page


async def test_the_receipt_needs_the_link(anybody: httpx.AsyncClient) -> None:
    assert (await anybody.get(f"{MINE}/receipt")).status_code in {401, 404}
    await anybody.get(f"{MINE}?k={TOKEN}")

    receipt = await anybody.get(f"{MINE}/receipt")

    assert receipt.content == RECEIPT.body
    assert receipt.headers["content-disposition"] == f'attachment; filename="{RECEIPT.file_name}"'


@pytest.mark.parametrize("number", ["sh 7344 1829 4418", "SH-7344-1829-4418", "sh734418294418"])
async def test_a_number_typed_in_groups_is_cleaned(anybody: httpx.AsyncClient, number: str) -> None:
    answer = await anybody.get(f"/t/{number}")

    assert (answer.status_code, answer.headers["location"]) == (303, MINE)


async def test_an_unknown_number_has_the_same_page_and_says_what_to_check(anybody: httpx.AsyncClient) -> None:
    known = await anybody.get(f"/t/{day.CALM_NUMBERS.tracking}")
    unknown = await anybody.get("/t/SH000000000000")

    assert unknown.status_code == 404
    assert "What to check" in unknown.text
    shape = re.compile(r"<(header|main|footer|body|h1)\b")
    assert shape.findall(known.text) == shape.findall(unknown.text)
    same = {"content-security-policy", "referrer-policy", "cache-control", "vary", "content-type"}
    assert {name: known.headers[name] for name in same} == {name: unknown.headers[name] for name in same}


async def test_a_wrong_digit_is_named(anybody: httpx.AsyncClient) -> None:
    page = await anybody.get("/t/SH734418294417")

    assert page.status_code == 404
    assert "Check digit does not match" in page.text


@asvs("1.2.1", "1.2.2")
@pytest.mark.parametrize("number", ["%00", "%3Cscript%3E", "..%2F..%2Fetc", "x" * 3000, "%F0%9F%93%A6", "'%20OR%201=1"])
async def test_a_hostile_number_is_just_a_number_that_is_not_there(anybody: httpx.AsyncClient, number: str) -> None:
    answer = await anybody.get(f"/t/{number}", follow_redirects=True)

    assert answer.status_code == 404
    assert "<script>" not in answer.text
    assert len(answer.text) < 10_000


async def test_the_page_is_told_in_the_readers_language(anybody: httpx.AsyncClient) -> None:
    finnish = await anybody.get(MINE, headers={"Accept-Language": "fi-FI,fi;q=0.9,en;q=0.5"})
    assert (finnish.headers["content-language"], 'lang="fi"' in finnish.text) == ("fi", True)
    assert "Kävimme ovella" in finnish.text

    chosen = await anybody.get("/language/en", params={"to": MINE})
    assert chosen.headers["location"] == MINE
    assert "We were at the door" in (await anybody.get(MINE, headers={"Accept-Language": "fi"})).text


@pytest.mark.parametrize("path", ["/language/xx", "/language/en%0d"])
async def test_a_language_that_we_do_not_speak_is_no_page(anybody: httpx.AsyncClient, path: str) -> None:
    assert (await anybody.get(path)).status_code == 404


async def test_when_the_database_is_gone_the_page_says_so_and_when_to_come_back(
    anybody: httpx.AsyncClient, world: World
) -> None:
    world.town.down = True
    answer = await anybody.get(MINE)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "What was recorded is safe" in answer.text


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("language", ["en", "fi"])
async def test_every_state_can_be_shown_to_anybody_and_to_the_recipient(
    anybody: httpx.AsyncClient, world: World, state: State, language: str
) -> None:
    from dataclasses import replace

    box = world.town.parcels_by_id[day.BOX]
    world.town.parcels_by_id[day.BOX] = replace(box, head=replace(box.head, state=state))
    headers = {"Accept-Language": language}

    for path in (MINE, f"{MINE}?k={TOKEN}"):
        page = await anybody.get(path, headers=headers, follow_redirects=True)
        assert page.status_code == 200
        assert not re.search(r"\b(state|story|public|line|day)\.[a-z_.]+\b(?!js|css)", page.text)
