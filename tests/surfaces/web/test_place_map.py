"""The page of places on a map: its policy, what it is given to draw, and what it says where something is missing."""

from datetime import date

import httpx
import pytest

from safehand.places.model import PlaceKind
from safehand.surfaces.placing import Ground
from safehand.surfaces.web.built import WORKER_POLICY, load_built
from safehand.surfaces.web.pages import CONTENT_SECURITY_POLICY
from safehand.surfaces.web.staff.place_map import MAIN, SIGNS, day_of
from tests.e2e.browsing import STAFF
from tests.surfaces.fakes import World
from tests.surfaces.places import AREA, DEPOT

HERE = "/places/map"


@pytest.mark.parametrize("language", ["en", "fi"])
async def test_the_page_is_whole_in_every_language(staff: httpx.AsyncClient, language: str) -> None:
    page = await staff.get(HERE, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert ("Places on a map" if language == "en" else "Paikat kartalla") in page.text
    for group in ("placing.", "place_kind."):
        assert group not in page.text
    assert page.text.count('class="sign"') == len(PlaceKind) == len(set(SIGNS.values()))


async def test_this_page_alone_may_run_a_script_beside_it(staff: httpx.AsyncClient) -> None:
    policies = {
        path: (await staff.get(path)).headers["content-security-policy"] for path in (HERE, "/places", STAFF["parcel"])
    }
    beside = (await staff.get(load_built().entries[MAIN])).headers["content-security-policy"]

    assert policies[HERE] == f"{CONTENT_SECURITY_POLICY}; worker-src 'self'"
    assert {policies["/places"], policies[STAFF["parcel"]]} == {CONTENT_SECURITY_POLICY}
    assert beside == WORKER_POLICY


async def test_the_map_is_no_part_of_what_the_tablet_loads() -> None:
    built = load_built()
    tablet = [built.assets[name].body for name in built.shell["src/depot/main.ts"]]

    assert len(built.shell[MAIN]) < 4
    assert all(b"maplibre" not in body.lower() for body in tablet)
    assert sum(b"maplibre" in asset.body.lower() for asset in built.assets.values()) == 2


async def test_what_is_drawn_is_what_the_viewer_sees_file_by_file(staff: httpx.AsyncClient, world: World) -> None:
    world.places.more = AREA
    first = await staff.get(f"{HERE}/data?on=2026-11-01&after={DEPOT}")
    world.places.more = ""
    last = await staff.get(f"{HERE}/data?on=yesterday")

    assert first.headers["content-type"] == "application/geo+json"
    assert (first.headers["safehand-next"], "safehand-next" in last.headers) == (AREA, False)
    assert first.headers["cache-control"] == "no-store"
    assert [one["id"] for one in first.json()["features"]] == [place.id for place in world.places.rows]
    assert world.places.said == [("drawn", date(2026, 11, 1), DEPOT), ("drawn", None, "")]


async def test_where_no_basemap_was_built_the_page_says_how_to(staff: httpx.AsyncClient, world: World) -> None:
    without = (await staff.get(HERE)).text
    world.places.on = Ground(build="b1", south_e7=1, west_e7=2, north_e7=3, east_e7=4, finds=True)
    having = (await staff.get(HERE)).text

    assert "safehand map build FILE.osm.pbf" in without
    assert 'data-build=""' in without
    assert "data-finds" not in without
    assert "safehand map build" not in having
    assert 'data-build="b1" data-bounds="2 1 4 3"' in having
    assert 'data-finds="yes"' in having
    assert "OpenStreetMap" in having


async def test_a_place_leads_to_the_map_and_the_map_to_it(staff: httpx.AsyncClient) -> None:
    place, listed = (await staff.get(f"/places/{DEPOT}")).text, (await staff.get("/places")).text
    chosen, junk = (await staff.get(f"{HERE}?at={DEPOT}")).text, (await staff.get(f'{HERE}?at="><x')).text

    assert f'href="{HERE}?at={DEPOT}"' in place
    assert f'href="{HERE}"' in listed
    assert f'data-at="{DEPOT}"' in chosen
    assert 'data-at=""' in junk
    assert (await staff.get(f"{HERE}?at=plc_{'1' * 26}")).status_code == 404


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "1999-12-31", "9999-12-31", "2026-11-28T10:00"])
def test_what_is_no_day_of_ours_is_now(text: str) -> None:
    assert day_of(text) is None
    assert day_of("2026-11-28") == date(2026, 11, 28)
