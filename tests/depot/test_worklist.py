"""The worklist over HTTP: all that a tablet needs, then only what changed; what left is said, and nothing is missed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from safehand.app.upkeep import Upkeep
from safehand.depot import worklist
from safehand.events.statement import Packed
from safehand.events.vocabulary import Side, State, Way
from safehand.identity.model import Role
from safehand.kernel.clock import HandClock
from tests.app.test_day import handover
from tests.depot.scenes import Day, a_depots_day
from tests.installations import RECIPIENT
from tests.servers import Database


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> AsyncIterator[Day]:
    async with a_depots_day(database, tmp_path) as day:
        yield day


def ids(page: Any) -> set[str]:
    return {row["parcel"] for row in page["parcels"]}


async def test_a_parcel_is_awaited_held_out_and_gone_and_each_change_is_told_once(day: Day) -> None:
    first, second = await day.sent("00100", "00200")
    page = await day.asked("worklist")
    row = {one["parcel"]: one for one in page["parcels"]}[first]

    assert (page["whole"], page["more"], ids(page)) == (True, False, {first, second})
    assert (row["custodian"], row["lane"], row["route"], row["after"]) == (day.merchant, "LANE-A", "R1", "0" * 64)
    assert page["lanes"] == [{"lane": "LANE-A", "name": "Lane-A"}, {"lane": "LANE-B", "name": "Lane-B"}]
    assert RECIPIENT["name"] not in str(page)

    unchanged = await day.asked(f"worklist?after={page['next']}")
    assert (unchanged["parcels"], unchanged["gone"], unchanged["whole"]) == ([], [], False)

    await day.received(first)
    changed = await day.asked(f"worklist?after={unchanged['next']}")
    [row] = changed["parcels"]
    assert (row["parcel"], row["custodian"], row["state"]) == (first, day.depot, "received")

    phone = await day.town.phone(day.driver)
    await day.loaded(phone, first)
    out = await day.asked(f"worklist?after={changed['next']}")
    assert [(row["parcel"], row["custodian"]) for row in out["parcels"]] == [(first, day.driver)]


async def test_what_is_cancelled_or_handed_on_is_gone_from_the_list_of_a_tablet_that_had_it(day: Day) -> None:
    mine, elsewhere = await day.sent("00100", "90100")
    page = await day.asked("worklist")
    assert ids(page) == {mine}  # nobody's plan leads to 90100

    await day.received(elsewhere)
    here = await day.asked(f"worklist?after={page['next']}")
    assert ids(here) == {elsewhere}

    phone = await day.town.phone(day.driver)
    await day.loaded(phone, elsewhere)
    await day.town.told("POST", f"/v1/parcels/{mine}/cancel", day.key, json={})
    await day.town.settle()
    left = await day.asked(f"worklist?after={here['next']}")
    assert (ids(left), set(left["gone"])) == (set(), {mine, elsewhere})
    assert ids(await day.asked("worklist")) == set()


async def test_a_list_longer_than_a_page_is_read_to_its_end_while_it_changes(day: Day) -> None:
    sent = await day.sent(*["00100"] * 7)
    rows_max = 3
    here = day.town.here
    desk = worklist.Worklist(here.reader, here.clock, rows_max=rows_max)

    async def page(after: str | None) -> worklist.Page:
        async with here.store.transaction(readonly=True) as tx:
            return await desk.page(tx, day.depot, after)

    first = await page(None)
    assert (len(first.parcels), first.more, first.whole) == (rows_max, True, True)
    gone = first.parcels[0].parcel
    await day.town.told("POST", f"/v1/parcels/{gone}/cancel", day.key, json={})
    await day.town.settle()
    seen, left, cursor, more = {row.parcel for row in first.parcels}, set[str](), first.next, True
    while more:
        later = await page(cursor)
        seen |= {row.parcel for row in later.parcels}
        left |= set(later.gone)
        cursor, more = later.next, later.more
    assert (seen, left) == (set(sent), {gone})


async def test_a_cage_is_awaited_where_its_parcels_are_and_says_what_lies_in_it(day: Day) -> None:
    [parcel] = await day.sent("00100")
    await day.received(parcel)
    made = await day.town.told("POST", "/v1/aggregates", json={"kind": "cage", "depot": day.depot})
    before = await day.asked("worklist")
    await day.told(day.tablet, Packed(**day.tablet.next(), parcel=parcel, party=day.depot, into=made["id"]))
    page = await day.asked(f"worklist?after={before['next']}")

    assert page["aggregates"] == [
        {
            "aggregate": made["id"],
            "sscc": made["sscc"],
            "state": "created",
            "custodian": day.depot,
            "after": "0" * 64,
            "closed": False,
            "seal": None,
            "contents": [parcel],
        }
    ]
    assert [row["within"] for row in page["parcels"]] == [made["id"]]

    phone = await day.town.phone(day.driver)
    for one, side in ((day.tablet, Side.GIVER), (phone, Side.TAKER)):
        await day.told(one, handover(one, made["id"], day.depot, day.driver, "0" * 64, side=side, way=Way.DEVICES))
    moved = await day.asked(f"worklist?after={page['next']}")
    assert {row["custodian"] for row in moved["parcels"] + moved["aggregates"]} == {day.driver}
    assert {row["state"] for row in moved["parcels"]} == {State.LOADED}


async def test_a_tablet_that_was_away_for_too_long_is_told_to_begin_anew(database: Database, tmp_path: Path) -> None:
    clock = HandClock(1_795_860_000_000)
    async with a_depots_day(database, tmp_path, clock) as day:
        [parcel] = await day.sent("00100")
        here = day.town.here
        desk = worklist.Worklist(here.reader, clock)
        async with here.store.transaction(readonly=True) as tx:
            first = await desk.page(tx, day.depot)
            clock.advance(worklist.REMEMBERED_MS + 1)
            again = await desk.page(tx, day.depot, first.next)
        assert (again.whole, [row.parcel for row in again.parcels]) == (True, [parcel])


@pytest.mark.parametrize("after", ["x", "1.2", "1.2.3.4", "-1.0.0", "٣.0.0", "9" * 19 + ".0.0"])
async def test_a_cursor_of_somebodys_own_making_is_refused(day: Day, after: str) -> None:
    answer = await day.tablet.send("GET", f"/v1/depots/{day.depot}/worklist?after={after}".replace("٣", "%D9%A3"))
    assert (answer.status_code, answer.json()["code"]) == (422, "depot.bad_cursor")


async def test_another_depots_list_is_not_there_and_a_drivers_id_is_no_depot(day: Day) -> None:
    other = await day.town.party("depot", "Vallila")
    stranger = await day.town.phone(other)
    for phone, depot, code in (
        (stranger, day.depot, "identity.no_such_party"),
        (await day.town.phone(day.driver), day.driver, "custody.not_a_depot"),
    ):
        answer = await phone.send("GET", f"/v1/depots/{depot}/worklist")
        assert answer.json()["code"] == code
    hand = await day.town.hire("hanna", Role.DEPOT, party=day.depot)
    assert (await day.town.ask("GET", f"/v1/depots/{day.depot}/worklist", hand)).status_code == 200
    assert (await day.town.ask("GET", f"/v1/depots/{other}/worklist", hand)).status_code == 404


async def test_what_left_is_forgotten_once_every_tablet_knows_or_begins_anew(
    database: Database, tmp_path: Path
) -> None:
    clock = HandClock(1_795_860_000_000)
    async with a_depots_day(database, tmp_path, clock) as day:
        [gone, _] = await day.sent("00100", "00200")
        await day.town.told("POST", f"/v1/parcels/{gone}/cancel", day.key, json={})
        await day.town.settle()

        async def kept(days: int) -> int:
            clock.advance(days * 86_400_000)
            upkeep = Upkeep(day.town.here)
            await upkeep.plan()
            clock.advance(86_400_000)
            await upkeep.worker().run_due()
            async with day.town.here.store.transaction() as tx:
                return int((await tx.fetch("SELECT count(*) AS n FROM depot_floor"))[0]["n"])

        assert (await kept(30), await kept(30)) == (2, 1)
