"""Pages of the audit: what they show, and what is asked and refused there."""

import httpx
import pytest

from safehand.identity.actions import Action
from tests.surfaces import day
from tests.surfaces.fakes import EVERYTHING, World
from tests.surfaces.findings import CLOSED_DEVICE, FAULT, OPEN_KEY

HERE = f"/audit/{OPEN_KEY}"


@pytest.mark.parametrize("path", ["/audit", "/audit?late=1", "/audit?state=accepted", HERE, "/audit/access"])
@pytest.mark.parametrize("language", ["en", "fi"])
async def test_every_page_is_whole_in_every_language(staff: httpx.AsyncClient, path: str, language: str) -> None:
    page = await staff.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert "finding." not in page.text
    assert "findings." not in page.text
    assert ("Who can see what" if language == "en" else "Kuka näkee mitäkin") in page.text or path == HERE


async def test_the_list_is_led_by_what_is_due_first_and_filters(staff: httpx.AsyncClient, world: World) -> None:
    everything = (await staff.get("/audit")).text
    late = (await staff.get("/audit?late=1")).text
    accepted = (await staff.get("/audit?state=accepted")).text
    nonsense = (await staff.get("/audit?state=<x>&after='")).text
    world.findings.by_id.clear()
    empty = (await staff.get("/audit")).text

    assert everything.index(FAULT.id) < everything.index(OPEN_KEY)
    assert (FAULT.id in late, OPEN_KEY in late, CLOSED_DEVICE in accepted) == (True, False, True)
    assert "overdue since" in late
    assert "till &lt;1&gt;" in everything
    assert OPEN_KEY in nonsense
    assert "Nothing to see" in empty


async def test_an_owner_a_day_and_an_end_are_recorded(staff: httpx.AsyncClient, world: World) -> None:
    for what, form in (
        ("owner", {"owner": day.RITVA}),
        ("due", {"day": "2026-12-24"}),
        ("accept", {"reason": "in spring", "day": "2027-03-01"}),
        ("fixed", {"reason": "revoked"}),
    ):
        answer = await staff.post(f"{HERE}/{what}", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, HERE), what

    assert world.findings.said == [
        ("own", OPEN_KEY, day.RITVA),
        ("due", OPEN_KEY, 1_798_149_599_999),  # the last moment of Christmas Eve in Helsinki
        ("accept", OPEN_KEY, "in spring", 1_803_938_399_999),
        ("fixed", OPEN_KEY, "revoked"),
    ]
    assert "on record" in (await staff.get(HERE)).text


@pytest.mark.parametrize("given", ["", "tomorrow", "2026-13-01", "9999-12-31", "2026-12-24T00:00"])
async def test_what_is_no_day_is_refused_and_told(staff: httpx.AsyncClient, world: World, given: str) -> None:
    answer = await staff.post(f"{HERE}/due", data={"day": given})

    assert answer.status_code == 422
    assert "This day cannot be" in answer.text
    assert world.findings.said == []


async def test_a_closed_finding_has_no_forms_and_takes_no_answer(staff: httpx.AsyncClient, world: World) -> None:
    page = await staff.get(f"/audit/{CLOSED_DEVICE}")
    late = await staff.post(f"/audit/{CLOSED_DEVICE}/fixed", data={"reason": "x"})

    assert "/fixed" not in page.text
    assert late.status_code == 409
    assert world.findings.said == []


async def test_who_only_reads_sees_no_form_and_is_refused(staff: httpx.AsyncClient, world: World) -> None:
    world.findings.reads_only, world.town.may = True, EVERYTHING - {Action.AUDIT_ANSWER}
    page = await staff.get(HERE)
    asked = await staff.post(f"{HERE}/fixed", data={"reason": "x"})
    world.town.may = EVERYTHING - {Action.AUDIT_READ}
    closed = await staff.get("/audit")

    assert (page.status_code, f"{HERE}/" in page.text) == (200, False)
    assert (asked.status_code, closed.status_code) == (403, 403)
    assert world.findings.said == []


@pytest.mark.parametrize("path", ["/audit/fnd_nonsense", "/audit/fnd_00000000000000000000000000", "/audit/../x"])
async def test_a_finding_that_is_not_there_is_no_page(staff: httpx.AsyncClient, path: str) -> None:
    assert (await staff.get(path)).status_code == 404
