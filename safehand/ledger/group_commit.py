"""Group commit: whatever queued while the last commit ran shares the next one. No timer, no waiting for company."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from safehand.kernel.errors import TooMany, Unavailable

BATCH_MAX = 512
QUEUE_MAX = 20_000


class QueueFull(TooMany):
    """More is being told than can be stored right now."""

    code = "ledger.queue_full"

    def __init__(self, waiting: int) -> None:
        super().__init__(waiting=waiting)


@dataclass(slots=True)
class GroupCommit[Item, Result]:
    """Runs `commit` for many callers at once; each gets the result of its own item, after the commit.

    When a batch fails, each of its items is tried alone, so that one bad item cannot fail its neighbours;
    when the database is gone, all of them fail at once.
    `commit` is called by one task at a time.
    """

    commit: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]
    _waiting: deque[tuple[Item, asyncio.Future[Result]]] = field(default_factory=deque)
    _running: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Result:
        """Store one item with whatever else is waiting; returns once it is committed.

        Errors
            QueueFull  QUEUE_MAX items wait already.
            whatever `commit` raises for this item alone.
        """
        return (await self.put_many([item]))[0]

    async def put_many(self, items: Sequence[Item]) -> list[Result]:
        """The same for several items, in order; if one fails, its error is raised after all have ended."""
        if len(self._waiting) + len(items) > QUEUE_MAX:
            raise QueueFull(len(self._waiting))
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Result]] = [loop.create_future() for _ in items]
        self._waiting.extend(zip(items, futures, strict=True))
        if self._running is None or self._running.done():
            self._running = loop.create_task(self._drain())
        results = await asyncio.gather(*futures, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if not isinstance(result, BaseException)]

    async def _drain(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
            await self._run(batch)

    async def _run(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self.commit([item for item, _ in batch])
        except Exception as error:  # whoever asked gets it; the loop goes on for the others
            if len(batch) == 1 or isinstance(error, Unavailable):
                for _, future in batch:
                    _settle(future, error)
                return
            for one in batch:
                await self._run([one])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)


def _settle[Result](future: asyncio.Future[Result], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
