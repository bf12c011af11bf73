"""The port of places, filled with a few of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from safehand.identity.actions import Action
from safehand.kernel.ids import PartyId, PlaceId
from safehand.places.calendars import Day, DayKind, DaySet
from safehand.places.errors import NoSuchPlace
from safehand.places.geojson import read_features, write_features
from safehand.places.geometry import Area, Point
from safehand.places.importing import Doubt, Outcome, Report, Row
from safehand.places.model import Depot, Details, PickupPoint, Place, PlaceKind, Shunned
from safehand.surfaces.placing import Drawn, Ground, PlaceList, PlaceView
from safehand.surfaces.views import Staff
from tests.surfaces import day

DEPOT, POINT, AREA = (PlaceId(f"plc_0{n}{'0' * 24}") for n in range(3))
DAY_MS = 86_400_000
HOURS: dict[str, tuple[str, ...]] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-12:00", "13:00-18:00"))
HERE = Point(601_699_000, 249_384_000)
CHRISTMAS = Day(date(2026, 12, 25), DayKind.CLOSED, "Christmas <Day>")
SATURDAY = Day(date(2026, 12, 19), DayKind.OPENED, "Before Christmas")


def _place(id: PlaceId, kind: PlaceKind, code: str, name: str, shape: Point | Area, details: Details) -> Place:
    then_ms = day.NOW_MS - 3 * DAY_MS
    return Place(
        id=id, kind=kind, code=code, party=None if kind is PlaceKind.NO_GO else PartyId("pty_1"), within=None,
        within_code=None, version=1, valid_from_ms=then_ms, told_ms=then_ms, told_by=day.RITVA, name=name,
        shape=shape, details=details, retired=False,
    )  # fmt: skip


SQUARE = Area.of([HERE, Point(601_799_000, 249_384_000), Point(601_799_000, 249_584_000)])
ALL = (
    _place(
        DEPOT, PlaceKind.DEPOT, "HEL1", "Vallila", HERE,
        Depot(zone="Europe/Helsinki", hours=HOURS, cut_offs={"express": "14:00"}),
    ),
    _place(
        POINT, PlaceKind.PICKUP_POINT, "KIOSK-7", "Kulman <kioski>", HERE,
        PickupPoint(zone="Europe/Helsinki", hours=HOURS, capacity=40),
    ),
    _place(AREA, PlaceKind.NO_GO, "TRAM-1", "Aleksanterinkatu", SQUARE, Shunned(reason="trams only")),
)  # fmt: skip
REPORT = Report(
    rows=(
        Row(row=1, code="HEL1", outcome=Outcome.SAME, place=DEPOT),
        Row(row=2, code="G2", outcome=Outcome.DOUBTED, doubt=Doubt.SWAPPED),
        Row(row=3, code="g<3>", outcome=Outcome.REFUSED, error=NoSuchPlace("g<3>")),
    ),
    done=False,
)


@dataclass
class Places:
    """Places in memory; what was set and taken in is noted."""

    rows: list[Place] = field(default_factory=lambda: list(ALL))
    on: Ground = field(default_factory=Ground)
    more: str = ""
    said: list[tuple[object, ...]] = field(default_factory=list)
    may: frozenset[Action] = frozenset({Action.PLACE_SET_DAYS, Action.PLACE_CHANGE})

    async def places(self, viewer: Staff, kind: PlaceKind | None, after: str) -> PlaceList:
        rows = tuple(one for one in self.rows if kind in {None, one.kind})
        counts = {one: sum(place.kind is one for place in self.rows) for one in PlaceKind}
        return PlaceList(rows=rows, counts=counts, adds=True, more="" if after or not rows else rows[-1].id)

    async def place(self, viewer: Staff, id: str) -> PlaceView:
        found = next((one for one in self.rows if one.id == id), None)
        if found is None:
            raise NoSuchPlace(id)
        later = replace(found, version=2, name="Moved", valid_from_ms=day.NOW_MS + DAY_MS, told_ms=day.NOW_MS)
        names = {day.RITVA: "Ritva Salo", "pty_1": "R-kioski"}
        if found.kind is PlaceKind.NO_GO:
            return PlaceView(place=found, history=(found,), names=names, may=self.may - {Action.PLACE_SET_DAYS})
        told = (DaySet(day=CHRISTMAS, told_ms=day.NOW_MS, told_by="usr_gone"),)
        return PlaceView(
            place=found, history=(later, found), days=(SATURDAY, CHRISTMAS), told=told, opens=date(2026, 12, 28),
            names=names, may=self.may,
        )  # fmt: skip

    async def set_days(self, viewer: Staff, id: str, days: Sequence[Day]) -> None:
        self.said.append(("days", id, *days))

    async def set_days_from(self, viewer: Staff, id: str, raw: bytes) -> None:
        self.said.append(("calendar", id, raw))

    async def file(self, viewer: Staff, kind: PlaceKind | None) -> bytes:
        return write_features(one for one in self.rows if kind in {None, one.kind})

    async def ground(self, viewer: Staff) -> Ground:
        return self.on

    async def drawn(self, viewer: Staff, on: date | None, after: str) -> Drawn:
        self.said.append(("drawn", on, after))
        return Drawn(body=write_features(self.rows), more=self.more)

    async def take(self, viewer: Staff, raw: bytes, *, sure: bool) -> Report:
        read_features(raw)
        self.said.append(("take", sure))
        return replace(REPORT, done=sure)
