"""Days: what day it is at a depot, its lanes, and who drives which route. A route is assigned anew by a new row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from safehand.depot.errors import BadRoute, DayTooFar, NotADriver, RouteUnassigned
from safehand.identity.errors import NoSuchParty
from safehand.identity.model import PartyKind
from safehand.identity.parties import Parties
from safehand.kernel.calendar import Calendar
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId
from safehand.places.calendars import Calendars
from safehand.places.model import Checkpoint, PlaceKind, ReadPoint
from safehand.places.places import Places
from safehand.places.sorting import ROUTE_SHAPE
from safehand.store.database import Tx

DAYS_MAX = 92
"""So far from today a day can be asked for or planned."""
ROUTES_MAX = 1_000
"""Routes of one day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Where parcels of some routes are put."""

    lane: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOfDay:
    """Who drives a route on one day."""

    route: str
    driver: PartyId
    name: str | None
    """The driver's; None once the person was forgotten."""


@dataclass(frozen=True, slots=True)
class Days:
    """Reads and plans the days of depots, in the caller's transaction."""

    parties: Parties
    places: Places
    calendars: Calendars
    clock: Clock
    usual: Calendar
    """Of a depot that is not on the map yet."""

    async def calendar(self, tx: Tx, depot: PartyId) -> Calendar:
        """The depot's days and clock."""
        return await self.calendars.of_depot(tx, depot) or self.usual

    async def day(self, tx: Tx, depot: PartyId, day: date | None = None) -> date:
        """The day that is meant: today at the depot where none is named.

        Errors
            DayTooFar
        """
        today = (await self.calendar(tx, depot)).local_day(self.clock.now_ms())
        if day is None:
            return today
        if abs(day - today) > timedelta(days=DAYS_MAX):
            raise DayTooFar(day.isoformat(), DAYS_MAX)
        return day

    async def lanes(self, tx: Tx, depot: PartyId) -> list[Lane]:
        """The depot's lanes, by code."""
        found = await self.places.of_party(tx, depot, PlaceKind.CHECKPOINT, self.clock.now_ms())
        return [
            Lane(lane=place.code, name=place.name)
            for place in sorted(found, key=lambda place: place.code)
            if isinstance(place.details, Checkpoint) and place.details.role is ReadPoint.LANE
        ]

    async def routes(self, tx: Tx, depot: PartyId, day: date) -> list[RouteOfDay]:
        """The routes of a day that have a driver, by name."""
        rows = await tx.fetch(
            "SELECT route, driver FROM (SELECT DISTINCT ON (route) route, driver FROM depot_routes"
            " WHERE depot = $1 AND day = $2 ORDER BY route, number DESC) newest"
            " WHERE driver IS NOT NULL ORDER BY route LIMIT $3",
            depot,
            day,
            ROUTES_MAX,
        )
        names = await self.parties.names(tx, {row["driver"] for row in rows})
        return [RouteOfDay(route=row["route"], driver=row["driver"], name=names.get(row["driver"])) for row in rows]

    async def route(self, tx: Tx, depot: PartyId, day: date, route: str) -> RouteOfDay:
        """One of them.

        Errors
            BadRoute, RouteUnassigned
        """
        _check_route(route)
        for found in await self.routes(tx, depot, day):
            if found.route == route:
                return found
        raise RouteUnassigned(route, day.isoformat())

    async def assign(
        self, tx: Tx, depot: PartyId, day: date, drivers: Sequence[tuple[str, PartyId | None]], by: str
    ) -> None:
        """Say who drives these routes on that day from now on; None takes the driver off a route.

        Errors
            BadRoute, NotADriver
        """
        for route, driver in drivers:
            _check_route(route)
            if driver is not None:
                await self._check_driver(tx, driver)
        now_ms = self.clock.now_ms()
        await tx.copy(
            "depot_routes",
            ("depot", "day", "route", "driver", "told_ms", "told_by"),
            [(depot, day, route, driver, now_ms, by) for route, driver in drivers],
        )

    async def _check_driver(self, tx: Tx, driver: str) -> None:
        try:
            found = await self.parties.get(tx, driver)
        except NoSuchParty:
            raise NotADriver(driver[:40]) from None
        if found.kind is not PartyKind.DRIVER:
            raise NotADriver(driver[:40])


def _check_route(route: str) -> None:
    if ROUTE_SHAPE.fullmatch(route) is None:
        raise BadRoute(route[:40])
