"""Pages of people and training: what they show, and what is asked and refused there."""

import re
from datetime import date

import httpx
import pytest

from safehand.events.vocabulary import LicenceClass
from safehand.identity.actions import Action
from safehand.workforce.course import SEED_BYTES, paper
from tests.surfaces.fakes import EVERYTHING, World
from tests.surfaces.people import MIKKO, ONNI, SHELF

HERE = f"/people/{MIKKO}"
LICENCE = {"number": "FI-1", "born": "", "class-B": "1", "class-CE": "1", "expires": "2031-05-06"}


@pytest.mark.parametrize("path", ["/people", HERE, f"/people/{ONNI}", "/training", "/training/privacy"])
@pytest.mark.parametrize("language", ["en", "fi"])
async def test_every_page_is_whole_in_every_language(staff: httpx.AsyncClient, path: str, language: str) -> None:
    page = await staff.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert not re.search(r"(?<![\w/.-])(people|training|level|duty|lack|skill|vehicle_kind)\.[a-z_]+", page.text)


async def test_the_list_says_what_each_may_carry_what_ends_and_what_is_missing(staff: httpx.AsyncClient) -> None:
    page = (await staff.get("/people", headers={"Accept-Language": "en"})).text

    assert "15000.00 €" in page
    assert "B until " in page
    assert "Security threats: not passed yet" in page
    assert "Aino &lt;1&gt;" in page
    assert "No name on record" in page


async def test_a_record_says_why_something_is_not_allowed(staff: httpx.AsyncClient) -> None:
    page = (await staff.get(HERE, headers={"Accept-Language": "en"})).text

    assert "No licence ADR" in page
    assert "Tail lift" in page
    assert "Depot Helsinki" in page


async def test_a_licence_that_was_seen_is_recorded_and_what_is_refused_is_told(
    staff: httpx.AsyncClient, world: World
) -> None:
    right = await staff.post(f"{HERE}/licences", data=LICENCE)
    since = await staff.post(f"{HERE}/engagement", data={"since": "2026-01-02"})
    wrong = await staff.post(f"{HERE}/licences", data=LICENCE | {"expires": "soon"})

    assert (right.status_code, right.headers["location"]) == (303, HERE)
    assert since.status_code == 303
    assert wrong.status_code == 422
    assert world.people.said == [
        ("licence", MIKKO, "FI-1", None, (LicenceClass.B, LicenceClass.CE), date(2031, 5, 6)),
        ("engage", MIKKO, date(2026, 1, 2)),
    ]


async def test_who_only_reads_sees_no_form_and_is_refused(staff: httpx.AsyncClient, world: World) -> None:
    world.people.may_change, world.town.may = False, EVERYTHING - {Action.DRIVER_CHANGE}
    page = await staff.get(HERE)
    asked = await staff.post(f"{HERE}/licences", data=LICENCE)
    world.town.may = EVERYTHING - {Action.DRIVER_READ}
    closed = await staff.get("/people")

    assert (page.status_code, f"{HERE}/" in page.text) == (200, False)
    assert (asked.status_code, closed.status_code) == (403, 403)
    assert world.people.said == []


@pytest.mark.parametrize(
    "path", ["/people/x", f"/people/pty_{'0' * 26}", "/training/juggling", "/training/privacy/quiz"]
)
async def test_what_is_not_there_is_not_there(staff: httpx.AsyncClient, path: str) -> None:
    assert (await staff.get(path)).status_code == 404


async def test_a_quiz_is_begun_answered_and_told(staff: httpx.AsyncClient) -> None:
    begun = await staff.post("/training/privacy/quiz", data={})
    page = await staff.get(begun.headers["location"], headers={"Accept-Language": "en"})
    asked = paper(SHELF.course("privacy"), b"s" * SEED_BYTES)
    right = {f"q{place}": str(one.right) for place, one in enumerate(asked)}
    odd = {"attempt": "atm_1", "q0": "9", "q1": "x", "q99": "1"}
    failed = await staff.post("/training/privacy/answers", data=odd)
    over = await staff.post("/training/privacy/answers", data={"attempt": "atm_1"} | right)
    await staff.post("/training/privacy/quiz", data={})
    passed = await staff.post("/training/privacy/answers", data={"attempt": "atm_1"} | right)
    told = await staff.get(passed.headers["location"], headers={"Accept-Language": "en"})

    assert page.text.count("<fieldset") == len(asked)
    assert failed.headers["location"] == "/training/privacy"
    assert "not_passed" in failed.headers["set-cookie"]
    assert over.status_code == 409
    assert "Passed. The certificate is on record." in told.text


async def test_whoever_only_reads_courses_is_offered_no_quiz(staff: httpx.AsyncClient, world: World) -> None:
    world.town.may = EVERYTHING - {Action.TRAINING_TAKE}

    page = await staff.get("/training/privacy")

    assert "/quiz" not in page.text
    assert (await staff.post("/training/privacy/quiz", data={})).status_code == 403
