"""A depot's day as pages see it: what they are given, and what they need others to fill."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from safehand.depot.board import RouteLoad
from safehand.depot.reconciling import Reconciliation
from safehand.kernel.ids import PartyId
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True)
class DepotName:
    """A depot, or a driver, by id and name."""

    party: PartyId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotList:
    """A page of depots. `more` is the cursor of the next page."""

    rows: tuple[DepotName, ...]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotDay:
    """One depot on one day.

    Shapes
        today     by the depot's own clock.
        drivers   who can be given a route; empty for whoever may not give one.
        tracking  the tracking number of each parcel that is named in the count.
        prints    whether the viewer may have names on paper.
    """

    depot: DepotName
    day: date
    today: date
    routes: tuple[RouteLoad, ...]
    count: Reconciliation
    drivers: tuple[DepotName, ...]
    tracking: Mapping[str, str]
    assigns: bool
    prints: bool


class DayPages(Protocol):
    """What the pages of depots read and record. Errors: NotFound, Invalid."""

    async def depots(self, viewer: Staff, after: str) -> DepotList:
        """A page of the depots whose floor the viewer may see."""
        ...

    async def depot(self, viewer: Staff, depot: str, day: date | None) -> DepotDay:
        """One depot's day; today's where none is named."""
        ...

    async def assign(self, viewer: Staff, depot: str, day: date, route: str, driver: str | None) -> None:
        """Say who drives a route on that day; None: nobody."""
        ...
