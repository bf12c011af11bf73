"""Which clock a depot goes by: its own once it is on the map, until then the carrier's."""

from zoneinfo import ZoneInfo

from safehand.app.depot_clocks import DepotClocks
from safehand.identity.model import PartyKind
from safehand.kernel.ids import PLACE, PlaceId, new_id
from safehand.places.calendars import Calendars
from safehand.places.model import Depot, PlaceKind
from tests.places.scenes import WEEK, Atlas
from tests.servers import Database

CARRIER, OWN = ZoneInfo("Europe/Helsinki"), ZoneInfo("Atlantic/Azores")


async def test_a_depot_goes_by_its_own_clock_once_it_is_on_the_map(database: Database) -> None:
    atlas = Atlas(database.store())
    await atlas.begin()
    clocks = DepotClocks(Calendars(atlas.places, atlas.clock), CARRIER)
    stands = atlas.depot.place
    assert stands is not None
    async with atlas.store.transaction() as tx:
        assert await clocks.zone(tx, stands) == CARRIER

    await atlas.add(PlaceKind.DEPOT, details=Depot(zone=OWN.key, hours=WEEK, cut_offs={}))

    async with atlas.store.transaction() as tx:
        assert await clocks.zone(tx, stands) == OWN


async def test_where_no_depot_stands_there_is_no_clock(database: Database) -> None:
    atlas = Atlas(database.store())
    await atlas.begin()
    partner = await atlas.party(PartyKind.PARTNER)
    clocks = DepotClocks(Calendars(atlas.places, atlas.clock), CARRIER)
    async with atlas.store.transaction() as tx:
        assert await clocks.zone(tx, PlaceId(new_id(PLACE, 1))) is None
        assert partner.place is not None
        assert await clocks.zone(tx, partner.place) is None
