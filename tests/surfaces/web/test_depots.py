"""Pages of a depot's day: what they show at dawn and at night, and what is said and refused there."""

import re
from datetime import timedelta

import httpx
import pytest

from tests.surfaces import day
from tests.surfaces.depots import BARE, PASILA, TODAY
from tests.surfaces.fakes import World
from tests.surfaces.people import MIKKO

HERE = f"/depots/{PASILA.party}"
DAY = TODAY.isoformat()
ENGLISH = {"Accept-Language": "en"}


@pytest.mark.parametrize("path", ["/depots", HERE, f"/depots/{BARE.party}"])
@pytest.mark.parametrize("language", ["en", "fi"])
async def test_every_page_is_whole_in_every_language(staff: httpx.AsyncClient, path: str, language: str) -> None:
    page = await staff.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert not re.search(r"(?<![\w/.-])depots\.[a-z_]+", page.text)


async def test_a_day_says_who_drives_what_how_far_each_load_is_and_what_is_loose(staff: httpx.AsyncClient) -> None:
    page = (await staff.get(HERE, headers=ENGLISH)).text

    for said in (
        "HEL &lt;1&gt;", "complete", "being loaded", "2 aboard of other routes", "nobody drives it", "nothing aboard",
        "Mikko", "something is loose", "612 came, 218 left, 394 are here", "Sorted, and on no van: 368", "and 338 more",
        f'href="/parcels/{day.BOX}"',
        f'href="/v1/depots/{PASILA.party}/routes/{DAY}/HEL%202/run-sheet.pdf"',
        f'href="/v1/depots/{PASILA.party}/fallback-sheets.pdf?day={DAY}&amp;route=HEL%202"',
    ):  # fmt: skip
        assert said in page, said
    assert "HEL%204/run-sheet.pdf" not in page  # nobody drives it


async def test_a_depot_without_anything_says_what_comes_next(staff: httpx.AsyncClient, world: World) -> None:
    bare = (await staff.get(f"/depots/{BARE.party}", headers=ENGLISH)).text
    assert "No route on this day" in bare
    assert "adds up" in bare
    world.depots.empty = True
    assert "No depot" in (await staff.get("/depots", headers=ENGLISH)).text


async def test_a_route_is_given_to_a_driver_and_to_nobody_and_what_is_refused_is_told(
    staff: httpx.AsyncClient, world: World
) -> None:
    given = await staff.post(f"{HERE}/routes/{DAY}", data={"route": "HEL 4", "driver": MIKKO})
    taken = await staff.post(f"{HERE}/routes/{DAY}", data={"route": "HEL 4", "driver": ""})
    wrong = await staff.post(f"{HERE}/routes/{DAY}", data={"route": "Ä", "driver": MIKKO}, headers=ENGLISH)

    assert (given.status_code, given.headers["location"]) == (303, f"{HERE}?day={DAY}")
    assert taken.status_code == 303
    assert (wrong.status_code, "The name of the route does not fit" in wrong.text) == (422, True)
    assert world.depots.said == [(PASILA.party, TODAY, "HEL 4", MIKKO), (PASILA.party, TODAY, "HEL 4", None)]


async def test_whoever_may_only_look_is_offered_no_form_and_no_names_on_paper(
    staff: httpx.AsyncClient, world: World
) -> None:
    world.depots.may = False
    page = (await staff.get(HERE)).text
    assert 'method="post"' not in page.partition("<main")[2]
    assert "run-sheet.pdf" not in page


async def test_another_day_is_a_link_away_and_what_is_no_day_is_no_page(staff: httpx.AsyncClient) -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert f'href="{HERE}?day={tomorrow}"' in (await staff.get(HERE)).text
    assert (await staff.get(f"{HERE}?day={tomorrow}")).status_code == 200
    for path in (f"{HERE}?day=soon", "/depots/somebody", f"/depots/{MIKKO}"):
        assert (await staff.get(path)).status_code == 404
