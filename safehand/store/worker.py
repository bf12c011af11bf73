"""The worker: runs due jobs, a few at a time, and keeps their leases alive while they run."""

import asyncio
import contextlib
import random
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from safehand.kernel.clock import Clock
from safehand.kernel.errors import SafehandError
from safehand.store.database import Store
from safehand.store.errors import LeaseLost, StoreBusy, StoreUnavailable
from safehand.store.jobs import Job, Kind, claim, fail, renew

AT_ONCE_MAX = 8
IDLE_S = 0.5  # how often an idle worker looks; `wake` makes it look at once
OUTAGE_S = 2.0
RENEWALS_PER_LEASE = 3

type Handler = Callable[[Job], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Worker:
    """Runs jobs of the kinds it has handlers for. A handler may call `job.finish(tx)` in its own transaction."""

    store: Store
    clock: Clock
    handlers: Mapping[Kind, Handler]
    at_once_max: int = AT_ONCE_MAX
    jitter: Callable[[], float] = random.random
    _wakes: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Look for jobs now instead of at the next turn."""
        self._wakes.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Run jobs until told to stop; those that run then are finished first."""
        running: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                pause_s = IDLE_S
                self._wakes.clear()  # before looking: a wake during the look counts for the next one
                try:
                    for job in await self._claim(self.at_once_max - len(running)):
                        task = asyncio.create_task(self._run_one(job))
                        running.add(task)
                        task.add_done_callback(running.discard)
                        task.add_done_callback(lambda _: self._wakes.set())
                        pause_s = 0.0
                except (StoreUnavailable, StoreBusy) as error:
                    log.warning("jobs_wait_for_database", code=error.code)
                    pause_s = OUTAGE_S
                await self._pause(stop, IDLE_S if len(running) >= self.at_once_max else pause_s)
            await asyncio.gather(*running, return_exceptions=True)
        finally:
            for task in running:
                task.cancel()

    async def run_due(self) -> int:
        """Run everything that is due now, what the jobs themselves add included; returns how many ran."""
        count = 0
        while jobs := await self._claim(self.at_once_max):
            await asyncio.gather(*(self._run_one(job) for job in jobs))
            count += len(jobs)
        return count

    async def _claim(self, limit: int) -> list[Job]:
        if limit <= 0 or not self.handlers:
            return []
        async with self.store.transaction() as tx:
            return await claim(tx, list(self.handlers), now_ms=self.clock.now_ms(), limit=limit)

    async def _pause(self, stop: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stop, self._wakes)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()

    async def _run_one(self, job: Job) -> None:
        kind, handler = next((kind, handler) for kind, handler in self.handlers.items() if kind.name == job.kind)
        work = asyncio.ensure_future(handler(job))
        keeper = asyncio.create_task(self._keep(job, kind, work))
        failure = None
        try:
            await work
        except asyncio.CancelledError:
            if not keeper.done():  # we are being stopped, not robbed: the lease runs out and another goes on
                work.cancel()
                raise
            failure = LeaseLost.code
        except Exception as error:
            failure = describe(error)
        finally:
            keeper.cancel()
        with contextlib.suppress(StoreUnavailable, StoreBusy):  # then the lease runs out, and it is run again
            await self._settle(job, failure)

    async def _settle(self, job: Job, failure: str | None) -> None:
        async with self.store.transaction() as tx:
            if failure is None:
                # Gone already where the handler finished it in its own transaction.
                await tx.run("DELETE FROM jobs WHERE id = $1 AND lease = $2", job.id, job.lease)
            else:
                log.warning("job_failed", kind=job.kind, job=job.id, attempts=job.attempts, failure=failure)
                await fail(tx, job, failure, now_ms=self.clock.now_ms(), jitter=self.jitter())

    async def _keep(self, job: Job, kind: Kind, work: "asyncio.Future[None]") -> None:
        """Renew the lease while the job runs; stop the job in time if that fails or another has it."""
        period_s = kind.lease_ms / 1000 / RENEWALS_PER_LEASE
        misses = 0
        while not work.done():
            await asyncio.sleep(period_s)
            try:
                async with asyncio.timeout(period_s), self.store.transaction() as tx:
                    ours = await renew(tx, job, until_ms=self.clock.now_ms() + kind.lease_ms)
                misses = 0
            except (StoreUnavailable, StoreBusy, TimeoutError):
                misses += 1
                ours = misses < RENEWALS_PER_LEASE - 1
            if not ours:
                work.cancel()
                return


def describe(error: BaseException) -> str:
    """What failed and where, without the error's own words: those may hold personal data."""
    name = error.code if isinstance(error, SafehandError) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    return f"{name} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else name
