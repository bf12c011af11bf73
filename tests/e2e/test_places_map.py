"""The map of places in a real browser: drawn from our own files alone, and all of it by keyboard."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from safehand.identity.guard import SESSION_COOKIE
from safehand.places.basemap.building import build_map
from safehand.places.basemap.builds import MapFolder
from tests.e2e.browsing import DESK, NARROW, PHONE, Scheme, Seen, Served, looking
from tests.e2e.installed import LOGIN, Installed, installed
from tests.e2e.painting import COLOURS_MIN, painted
from tests.e2e.test_access import axe, violations
from tests.installations import Asked
from tests.maps import MADE_MS, quiet, shared_map
from tests.servers import Postgres, cloned, dropped
from tests.surfaces.places import POINT

__all__ = ["axe"]
HERE = "/places/map"
DRAWN = "document.querySelector('[data-part=map]').dataset.drawn === 'yes'"
NO_WEBGL = """const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind === 'webgl2' ? null : get.call(this, kind, ...rest);
};"""
OVER = "document.documentElement.scrollWidth - innerWidth"
LARGE = """() => {
    document.documentElement.style.fontSize = '200%';
    const words = [...document.querySelectorAll('main :is(p, label, button, h2)')];
    const ends = words.map(one => one.getBoundingClientRect().right);
    return Math.max(...ends) - innerWidth; }"""
SECRET = "the key hangs under the third flowerpot"
LOAD_BYTES_MAX = 600_000
"""What a first look loads, packed, without the basemap."""
HOURS = {day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
TOWN = (9.5215, 47.1410)

type Told = dict[str, Any]


def test_every_place_is_on_the_map_and_in_the_list_and_nothing_comes_from_elsewhere(
    browser: Browser, site: Served, axe: str
) -> None:
    with looking(browser, site) as seen:
        seen.open(f"{HERE}?at={POINT}")
        seen.until(DRAWN)
        page = seen.page
        expect(page.get_by_role("heading", name="Kulman <kioski>")).to_be_focused()
        expect(page.locator(".chosen")).to_contain_text("Version 1")
        expect(page.get_by_role("region", name="Map of places")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Kulman <kioski>")).to_be_focused()
        page.get_by_label("Name or code").focus()
        page.keyboard.type("tram")
        expect(page.get_by_role("status")).to_have_text("1 of 3 places")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Aleksanterinkatu")).to_be_focused()
        page.get_by_label("No-go areas").focus()
        page.keyboard.press("Space")
        expect(page.get_by_text("No place fits")).to_be_visible()

        assert violations(page, axe) == []
        assert (seen.complaints, seen.strangers) == ([], [])


def test_without_webgl_and_without_places_words_say_so(browser: Browser, site: Served) -> None:
    site.world.places.rows.clear()
    with looking(browser, site, size=PHONE, language="fi") as seen:
        seen.page.add_init_script(NO_WEBGL)
        seen.open(HERE)

        expect(seen.page.get_by_text("Tämä selain ei piirrä karttoja")).to_be_visible()
        expect(seen.page.get_by_text("safehand map build FILE.osm.pbf")).to_be_visible()
        expect(seen.page.get_by_role("heading", name="Ei vielä paikkoja")).to_be_visible()
        assert seen.page.evaluate(OVER) <= 0
        assert seen.page.evaluate(LARGE) <= 0
        assert not [one.url for one in seen.requests if "plot" in one.url]
        assert seen.complaints == []


@dataclass(slots=True)
class Valley:
    """An installation with streets and one place of every kind."""

    here: Installed
    session: str

    @property
    def address(self) -> str:
        """Where it is served."""
        return self.here.address


@pytest.fixture(scope="module")
def valley(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valley]:
    """One for the tests of this file."""
    folder = tmp_path_factory.mktemp("valley")
    build_map(MapFolder(folder / "map"), shared_map("liechtenstein-latest.osm.pbf"), MADE_MS, quiet)
    with ThreadPoolExecutor(1) as aside:
        database = aside.submit(cloned, postgres, template).result()
        with installed(database, folder) as here:
            yield Valley(here, aside.submit(asyncio.run, _settled(here)).result())
        aside.submit(dropped, database).result()


@contextmanager
def _at(browser: Browser, valley: Valley, *, scheme: Scheme = "light", size: ViewportSize = DESK) -> Iterator[Seen]:
    with looking(browser, valley, scheme=scheme, size=size, signed_in=False) as seen:  # type: ignore[arg-type]
        cookie = {"name": SESSION_COOKIE, "value": valley.session, "url": valley.address}
        seen.page.context.add_cookies([cookie])  # type: ignore[list-item]
        yield seen


@pytest.mark.faults
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_town_is_drawn_in_ranges_of_our_own_file_by_day_and_by_night(
    browser: Browser, valley: Valley, axe: str, scheme: Scheme
) -> None:
    with _at(browser, valley, scheme=scheme) as seen:
        seen.open(HERE)
        seen.until(DRAWN)
        pieces = [one.response() for one in seen.requests if one.url.endswith(".pmtiles")]

        assert pieces
        assert {piece.status for piece in pieces if piece is not None} == {206}
        assert painted(seen.page.screenshot(animations="disabled"), "places-map", scheme) > COLOURS_MIN
        assert violations(seen.page, axe) == []
        assert (seen.complaints, seen.strangers) == ([], [])
        for size in (PHONE, NARROW):
            seen.page.set_viewport_size(size)
            assert seen.page.evaluate(OVER) <= 0
        seen.page.set_viewport_size(PHONE)
        seen.page.wait_for_timeout(300)
        assert painted(seen.page.screenshot(animations="disabled"), "places-map-phone", scheme) > COLOURS_MIN
        loaded = sum(one.sizes()["responseBodySize"] for one in seen.requests if not one.url.endswith(".pmtiles"))
        assert loaded < LOAD_BYTES_MAX


@pytest.mark.faults
def test_by_keyboard_alone_a_gate_and_an_address_are_found_and_no_instructions_are_told(
    browser: Browser, valley: Valley
) -> None:
    with _at(browser, valley) as seen:
        seen.open(HERE)
        seen.until(DRAWN)
        page = seen.page
        page.get_by_label("Name or code").focus()
        page.keyboard.type("gate-1")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Castle gate")).to_be_focused()
        expect(page.locator(".chosen .facts")).to_be_visible()
        page.get_by_label("Name or code").fill("Städtle 1")
        page.keyboard.press("Enter")
        expect(page.get_by_role("list", name="Addresses").get_by_role("button").first).to_be_focused()
        page.keyboard.press("Enter")
        seen.open(f"{HERE}?on=2020-01-01")
        expect(page.get_by_text("As it was at the end of")).to_have_count(2)
        expect(page.get_by_role("heading", name="No place yet")).to_be_visible()
        data = page.evaluate("fetch('/places/map/data').then(answer => answer.text())")

        assert len(json.loads(data)["features"]) == 8
        assert SECRET not in data
        assert seen.complaints == []


async def _settled(here: Installed) -> str:
    async with httpx.AsyncClient(base_url=here.address) as client:
        town = Asked(client)
        town.admin = await town.sign_in(LOGIN)
        depot, partner = await town.party("depot", "Vaduz"), await town.party("partner", "Kiosk")
        for told in _places(depot, partner):
            await town.told("POST", "/v1/places", town.admin, json=told)
        await town.told("PUT", "/v1/places/GATE-1/instructions", town.admin, json={"text": SECRET})
        office = await town.hire("ritva", "dispatcher")
    return office["Cookie"].partition("=")[2]


def _places(depot: str, partner: str) -> list[Told]:
    lon, lat = TOWN
    opened: Told = {"zone": "Europe/Vaduz", "hours": HOURS}
    door: Told = {"label": "A1", "length_mm": 400, "width_mm": 300, "height_mm": 300}

    def point(east: float, north: float) -> Told:
        return {"point": _corner(lon + east, lat + north)}

    def square(east: float, north: float, side: float) -> Told:
        ring = [(0.0, 0.0), (side, 0.0), (side, side * 0.7), (0.0, side * 0.7)]
        return {"rings": [[_corner(lon + east + x, lat + north + y) for x, y in ring]]}

    told: list[tuple[str, str, str, Told, Told, Told]] = [
        ("depot", "VAD1", "Vaduz depot", point(0, 0), opened, {"party": depot}),
        ("checkpoint", "VAD1-DOCK", "Dock", point(0.001, 0.0004), {"role": "dock"}, {"within": "VAD1"}),
        ("pickup_point", "KIOSK-1", "Kiosk", point(-0.006, 0.002), opened | {"capacity": 40}, {"party": partner}),
        (
            "locker_site",
            "LOCK-1",
            "Lockers",
            point(0.004, -0.003),
            opened | {"compartments": [door]},
            {"party": partner},
        ),
        ("gate", "GATE-1", "Castle gate", point(0.003, 0.003), opened, {}),
        ("geofence", "FENCE-1", "Round the depot", point(0, 0), {"radius_m": 250}, {}),
        ("no_go", "NOGO-1", "Old town", square(-0.004, -0.006, 0.004), {"reason": "on foot only"}, {}),
        ("avoid", "AVOID-1", "Road works", square(0.005, 0.002, 0.003), {"reason": "dug up"}, {}),
    ]
    return [
        {"kind": kind, "code": code, "name": name, "shape": shape, "details": details} | more
        for kind, code, name, shape, details, more in told
    ]


def _corner(lon: float, lat: float) -> list[int]:
    return [round(lat * 1e7), round(lon * 1e7)]
