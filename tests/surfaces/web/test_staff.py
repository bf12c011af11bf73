"""Staff pages: what each shows, what it refuses, and that a form's answer is a redirect."""

import re
from dataclasses import replace

import httpx
import pytest

from safehand.events.vocabulary import ExceptionState, State
from safehand.identity.actions import Action
from tests.asvs import asvs
from tests.surfaces import day
from tests.surfaces.account import PASSWORD
from tests.surfaces.fakes import EVERYTHING, RECEIPT, World

CASE, FORK = f"/exceptions/{day.SEAL_CASE}", f"/exceptions/{day.FORK_CASE}"
PAGES = [
    "/",
    "/parcels",
    f"/parcels/{day.BOX}",
    "/exceptions",
    CASE,
    f"{CASE}/override",
    f"{CASE}/resolve",
    f"{FORK}/correct",
]


@asvs("14.3.2")
@pytest.mark.parametrize("path", PAGES)
async def test_without_a_session_every_staff_page_is_the_way_to_sign_in(anybody: httpx.AsyncClient, path: str) -> None:
    answer = await anybody.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?to=/")


@asvs("3.4.5", "7.4.4", "14.3.2")
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "fi"])
async def test_every_staff_page_is_whole_in_every_language(staff: httpx.AsyncClient, path: str, language: str) -> None:
    page = await staff.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert 'action="/sign-out" method="post"' in page.text
    assert not re.search(
        r">\s*(line|page|case|parcel|parcels|overview|state|override|correct|resolve)\.[a-z_]+", page.text
    )
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"


async def test_after_signing_in_one_is_where_one_wanted_to_be(anybody: httpx.AsyncClient) -> None:
    wrong = await anybody.post("/sign-in", data={"login": "ritva", "password": "guess", "to": "/parcels"})
    assert wrong.status_code == 401
    assert "guess" not in wrong.text

    right = await anybody.post("/sign-in", data={"login": "ritva", "password": PASSWORD, "to": "/parcels"})

    assert (right.status_code, right.headers["location"]) == (303, "/parcels")
    assert "HttpOnly" in right.headers["set-cookie"]
    assert (await anybody.get("/parcels")).status_code == 200


@asvs("3.7.2")
async def test_signing_in_never_leads_to_another_site(anybody: httpx.AsyncClient) -> None:
    form = {"login": "ritva", "password": PASSWORD, "to": "//evil.example/"}

    assert (await anybody.post("/sign-in", data=form)).headers["location"] == "/"


async def test_signed_out_the_session_is_dead(staff: httpx.AsyncClient, world: World) -> None:
    await staff.post("/sign-out", data={})

    assert world.account.alive == set()


async def test_the_first_administrators_link_works_once(anybody: httpx.AsyncClient) -> None:
    assert (await anybody.get("/setup/another-link")).status_code == 404
    form = {"name": "Ritva Salo", "login": "ritva", "password": "short"}
    short = await anybody.post("/setup/a-setup-link", data=form)
    assert short.status_code == 422
    assert 'value="Ritva Salo"' in short.text
    assert "short&#34;" not in short.text

    made = await anybody.post("/setup/a-setup-link", data=form | {"password": PASSWORD})

    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert (await anybody.get("/setup/a-setup-link")).status_code == 404
    assert (await anybody.post("/setup/a-setup-link", data=form | {"password": PASSWORD})).status_code == 401


@pytest.mark.parametrize(
    "number",
    [
        day.BOX,
        day.BOX_NUMBERS.sscc,
        f"(00) {day.BOX_NUMBERS.sscc}",
        "sh 7344 1829 4418",
        "CE 000 004 413 FI",
        f"https://parcels.example/t/{day.BOX_NUMBERS.tracking}",
    ],
)
async def test_a_parcel_is_found_by_any_of_its_numbers(staff: httpx.AsyncClient, number: str) -> None:
    answer = await staff.get("/parcels", params={"q": number})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/parcels/{day.BOX}")


async def test_a_number_with_a_wrong_digit_is_told_which(staff: httpx.AsyncClient) -> None:
    page = await staff.get("/parcels", params={"q": "CE000004412FI"})

    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert 'value="CE000004412FI"' in page.text
    assert "Check digit does not match" in page.text


@asvs("1.2.1", "1.3.1", "1.3.5")
async def test_what_was_typed_comes_back_as_words_never_as_markup(staff: httpx.AsyncClient) -> None:
    page = await staff.get("/parcels", params={"q": '"><script>alert(1)</script>'})

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_lists_filter_by_state_and_ignore_nonsense(staff: httpx.AsyncClient) -> None:
    held = await staff.get("/parcels", params={"state": "held"})
    assert held.text.count('href="/parcels/pcl_') == 1
    assert (await staff.get("/parcels", params={"state": "'; DROP", "after": "x" * 9000})).status_code == 200
    resolved = await staff.get("/exceptions", params={"state": "resolved"})
    assert str(day.OLD_CASE) in resolved.text


async def test_an_empty_installation_says_what_will_come(staff: httpx.AsyncClient, world: World) -> None:
    world.town.empty = True
    for path, words in (
        ("/", "Nothing has moved yet"),
        ("/", "Nothing to decide"),
        ("/parcels", "No parcels here"),
        ("/exceptions", "No exceptions here"),
    ):
        assert words in (await staff.get(path)).text


@asvs("3.2.1", "5.4.1", "5.4.2")
async def test_a_receipt_of_one_entry_is_saved(staff: httpx.AsyncClient) -> None:
    page = (await staff.get(f"/parcels/{day.BOX}")).text
    assert f"/parcels/{day.BOX}/receipt?entry=48202" in page

    saved = await staff.get(f"/parcels/{day.BOX}/receipt", params={"entry": 48202})

    assert saved.content == RECEIPT.body
    assert saved.headers["content-disposition"] == f'attachment; filename="{RECEIPT.file_name}"'
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert saved.headers["content-type"] == "text/plain; charset=utf-8"
    waiting = await staff.get(f"/parcels/{day.DONE}/receipt")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "2")


async def test_one_takes_an_exception_or_gives_it_to_somebody(staff: httpx.AsyncClient, world: World) -> None:
    taken = await staff.post(f"{CASE}/assign", data={"x": ""})
    assert (taken.status_code, taken.headers["location"]) == (303, CASE)
    assert "It is yours now" in (await staff.get(CASE)).text
    assert "It is yours now" not in (await staff.get(CASE)).text

    await staff.post(f"{CASE}/assign", data={"owner": day.KIMMO})

    assert world.town.said == [("assign", day.SEAL_CASE, day.RITVA), ("assign", day.SEAL_CASE, day.KIMMO)]
    assert "Looked after by Kimmo Ranta" in (await staff.get("/exceptions")).text


async def test_a_seal_is_accepted_only_if_two_people_read_the_same(staff: httpx.AsyncClient, world: World) -> None:
    differ = await staff.post(f"{CASE}/override", data={"seal": "0731433", "again": "0731488"})
    assert differ.status_code == 422
    assert "You read 0731433, the second person read 0731488" in differ.text
    empty = await staff.post(f"{CASE}/override", data={"seal": "", "again": ""})
    assert empty.status_code == 422
    assert world.town.said == []

    same = await staff.post(f"{CASE}/override", data={"seal": "0731 433", "again": "0731433"})

    assert (same.status_code, same.headers["location"]) == (303, f"/parcels/{day.BOX}")
    assert world.town.said == [("override", day.SEAL_CASE, "0731433")]


async def test_a_correction_names_somebody_known_and_a_state(staff: httpx.AsyncClient, world: World) -> None:
    for form in ({}, {"custodian": "pty_nobody", "state": "loaded"}, {"custodian": day.SANNA, "state": "created"}):
        answer = await staff.post(f"{FORK}/correct", data=form or {"x": ""})
        assert answer.status_code == 422
        assert "Something is not filled in" in answer.text
    assert world.town.said == []

    done = await staff.post(f"{FORK}/correct", data={"custodian": day.SANNA, "state": "loaded"})

    assert done.headers["location"] == f"/parcels/{day.CALM}"
    assert world.town.said == [("correct", day.FORK_CASE, day.SANNA, State.LOADED)]


@asvs("2.2.2")
async def test_an_exception_is_closed_by_a_word_that_a_person_may_use(staff: httpx.AsyncClient, world: World) -> None:
    for word in ("", "overridden", "corrected", "nonsense"):
        assert (await staff.post(f"{CASE}/resolve", data={"resolution": word})).status_code == 422
    assert world.town.said == []

    await staff.post(f"{CASE}/resolve", data={"resolution": "explained"})

    assert [said[0] for said in world.town.said] == ["resolve"]


async def test_who_comes_second_is_told_that_somebody_was_faster(staff: httpx.AsyncClient, world: World) -> None:
    box = world.town.parcels_by_id[day.BOX]
    world.town.parcels_by_id[day.BOX] = replace(box, cases=(replace(day.SEAL, state=ExceptionState.RESOLVED),))

    late = await staff.post(f"{CASE}/resolve", data={"resolution": "explained"})

    assert late.status_code == 409
    assert "Somebody was faster" in late.text


@asvs("8.3.1")
async def test_who_may_not_decide_sees_no_button_and_is_refused(staff: httpx.AsyncClient, world: World) -> None:
    world.town.may = EVERYTHING - {Action.EXCEPTION_ASSIGN, Action.EXCEPTION_OVERRIDE, Action.EXCEPTION_CORRECT}
    page = (await staff.get(CASE)).text
    assert "Take it" not in page
    assert "/override" not in page
    assert "/resolve" in page

    refused = await staff.post(f"{CASE}/override", data={"seal": "1", "again": "1"})

    assert refused.status_code == 403
    assert "<h1" in refused.text
    assert world.town.said == []


@pytest.mark.parametrize(
    "path", ["/exceptions/exc_no", f"/exceptions/{'x' * 3000}", "/parcels/pcl_" + "0" * 26, "/nothing"]
)
async def test_what_is_not_there_is_a_page_too(staff: httpx.AsyncClient, path: str) -> None:
    answer = await staff.get(path)

    assert answer.status_code in {404, 422}
    assert "data-status=" in answer.text


async def test_a_machine_is_answered_as_a_machine(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get("/nothing", headers={"Accept": "application/json"})

    assert answer.headers["content-type"].startswith("application/json")
