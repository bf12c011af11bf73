"""Upkeep: what must be done from time to time, as jobs.

What fails is tried again, later each time, and then lies among the dead jobs, where people see it.
"""

from dataclasses import dataclass

from safehand.app.addressing import NewAddresses
from safehand.app.installation import Installation
from safehand.app.risking import losses_of
from safehand.depot.worklist import forget_left
from safehand.parcels.commands import LOOK_AT_ADDRESSES
from safehand.privacy.retention import DAY_MS
from safehand.risk.commands import RiskDesk
from safehand.store.idempotency import sweep
from safehand.store.jobs import Job, Kind, enqueue
from safehand.store.worker import Handler, Worker
from safehand.vault.vault import Kind as Private

OVERDUE = Kind("custody.overdue")
STALLED = Kind("custody.stalled")
FORGET = Kind("store.forget_answers")
RETAIN = Kind("privacy.retain", lease_ms=600_000)
FORGOTTEN = Kind("privacy.reapply", lease_ms=600_000)
REWRAP = Kind("vault.rewrap", lease_ms=600_000)
AUDIT = Kind("audit.look")
QUIZZES = Kind("workforce.forget_quizzes")
LEFT = Kind("depot.forget_left")
TOLD = Kind("parcels.forget_manifests")
PLACE = Kind("risk.place", lease_ms=600_000)
ASSESS = Kind("risk.assess", lease_ms=600_000)
EVERY_MS = {
    OVERDUE: 60_000,
    STALLED: 60_000,
    FORGET: 3_600_000,
    RETAIN: 86_400_000,
    FORGOTTEN: 3_600_000,
    REWRAP: 3_600_000,
    AUDIT: 86_400_000,
    QUIZZES: 86_400_000,
    LEFT: 86_400_000,
    TOLD: 86_400_000,
    PLACE: 600_000,
    ASSESS: 86_400_000,
}


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Plans the recurring jobs and does them."""

    here: Installation

    async def plan(self) -> int:
        """Put each recurring job into the queue unless it waits there already; always 0: then the loop rests."""
        now_ms = self.here.clock.now_ms()
        async with self.here.store.transaction() as tx:
            for kind, every_ms in EVERY_MS.items():
                due_ms = (now_ms // every_ms + 1) * every_ms
                await enqueue(tx, kind, {}, now_ms=now_ms, due_ms=due_ms, unique_key=f"{kind.name} {due_ms}")
        return 0

    def worker(self) -> Worker:
        """The worker that does the jobs."""
        handlers: dict[Kind, Handler] = {
            OVERDUE: self._overdue,
            STALLED: self._stalled,
            FORGET: self._forget,
            RETAIN: self._retain,
            FORGOTTEN: self._forgotten,
            REWRAP: self._rewrap,
            AUDIT: self._look,
            QUIZZES: self._forget_quizzes,
            LEFT: self._forget_left,
            TOLD: self._forget_told,
            PLACE: self._place,
            ASSESS: self._assess,
            LOOK_AT_ADDRESSES: NewAddresses(self.here).look,
        }
        return Worker(self.here.store, self.here.clock, handlers)

    async def _overdue(self, _: Job) -> None:
        await self.here.decisions.open_overdue()

    async def _stalled(self, _: Job) -> None:
        await self.here.decisions.open_stalled()

    async def _look(self, _: Job) -> None:
        await self.here.audit.look()

    async def _forget(self, job: Job) -> None:
        async with self.here.store.transaction() as tx:
            await sweep(tx, now_ms=self.here.clock.now_ms())
            await job.finish(tx)

    async def _forget_quizzes(self, job: Job) -> None:
        """Forget how often somebody tried, when what was answered is gone."""
        async with self.here.store.transaction() as tx:
            [days] = [term.days for term in await self.here.privacy.retention.terms(tx) if term.kind is Private.QUIZ]
            await self.here.workforce.training.forget(tx, days * DAY_MS)
            await job.finish(tx)

    async def _forget_left(self, job: Job) -> None:
        """Forget what left a depot's floor long ago."""
        async with self.here.store.transaction() as tx:
            await forget_left(tx, self.here.clock.now_ms())
            await job.finish(tx)

    async def _forget_told(self, job: Job) -> None:
        """Forget by what shipments of old manifests would be recognised."""
        async with self.here.store.transaction() as tx:
            await self.here.manifests.forget(tx)
            await job.finish(tx)

    async def _place(self, _: Job) -> None:
        """Learn in which cells parcels were left and lost."""
        await losses_of(self.here).place()

    async def _assess(self, _: Job) -> None:
        """Tell anew how much is lost where."""
        await RiskDesk(self.here.store, self.here.clock).assess()

    async def _retain(self, _: Job) -> None:
        """Remove what was kept long enough."""
        await self.here.privacy.retention.run()

    async def _forgotten(self, _: Job) -> None:
        """Finish erasures that were journalled and then interrupted."""
        await self.here.privacy.erasures.reapply()

    async def _rewrap(self, _: Job) -> None:
        """Go on with a change of the master key that was interrupted."""
        while await self.here.privacy.rotation.step():
            pass
