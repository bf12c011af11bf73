"""Pages of places: what they show, and what is asked and refused there."""

import httpx
import pytest

from safehand.identity.actions import Action
from safehand.places.calendars import Day, DayKind
from tests.surfaces.fakes import EVERYTHING, World
from tests.surfaces.places import AREA, CHRISTMAS, DEPOT, POINT

HERE = f"/places/{DEPOT}"
PATHS = ["/places", "/places?kind=no_go", HERE, f"/places/{POINT}", f"/places/{AREA}", "/places/take"]
FILE = '{"type":"FeatureCollection","features":[]}'


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "fi"])
async def test_every_page_is_whole_in_every_language(staff: httpx.AsyncClient, path: str, language: str) -> None:
    page = await staff.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    for group in ("placing.", "place_kind.", "day_kind.", "outcome.", "read_point."):
        assert group not in page.text
    assert ("Places" if language == "en" else "Paikat") in page.text


async def test_the_list_goes_by_kind_and_is_saved_as_geojson(staff: httpx.AsyncClient, world: World) -> None:
    everything, areas = (await staff.get("/places")).text, (await staff.get("/places?kind=no_go")).text
    saved = await staff.get("/places/file?kind=depot")
    world.places.rows.clear()
    empty = (await staff.get("/places?kind=<x>")).text

    assert (DEPOT in everything, POINT in everything, DEPOT in areas, AREA in areas) == (True, True, False, True)
    assert "Kulman &lt;kioski&gt;" in everything
    assert saved.headers["content-type"] == "application/geo+json"
    assert saved.headers["content-disposition"] == 'attachment; filename="places.geojson"'
    assert (b"HEL1" in saved.content, b"KIOSK-7" in saved.content) == (True, False)
    assert "No place yet" in empty


async def test_a_place_tells_who_said_what_of_it_and_when_it_opens_next(staff: httpx.AsyncClient) -> None:
    page = (await staff.get(HERE)).text

    assert page.index("Version 2") < page.index("Version 1")
    assert "holds from" in page
    for words in ("Ritva Salo", "an account that is gone", "express 14:00", "Christmas &lt;Day&gt;", "28 Dec"):
        assert words in page


async def test_a_day_is_set_by_hand_and_many_from_a_calendar(staff: httpx.AsyncClient, world: World) -> None:
    one = await staff.post(f"{HERE}/days", data={"day": "2026-12-25", "kind": "closed", "name": " Christmas  <Day> "})
    many = await staff.post(f"{HERE}/days", data={"file": "BEGIN:VCALENDAR"})

    assert [(answer.status_code, answer.headers["location"]) for answer in (one, many)] == [(303, HERE)] * 2
    assert world.places.said == [("days", DEPOT, CHRISTMAS), ("calendar", DEPOT, b"BEGIN:VCALENDAR")]
    assert "on record" in (await staff.get(HERE)).text


@pytest.mark.parametrize(
    "form",
    [{"name": "x"}, {"day": "2026-12-25"}, {"day": "25.12.", "kind": "closed"}, {"day": "2026-12-25", "kind": "shut"}],
)
async def test_what_is_no_day_is_refused_on_the_page(
    staff: httpx.AsyncClient, world: World, form: dict[str, str]
) -> None:
    answer = await staff.post(f"{HERE}/days", data=form)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert world.places.said == []


async def test_a_file_is_shown_again_with_what_is_wrong_until_somebody_is_sure(
    staff: httpx.AsyncClient, world: World
) -> None:
    first = await staff.post("/places/take", data={"file": FILE})
    sure = await staff.post("/places/take", data={"file": FILE, "sure": "yes"})
    half = await staff.post("/places/take", data={"file": FILE[:-3]})

    for words in ("Nothing was taken in", "longitude first", "g&lt;3&gt;", "There is no such place"):
        assert words in first.text
    assert "&amp;lt;" not in first.text
    assert FILE.replace('"', "&#34;") in first.text
    assert "Taken in" in sure.text
    assert half.status_code == 400
    assert "The file ends in the middle" in half.text
    assert world.places.said == [("take", False), ("take", True)]


async def test_who_only_reads_sees_no_form(staff: httpx.AsyncClient, world: World) -> None:
    world.places.may, world.town.may = frozenset(), EVERYTHING - {Action.PLACE_SET_DAYS, Action.PLACE_ADD}
    page = await staff.get(HERE)
    refused = [
        await staff.post(f"{HERE}/days", data={"day": "2026-12-25", "kind": DayKind.CLOSED}),
        await staff.get("/places/take"),
    ]

    assert "<form" not in page.text.partition("<main")[2]
    assert {answer.status_code for answer in refused} == {403}
    assert world.places.said == list[tuple[Day, ...]]()


@pytest.mark.parametrize("path", ["/places/plc_nonsense", f"/places/plc_{'1' * 26}", "/places/x"])
async def test_a_place_that_is_not_there_is_no_page(staff: httpx.AsyncClient, path: str) -> None:
    assert (await staff.get(path)).status_code == 404
