"""The vigil: open streams end when the session or link behind them does. One look a while, however many are open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from safehand.identity.links import Links
from safehand.identity.model import Principal
from safehand.identity.sessions import Sessions
from safehand.kernel.clock import Clock
from safehand.kernel.errors import Unavailable
from safehand.store.database import Store

LOOK_EVERY_S = 0.4
"""Twice in this time, and what was revoked has ended within a second."""


@dataclass(slots=True)
class Vigil:
    """Fills `Watch`."""

    store: Store
    sessions: Sessions
    links: Links
    clock: Clock
    every_s: float = LOOK_EVERY_S
    _open: "dict[Principal, set[asyncio.Event]]" = field(default_factory=dict)
    _looking: "asyncio.Task[None] | None" = None

    @asynccontextmanager
    async def over(self, me: Principal) -> AsyncIterator[asyncio.Event]:
        """An event that is set once this asker may not read on: signed out, disabled, revoked, other roles."""
        ended = asyncio.Event()
        self._open.setdefault(me, set()).add(ended)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="vigil")
        try:
            yield ended
        finally:
            self._open[me].discard(ended)
            if not self._open[me]:
                del self._open[me]
            if not self._open and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self.every_s)
            with suppress(Unavailable):  # without the database nothing can be revoked either
                self._end(await self._alive())

    async def _alive(self) -> set[Principal]:
        now_ms, open_now = self.clock.now_ms(), list(self._open)
        async with self.store.transaction(readonly=True) as tx:
            roles = await self.sessions.alive(tx, [me.session for me in open_now if me.session], now_ms)
            links = await self.links.alive(tx, [me.id for me in open_now if me.person], now_ms)
        return {me for me in open_now if roles.get(me.session or "") == me.roles or me.id in links} | (
            self._open.keys() - open_now  # came while we asked
        )

    def _end(self, alive: set[Principal]) -> None:
        for me, streams in self._open.items():
            if me not in alive:
                for stream in streams:
                    stream.set()
