"""Live pages: server-sent events that say only that something moved. The page then asks for itself again."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi.responses import StreamingResponse

from safehand.identity.model import Principal
from safehand.surfaces.errors import NoListenerFree
from safehand.surfaces.ports import Watch

LISTENERS_MAX = 500
LISTENERS_EACH_MAX = 8
"""Open pages of one viewer."""
KEEP_ALIVE_S = 15.0
LIFE_S = 600.0
"""Then the browser connects anew, and its rights are looked at again."""
RETRY_MS = 3_000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


@dataclass(slots=True)
class Listeners:
    """Counts the open streams, so that they stay few, and ends them when the server or the viewer's right does."""

    watch: Watch
    keep_alive_s: float = KEEP_ALIVE_S
    life_s: float = LIFE_S
    each: Counter[str] = field(default_factory=Counter)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self, viewer: str, me: Principal, moved: AsyncIterator[None]) -> StreamingResponse:
        """A stream for this viewer, whose right is `me`.

        Errors
            NoListenerFree  too many are open, of this viewer or of all.
        """
        if self.each.total() >= LISTENERS_MAX or self.each[viewer] >= LISTENERS_EACH_MAX or self.closed.is_set():
            raise NoListenerFree
        return StreamingResponse(self._stream(viewer, me, moved), media_type="text/event-stream", headers=HEADERS)

    def close(self) -> None:
        """End every stream; browsers come back when the server does."""
        self.closed.set()

    async def _stream(self, viewer: str, me: Principal, moved: AsyncIterator[None]) -> AsyncIterator[bytes]:
        """Events as they come. However many come while the browser is slow, it is told once."""
        self.each[viewer] += 1
        flag = asyncio.Event()
        feeder = asyncio.create_task(_raise(flag, moved))
        ends_at = asyncio.get_running_loop().time() + self.life_s
        try:
            async with self.watch.over(me) as over:
                yield f"retry: {RETRY_MS}\n\n".encode()
                while not self._ended(feeder, over) and asyncio.get_running_loop().time() < ends_at:
                    await self._wait(flag, over, feeder)
                    if self._ended(feeder, over):
                        break
                    yield b"event: moved\ndata:\n\n" if flag.is_set() else b": still here\n\n"
                    flag.clear()
        finally:
            self.each[viewer] -= 1
            if not self.each[viewer]:
                del self.each[viewer]
            feeder.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await feeder

    def _ended(self, feeder: asyncio.Task[None], over: asyncio.Event) -> bool:
        return feeder.done() or over.is_set() or self.closed.is_set()

    async def _wait(self, flag: asyncio.Event, over: asyncio.Event, feeder: asyncio.Task[None]) -> None:
        """Until something moved, the stream ends, or it is time for a sign of life."""
        waits = [asyncio.ensure_future(event.wait()) for event in (flag, over, self.closed)]
        try:
            await asyncio.wait([*waits, feeder], timeout=self.keep_alive_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


async def _raise(flag: asyncio.Event, moved: AsyncIterator[None]) -> None:
    try:
        async for _ in moved:
            flag.set()
    finally:
        close = getattr(moved, "aclose", None)
        if close is not None:
            await close()
