"""Pages of risk: what they show to whom, what a decision needs, and what a recipient learns of their own parcel."""

import httpx
import pytest

from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.risk.contests import WORDS_CHARS_MAX
from safehand.risk.loss import Mode
from safehand.risk.rates import Reason
from tests.surfaces import day
from tests.surfaces.fakes import TOKEN, World
from tests.surfaces.risks import ASIDE, CALM, HOT, OURS, THEIRS

MINE = f"/t/{day.BOX_NUMBERS.tracking}"
PATHS = {
    "cells": "/risk",
    "all": "/risk?which=all",
    "one": f"/risk/cells/{HOT}",
    "few": f"/risk/cells/{CALM}",
    "aside": f"/risk/cells/{ASIDE}",
    "contests": "/risk/contests",
    "every contest": "/risk/contests?which=all",
    "theirs": f"/risk/contests/{THEIRS.id}",
    "ours": f"/risk/contests/{OURS.id}",
    "effects": "/risk/effects",
    "areas": "/risk/areas?days=30",
    "loss": "/risk/loss",
    "loss of a parcel": f"/risk/loss?parcel={day.BOX}",
    "loss here": f"/risk/loss?cell={HOT}&value=450&minutes=60&hours=2",
}
TABLES = ("risk_page.", "risk_reason.", "risk_standing.", "risk_mode.", "changed.", "page.nav")


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_whole_in_every_language(staff: httpx.AsyncClient, path: str, language: str) -> None:
    page = await staff.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    for table in TABLES:
        assert table not in page.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_empty_pages_say_what_to_do(staff: httpx.AsyncClient, world: World, language: str) -> None:
    world.risks.by_cell.clear()
    world.risks.by_id.clear()
    world.risks.done.clear()
    world.risks.areas_told = ()
    words = load_catalogue(language).words

    for path, next_step in (
        ("", "none"),
        ("/contests", "no_contests"),
        ("/effects", "no_effects"),
        ("/areas", "no_areas"),
    ):
        page = await staff.get(f"/risk{path}", headers={"Accept-Language": language})
        assert words[f"risk_page.{next_step}_next"][:30] in page.text, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_way_can_be_told_to_staff_and_recipients(language: str) -> None:
    words = load_catalogue(language).words

    assert {f"risk_reason.{one}.{part}" for one in Reason for part in ("word", "means", "told")} <= words.keys()
    assert {f"risk_mode.{one}.word" for one in Mode} <= words.keys()


async def test_a_cell_is_told_by_a_street_with_its_rate_interval_evidence_and_end(staff: httpx.AsyncClient) -> None:
    listed, one = (await staff.get("/risk")).text, (await staff.get(f"/risk/cells/{HOT}")).text

    for text in (listed, one):
        assert "Near Kaivokatu &lt;1&gt;, Helsinki" in text
        assert "2,345" in text
        assert "1,172" in text
        assert "4,690" in text
        assert "contested" in text
    assert "Even the low end of the interval is above the mean" in one
    assert "17 losses of ours" in one
    assert "Thu 23 Nov 2028" in one


async def test_a_recipients_words_are_shown_only_where_reading_them_is_on_record(staff: httpx.AsyncClient) -> None:
    for path in ("/risk", "/risk/contests", f"/risk/cells/{HOT}"):
        assert "at home" not in (await staff.get(path)).text, path

    opened = (await staff.get(f"/risk/contests/{THEIRS.id}")).text
    assert "I am at home &lt;all&gt; day." in opened
    assert "on record" in opened


async def test_a_decision_needs_an_answer_and_is_made_once(staff: httpx.AsyncClient, world: World) -> None:
    here = f"/risk/contests/{THEIRS.id}"
    silent = await staff.post(f"{here}/decision", data={"decision": "upheld", "note": "  "})
    vague = await staff.post(f"{here}/decision", data={"decision": "maybe", "note": "Well <b>"})

    assert (silent.status_code, vague.status_code) == (422, 422)
    assert "Well &lt;b&gt;" in vague.text
    assert world.risks.by_id[THEIRS.id].upheld is None

    kept = await staff.post(f"{here}/decision", data={"decision": "kept", "note": "Three were taken in May."})
    late = await staff.post(f"{here}/decision", data={"decision": "upheld", "note": "No."})

    assert (kept.status_code, late.status_code) == (303, 409)
    assert world.risks.by_id[THEIRS.id].upheld is False
    assert "Three were taken in May." in (await staff.get(here)).text


async def test_colleagues_contest_a_rate_in_words(staff: httpx.AsyncClient, world: World) -> None:
    here = f"/risk/cells/{CALM}/contests"
    assert (await staff.post(here, data={"words": "x" * (WORDS_CHARS_MAX + 1)})).status_code == 422
    assert (await staff.post(here, data={"words": "A thief is caught."})).status_code == 303

    assert [one.words for one in world.risks.by_id.values() if one.cell == CALM] == ["A thief is caught."]


@pytest.mark.parametrize("query", ["value=x", "hours=9999", "minutes=-1", "value=1e9", "rate=2000000"])
async def test_numbers_that_can_be_none_are_answered(staff: httpx.AsyncClient, query: str) -> None:
    page = await staff.get(f"/risk/loss?{query}")

    assert page.status_code == 422
    assert 'role="alert"' in page.text


async def test_a_dearer_parcel_and_longer_hours_are_expected_to_lose_more(staff: httpx.AsyncClient) -> None:
    told = (await staff.get("/risk/loss?value=1000&minutes=240&hours=4&rate=1000")).text

    # 1,000 of a million at the door and 20 aboard of 1,000 euros.
    assert "1.02 €" in told
    assert "Left at the door" in told


async def test_a_parcels_own_value_and_cell_make_its_table_and_another_value_may_be_tried(
    staff: httpx.AsyncClient, world: World
) -> None:
    here = f"/risk/loss?parcel={day.BOX}"
    assert here in (await staff.get(f"/parcels/{day.BOX}")).text
    told, tried = (await staff.get(here)).text, (await staff.get(f"{here}&value=1000&rate=1")).text

    assert 'value="181"' in told
    assert "2,345 of a million" in told
    assert "on record" in told
    assert ('value="1000"' in tried, "2,345 of a million" in tried) == (True, True)
    assert (await staff.get(f"/risk/loss?parcel={day.CALM}")).status_code == 404
    world.risks.by_cell.clear()
    assert 'name="rate"' in (await staff.get(here)).text, "nothing is known of its cell: a rate is typed"


async def test_a_recipient_sees_what_was_done_to_their_own_parcel_and_no_rate(
    anybody: httpx.AsyncClient, world: World
) -> None:
    assert (await anybody.get(f"{MINE}/changed", follow_redirects=False)).status_code != 200
    await anybody.get(f"{MINE}?k={TOKEN}")
    assert f"{MINE}/changed" in (await anybody.get(MINE)).text
    page = (await anybody.get(f"{MINE}/changed")).text

    assert "Planned: left at the door. Now: pickup point" in page
    assert "More is lost there than on average" in page
    for secret in (HOT, "2,345", "2345", "1,172", "12,345", "Kaivokatu"):
        assert secret not in page, secret


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_recipient_contests_in_words_and_reads_the_answer(
    anybody: httpx.AsyncClient, world: World, language: str
) -> None:
    anybody.headers["Accept-Language"] = language
    await anybody.get(f"{MINE}?k={TOKEN}")
    assert (await anybody.post(f"{MINE}/changed", data={"words": " "})).status_code in {400, 422}
    assert (await anybody.post(f"{MINE}/changed", data={"words": "I am <always> home."})).status_code == 303
    noted = await anybody.get(f"{MINE}/changed")
    again = await anybody.post(f"{MINE}/changed", data={"words": "Really."})

    assert "I am &lt;always&gt; home." in noted.text
    assert load_catalogue(language).words["changed.noted"] in noted.text
    assert again.status_code == 409
    [made] = [one.id for one in world.risks.by_id.values() if one.parcel == day.BOX]
    viewer = type("Viewer", (), {"user": day.RITVA})
    await world.risks.decide(viewer, made, upheld=True, note="You are right & we are sorry.")  # type: ignore[arg-type]
    told = (await anybody.get(f"{MINE}/changed")).text
    assert "You are right &amp; we are sorry." in told
    assert "Ritva" not in told
    for table in TABLES:
        assert table not in told
