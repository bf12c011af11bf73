"""What the pages of places read and record: the same desk and the same policies as everywhere."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safehand.app.placing import OnTheMap
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import CARRIER, Resource
from safehand.identity.parties import Parties
from safehand.identity.users import Users
from safehand.kernel.calendar import NeverOpen
from safehand.kernel.ids import USER, UserId, is_id
from safehand.places.basemap.builds import MapFolder
from safehand.places.basemap.errors import NoMap
from safehand.places.calendars import Day
from safehand.places.errors import NoSuchPlace
from safehand.places.geojson import FEATURES_MAX, read_features, write_features
from safehand.places.holidays import read_days
from safehand.places.importing import Report
from safehand.places.model import Open, Place, PlaceKind
from safehand.places.places import Which
from safehand.store.database import Store, Tx
from safehand.surfaces.placing import Drawn, Ground, PlaceList, PlaceView
from safehand.surfaces.views import Staff

ABOUT_ONE = (Action.PLACE_CHANGE, Action.PLACE_SET_DAYS)
TOLD_MAX = 50
"""Lines of the days' history that a page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAnswers:
    """Fills `PlacePages`."""

    store: Store
    map: OnTheMap
    parties: Parties
    users: Users
    guard: Guard
    maps: MapFolder
    zone: ZoneInfo

    @property
    def _now_ms(self) -> int:
        return self.map.desk.clock.now_ms()

    async def places(self, viewer: Staff, kind: PlaceKind | None, after: str) -> PlaceList:
        """A page of the places that the viewer sees."""
        reach = self.guard.reach(viewer.me, Action.PLACE_READ)
        async with self.store.transaction(readonly=True) as tx:
            page = await self.map.desk.places.page(tx, reach, Which(kind=kind), self._now_ms, after=after)
            counts = await self.map.desk.places.counts(tx, reach, self._now_ms)
        adds = self.guard.may(viewer.me, Action.PLACE_ADD, CARRIER)
        return PlaceList(rows=tuple(page.rows), counts=counts, adds=adds, more=page.next or "")

    async def place(self, viewer: Staff, id: str) -> PlaceView:
        """One place with its versions and days."""
        async with self.store.transaction(readonly=True) as tx:
            place = await self._found(tx, viewer, Action.PLACE_READ, id)
            history = await self.map.desk.places.history(tx, place.id)
            keeps_hours = isinstance(place.details, Open)
            days = await self.map.calendars.days(tx, place) if keeps_hours else []
            told = await self.map.calendars.told(tx, place, TOLD_MAX) if keeps_hours else []
            opens = await self._opens(tx, place) if keeps_hours else None
            by = [*(one.told_by for one in history), *(one.told_by for one in told)]
            names = await self._names(tx, by, place)
        about = Resource.of_place(place.id, party=place.party)
        may = frozenset(action for action in ABOUT_ONE if self.guard.may(viewer.me, action, about))
        return PlaceView(
            place=place, history=tuple(history), days=tuple(days), told=tuple(told), opens=opens, names=names, may=may
        )

    async def set_days(self, viewer: Staff, id: str, days: Sequence[Day]) -> None:
        """Say what days are."""
        async with self.store.transaction() as tx:
            place = await self._found(tx, viewer, Action.PLACE_SET_DAYS, id)
            await self.map.calendars.set(tx, place, days, viewer.user)

    async def set_days_from(self, viewer: Staff, id: str, raw: bytes) -> None:
        """Say it from a calendar's file."""
        async with self.store.transaction() as tx:
            place = await self._found(tx, viewer, Action.PLACE_SET_DAYS, id)
            days = read_days(raw, self.map.calendars.today(place))
            await self.map.calendars.set(tx, place, days, viewer.user)

    async def file(self, viewer: Staff, kind: PlaceKind | None) -> bytes:
        """The places that the viewer sees, as GeoJSON."""
        reach = self.guard.reach(viewer.me, Action.PLACE_READ)
        async with self.store.transaction(readonly=True) as tx:
            page = await self.map.desk.places.page(tx, reach, Which(kind=kind), self._now_ms, rows_max=FEATURES_MAX)
        return write_features(page.rows)

    async def ground(self, viewer: Staff) -> Ground:
        """What their map is drawn on."""
        finds = self.guard.may(viewer.me, Action.ADDRESS_FIND, CARRIER)
        with suppress(NoMap):
            return await asyncio.to_thread(self._built, finds)
        return Ground(finds=False)  # addresses are found by the same build

    async def drawn(self, viewer: Staff, on: date | None, after: str) -> Drawn:
        """The places that the viewer sees, no more or not, as they stand or stood when that day ended."""
        reach = self.guard.reach(viewer.me, Action.PLACE_READ)
        at_ms = self._now_ms if on is None else _end_ms(on, self.zone)
        async with self.store.transaction(readonly=True) as tx:
            page = await self.map.desk.places.page(
                tx, reach, Which(retired=True), at_ms, after=after, rows_max=FEATURES_MAX
            )
        return Drawn(body=write_features(page.rows), more=page.next or "")

    async def take(self, viewer: Staff, raw: bytes, *, sure: bool) -> Report:
        """Take a file of places in."""
        features = await asyncio.to_thread(read_features, raw)
        return await self.map.imports.take(features, viewer.user, sure=sure)

    def _built(self, finds: bool) -> Ground:
        with self.maps.reading() as build:
            about = build.about
        return Ground(
            build=about.build, south_e7=about.south_e7, west_e7=about.west_e7, north_e7=about.north_e7,
            east_e7=about.east_e7, finds=finds,
        )  # fmt: skip

    async def _found(self, tx: Tx, viewer: Staff, action: Action, id: str) -> Place:
        found = await self.map.desk.places.get(tx, id, self._now_ms)
        about = Resource.of_place(found.id, party=found.party)
        self.guard.require(viewer.me, action, about, missing=NoSuchPlace(id))
        return found

    async def _opens(self, tx: Tx, place: Place) -> date | None:
        calendar = await self.map.calendars.of(tx, place)
        with suppress(NeverOpen):
            return calendar.opening_after(calendar.local_day(self._now_ms))
        return None

    async def _names(self, tx: Tx, by: Iterable[str], place: Place) -> dict[str, str]:
        users = sorted({UserId(one) for one in by if is_id(USER, one)})
        names: dict[str, str] = {str(id): name for id, name in (await self.users.names(tx, users)).items()}
        owners = await self.parties.names(tx, [place.party] if place.party else [])
        return names | {str(id): name for id, name in owners.items()}


def _end_ms(day: date, zone: ZoneInfo) -> int:
    """The last moment of a day there."""
    return int(datetime.combine(day + timedelta(days=1), time(), zone).timestamp() * 1000) - 1
