"""The atlas: the current build, asked without keeping anybody else waiting."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from safehand.places.addresses.geocode import geocode, where
from safehand.places.addresses.index import read_only
from safehand.places.addresses.model import Geocode, Hit, Reason, nowhere
from safehand.places.addresses.nearby import near
from safehand.places.addresses.search import search
from safehand.places.basemap.builds import MapFolder
from safehand.places.basemap.errors import NoMap

AT_ONCE = 4
"""Questions answered at a time; the others wait their turn."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """Answers from the map, each question in a thread and with a look at which build is current."""

    maps: MapFolder
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def search(self, text: str, limit: int, *, complete: bool = False) -> list[Hit]:
        """See `search`. Errors: NoMap."""
        return await self._ask(lambda index: search(index, text, limit, complete=complete))

    async def geocode(self, text: str) -> Geocode:
        """See `geocode`. Errors: NoMap."""
        return await self._ask(lambda index: geocode(index, text))

    async def geocoded(self, text: str) -> Geocode:
        """The same where there may be no map: then nothing is known of any address."""
        try:
            return await self.geocode(text)
        except NoMap:
            return nowhere(Reason.NO_MAP)

    async def where(self, lat_e7: int, lon_e7: int) -> Reason | None:
        """See `where`. Errors: NoMap."""
        return await self._ask(lambda index: where(index, lat_e7, lon_e7))

    async def near(self, points: Sequence[tuple[int, int]]) -> list[str]:
        """See `near`; where there is no map, no street is known anywhere."""
        try:
            return await self._ask(lambda index: near(index, points))
        except NoMap:
            return [""] * len(points)

    async def _ask[Told](self, question: Callable[[sqlite3.Connection], Told]) -> Told:
        def asked() -> Told:
            with self.maps.reading() as build, read_only(build.index) as index:
                return question(index)

        async with self.turns:
            return await asyncio.to_thread(asked)
