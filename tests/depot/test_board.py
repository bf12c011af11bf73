"""The board of a depot's day: it counts as each load check counts, and its page is there for who may see the floor."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from safehand.app.routers import days_of
from safehand.depot.board import Board
from safehand.events.vocabulary import ExceptionKind
from safehand.identity.model import Role
from tests.depot.scenes import Day, a_depots_day
from tests.servers import Database

COUNTED = ("aboard", "left", "excepted", "awaited", "strangers")


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> AsyncIterator[Day]:
    async with a_depots_day(database, tmp_path, pages=True) as day:
        yield day


async def test_the_board_counts_each_route_as_its_load_check_does_and_the_page_shows_and_changes_it(day: Day) -> None:
    aboard, left, broken, _, other, stranger = await day.sent("00100", "00101", "00102", "00103", "00200", "00201")
    await day.received(aboard, left, broken, other, stranger)
    await day.sorted(aboard, left, other, stranger)
    await day.reported(broken, ExceptionKind.TAMPERED)
    promised = (await day.asked("worklist"))["parcels"][0]["promised_on"]
    put = f"/v1/depots/{day.depot}/routes/{promised}"
    await day.town.told("PUT", put, json={"routes": [{"route": "R1", "driver": day.driver}]})
    await day.loaded(await day.town.phone(day.driver), aboard, stranger)

    here = day.town.here
    async with here.store.transaction(readonly=True) as tx:
        loads = await Board(here.reader, days_of(here)).of_day(tx, day.depot, date.fromisoformat(promised))
    first, second = loads
    check = await day.asked(f"routes/{promised}/R1/load")
    assert {name: getattr(first, name) for name in COUNTED} == {name: len(check[name]) for name in COUNTED}
    assert (first.driver, first.complete) == (day.driver, check["complete"])
    assert (second.route, second.driver, second.left) == ("R2", None, 1)

    dispatcher = await day.town.hire("dora", Role.DISPATCHER)
    browser = day.town.browser(**dispatcher, **{"Accept-Language": "en"})
    address = f"/depots/{day.depot}?day={promised}"
    page = (await browser.get(address)).text
    assert "1 aboard of other routes" in page
    assert "nobody drives it" in page
    told = await browser.post(f"/depots/{day.depot}/routes/{promised}", data={"route": "R2", "driver": day.driver})
    assert (told.status_code, told.headers["location"]) == (303, address)
    assert "nobody drives it" not in (await browser.get(address)).text
    assert "Kalasatama" in (await browser.get("/depots")).text

    hand = await day.town.hire("hanna", Role.DEPOT, party=await day.town.party("depot", "Vallila"))
    theirs = day.town.browser(**hand, **{"Accept-Language": "en"})
    assert (await theirs.get(address)).status_code == 404
    assert "Kalasatama" not in (await theirs.get("/depots")).text
