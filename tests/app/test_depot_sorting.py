"""Which depot serves an address: the longest prefix of all plans, with that depot's days; elsewhere the carrier's."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from safehand.app.depot_sorting import DepotSorting
from safehand.identity.model import PartyKind
from safehand.kernel.calendar import Calendar
from safehand.places.model import Checkpoint, Depot, PlaceKind, ReadPoint
from safehand.places.sorting import SortRule
from tests.places.scenes import ANNA, ZONE, Atlas
from tests.servers import Database

USUAL = Calendar(zone=ZoneInfo(ZONE), weekdays=frozenset(range(6)))
SUNDAYS = Depot(zone=ZONE, hours={"sun": ("08:00-18:00",)}, cut_offs={})


async def two_depots(atlas: Atlas) -> None:
    """One in Helsinki with a rule for all that nobody else claims; one in Espoo for 02, open on Sundays."""
    first = await atlas.add(PlaceKind.DEPOT)
    await atlas.add(PlaceKind.CHECKPOINT, "H-1")
    atlas.depot = await atlas.party(PartyKind.DEPOT)
    second = await atlas.add(PlaceKind.DEPOT, "ESPOO", details=SUNDAYS)
    async with atlas.store.transaction() as tx:
        draft = atlas.draft(PlaceKind.CHECKPOINT, "E-1", Checkpoint(role=ReadPoint.LANE))
        await atlas.desk.add(tx, replace(draft, within="ESPOO"), ANNA)
        await atlas.plans.tell(tx, first, [SortRule("", "H-1", "R1"), SortRule("0", "H-1", "R2")], ANNA, version=0)
        await atlas.plans.tell(tx, second, [SortRule("02", "E-1", "R9")], ANNA, version=0)


async def test_the_longest_prefix_of_all_plans_names_depot_lane_route_and_days(database: Database) -> None:
    atlas = Atlas(database.store())
    await atlas.begin()
    helsinki = atlas.depot.id
    await two_depots(atlas)
    espoo = atlas.depot.id
    sorting = DepotSorting(plans=atlas.plans, calendars=atlas.calendars, clock=atlas.clock, country="FI", usual=USUAL)

    async with atlas.store.transaction() as tx:
        asked = [("FI", "00100"), ("FI", "02 150"), ("FI", "90100"), ("SE", "02150")]
        found = await sorting.destinations(tx, asked)

    assert [(one.depot, one.lane, one.route) for one in found] == [
        (helsinki, "H-1", "R2"),
        (espoo, "E-1", "R9"),
        (helsinki, "H-1", "R1"),
        (None, None, None),
    ]
    assert found[1].calendar.weekdays == {6}
    assert found[3].calendar == USUAL


async def test_a_plan_that_begins_later_leads_nobody_yet_and_a_newer_one_replaces_the_older(database: Database) -> None:
    atlas = Atlas(database.store())
    await atlas.begin()
    depot = await atlas.add(PlaceKind.DEPOT)
    await atlas.add(PlaceKind.CHECKPOINT, "H-1")
    later_ms = atlas.clock.now_ms() + 1_000
    async with atlas.store.transaction() as tx:
        await atlas.plans.tell(tx, depot, [SortRule("00", "H-1", "R1"), SortRule("02", "H-1", "R2")], ANNA, version=0)
        await atlas.plans.tell(tx, depot, [SortRule("00", "H-1", "R7")], ANNA, version=1, valid_from_ms=later_ms)

        now = await atlas.plans.leading(tx, {"00100", "02150"}, atlas.clock.now_ms())
        then = await atlas.plans.leading(tx, {"00100", "02150"}, later_ms)

    assert {code: rule.route for code, (_, rule) in now.items()} == {"00100": "R1", "02150": "R2"}
    assert {code: rule.route for code, (_, rule) in then.items()} == {"00100": "R7"}
