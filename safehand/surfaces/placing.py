"""Places as pages see them: what they are given, and what they need others to fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from safehand.identity.actions import Action
from safehand.places.calendars import Day, DaySet
from safehand.places.importing import Report
from safehand.places.model import Place, PlaceKind
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceList:
    """A page of places, oldest first. `more` is the cursor of the next page."""

    rows: tuple[Place, ...]
    counts: Mapping[PlaceKind, int]
    adds: bool
    """Whether the viewer may add places."""
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """One place with every version, newest first, and its days."""

    place: Place
    history: tuple[Place, ...]
    days: tuple[Day, ...] = ()
    told: tuple[DaySet, ...] = ()
    opens: date | None = None
    """Its next open day after today; None if there is none, or it keeps no hours."""
    names: Mapping[str, str]
    """Of whoever told something, and of whose place it is."""
    may: frozenset[Action]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a map of places is drawn on. `build` is empty where no basemap was built. Degrees x 10**7, WGS 84."""

    build: str = ""
    south_e7: int = 0
    west_e7: int = 0
    north_e7: int = 0
    east_e7: int = 0
    finds: bool = False
    """Whether the viewer may look addresses up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Places as GeoJSON. `more` is the cursor of the next file; empty at the end."""

    body: bytes
    more: str = ""


class PlacePages(Protocol):
    """What the pages of places read and record. Errors: NotFound, Conflict, Invalid, Malformed."""

    async def places(self, viewer: Staff, kind: PlaceKind | None, after: str) -> PlaceList:
        """A page of the places that the viewer sees."""
        ...

    async def place(self, viewer: Staff, id: str) -> PlaceView:
        """One place."""
        ...

    async def set_days(self, viewer: Staff, id: str, days: Sequence[Day]) -> None:
        """Say what days are."""
        ...

    async def set_days_from(self, viewer: Staff, id: str, raw: bytes) -> None:
        """Say it from a calendar's file."""
        ...

    async def file(self, viewer: Staff, kind: PlaceKind | None) -> bytes:
        """The places that the viewer sees, as GeoJSON."""
        ...

    async def ground(self, viewer: Staff) -> Ground:
        """What their map is drawn on."""
        ...

    async def drawn(self, viewer: Staff, on: date | None, after: str) -> Drawn:
        """The places that the viewer sees, no more or not, as they stand or stood when that day ended."""
        ...

    async def take(self, viewer: Staff, raw: bytes, *, sure: bool) -> Report:
        """Take a file of places in."""
        ...
