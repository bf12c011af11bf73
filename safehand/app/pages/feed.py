"""The feed: what moved, from the bus to the open pages. One subscription a process, however many pages are open."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from safehand.app.installation import PARCEL_MOVED
from safehand.bus.notices import Bus, Notice
from safehand.kernel.ids import ParcelId


@dataclass(slots=True)
class MovedFeed:
    """Fills `Feed`. A page that is slow is told once of however much moved meanwhile."""

    bus: Bus
    _pages: dict[str | None, set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))
    """Open pages by the parcel that they show; under None those that show many."""
    _reading: "asyncio.Task[None] | None" = None
    _attached: asyncio.Event = field(default_factory=asyncio.Event)

    async def moved(self, parcel: ParcelId | None) -> AsyncGenerator[None, None]:
        """One item whenever this parcel moved, any parcel if None.

        Also one to begin with, because something may have moved since the page was made, and one whenever the bus
        may have lost a notice.
        """
        page = asyncio.Event()
        self._pages[parcel].add(page)
        try:
            await self._attach()
            page.set()
            while True:
                await page.wait()
                page.clear()
                yield None
        finally:
            self._leave(parcel, page)

    @property
    def open_pages(self) -> int:
        """How many pages listen now."""
        return sum(map(len, self._pages.values()))

    async def _attach(self) -> None:
        """Wait until the one subscription stands; the first page brings it about."""
        if self._reading is None or self._reading.done():
            self._attached = asyncio.Event()
            self._reading = asyncio.create_task(self._read(self._attached), name="feed")
        await self._attached.wait()

    def _leave(self, parcel: ParcelId | None, page: asyncio.Event) -> None:
        self._pages[parcel].discard(page)
        if not self._pages[parcel]:
            del self._pages[parcel]
        if not self._pages and self._reading is not None:  # nobody listens: the bus need not carry anything here
            self._reading.cancel()
            self._reading = None

    async def _read(self, attached: asyncio.Event) -> None:
        async with self.bus.subscribe(PARCEL_MOVED) as notices:
            attached.set()
            async for notice in notices:
                self._ring(notice)

    def _ring(self, notice: Notice) -> None:
        """Wake the pages that a notice concerns; all of them if others may have been lost."""
        if notice.missed:
            concerned = [page for pages in self._pages.values() for page in pages]
        else:
            parcel = notice.data[:64].decode("ascii", "replace")
            concerned = [page for key in (parcel, None) for page in self._pages.get(key, ())]
        for page in concerned:
            page.set()
