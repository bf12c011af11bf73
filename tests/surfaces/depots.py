"""The port of depots' days, filled with one depot at dawn, and one with nothing."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from safehand.depot.board import RouteLoad
from safehand.depot.errors import BadRoute
from safehand.depot.reconciling import KINDS, Group, Reconciliation
from safehand.identity.errors import NoSuchParty
from safehand.kernel.ids import PARTY, PartyId
from safehand.surfaces.depots import DepotDay, DepotList, DepotName
from safehand.surfaces.views import Staff
from tests.surfaces import day
from tests.surfaces.people import AINO, MIKKO
from tests.world import _id

PASILA, BARE = DepotName(day.DEPOT, "Pasila <depot>"), DepotName(PartyId(_id(PARTY, "bare")), "")
TODAY = datetime.fromtimestamp(day.NOW_MS / 1_000, UTC).astimezone(day.HELSINKI).date()
DRIVERS = (DepotName(AINO, "Aino <1>"), DepotName(MIKKO, "Mikko"))


def a_load(route: str, driver: DepotName | None = None, **counts: int) -> RouteLoad:
    """A route with so much aboard, left, excepted, awaited, and of strangers'."""
    told = dict.fromkeys(("aboard", "left", "excepted", "awaited", "strangers"), 0) | counts
    return RouteLoad(
        route=route, driver=driver.party if driver else None, name=driver.name if driver else None, **told
    )  # fmt: skip


LOADS = (
    a_load("HEL <1>", DRIVERS[1], aboard=148, excepted=2),
    a_load("HEL 2", DRIVERS[0], aboard=61, left=84, awaited=3),
    a_load("HEL 3", DRIVERS[0], aboard=9, strangers=2, left=130),
    a_load("HEL 4", left=142, awaited=7),
    a_load("HEL 5", DRIVERS[1], left=12),
)


def counted(**found: tuple[int, tuple[str, ...]]) -> Reconciliation:
    """A day on which so much came, left and is loose."""
    told = {kind: found.get(kind, (0, ())) for kind in KINDS}
    groups = {kind: Group(count=count, parcels=parcels) for kind, (count, parcels) in told.items()}
    return Reconciliation(day=TODAY, came=612, left=218, held=394, **groups)


@dataclass
class Depots:
    """Depots in memory; who was told to drive is noted."""

    said: list[tuple[object, ...]] = field(default_factory=list)
    empty: bool = False
    may: bool = True

    async def depots(self, viewer: Staff, after: str) -> DepotList:
        rows = () if self.empty else (PASILA, BARE)
        return DepotList(rows=rows, more="" if after or self.empty else BARE.party)

    async def depot(self, viewer: Staff, depot: str, day_: date | None) -> DepotDay:
        known = {PASILA.party: PASILA, BARE.party: BARE}
        if depot not in known:
            raise NoSuchParty(party=depot)
        full = depot == PASILA.party
        loose = counted(
            awaited=(10, (day.BOX,)), unsorted=(26, (day.DONE,) * 26), ready=(368, (day.BOX, day.DONE) * 184),
            out=(218, ()), excepted=(4, ()),
        )  # fmt: skip
        numbers: dict[str, str] = {view.head.parcel: view.head.numbers.tracking for view in day.parcels().values()}
        return DepotDay(
            depot=known[PartyId(depot)],
            day=day_ or TODAY,
            today=TODAY,
            routes=LOADS if full else (),
            count=loose if full else counted(),
            drivers=DRIVERS if full and self.may else (),
            tracking=numbers,
            assigns=self.may,
            prints=self.may,
        )

    async def assign(self, viewer: Staff, depot: str, day_: date, route: str, driver: str | None) -> None:
        if not route.isascii():
            raise BadRoute(route)
        self.said.append((depot, day_, route, driver))
