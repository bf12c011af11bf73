"""What the pages of the audit read and record: the same desk and the same policies as everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from safehand.app.pages.viewers import Viewers
from safehand.audit import findings
from safehand.audit.access import Access, everybody
from safehand.audit.commands import AuditDesk
from safehand.audit.errors import OwnerUnable
from safehand.audit.findings import Filter
from safehand.audit.model import FindingState
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import CARRIER
from safehand.identity.users import Users
from safehand.kernel.ids import UserId
from safehand.store.database import Store, Tx
from safehand.surfaces.findings import FindingList, FindingView
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAnswers:
    """Fills `AuditPages`. The doors of the pages have seen to the rights."""

    store: Store
    desk: AuditDesk
    users: Users
    viewers: Viewers
    guard: Guard

    async def findings(self, viewer: Staff, state: FindingState | None, late: bool, after: str) -> FindingList:
        """A page of findings."""
        which = Filter(state, self.desk.clock.now_ms() if late else None)
        async with self.store.transaction(readonly=True) as tx:
            rows, more = await findings.listed(tx, which, after)
            names = await self._names(tx, (row.owner for row in rows))
            counts = await findings.counts(tx)
        return FindingList(rows=tuple(rows), names=names, counts=counts, more=more)

    async def finding(self, viewer: Staff, id: str) -> FindingView:
        """One finding with its steps; with those who may look after it, for who may give it to them."""
        async with self.store.transaction(readonly=True) as tx:
            finding = await findings.one(tx, id)
            steps = await findings.steps(tx, id)
            able = await self._able(tx) if self.guard.may(viewer.me, Action.AUDIT_ANSWER, CARRIER) else []
            names = await self._names(tx, (finding.owner, finding.closed_by, *(step.by for step in steps), *able))
            owned = {UserId(step.note) for step in steps if step.kind == "owned"}
            names |= await self._names(tx, owned)
        owners = tuple((user, names.get(user, "")) for user in able)
        return FindingView(finding=finding, steps=tuple(steps), names=names, owners=owners)

    async def access(self, viewer: Staff) -> tuple[Access, ...]:
        """Who can see what."""
        async with self.store.transaction(readonly=True) as tx:
            return tuple([one async for one in everybody(tx, self.users, self.guard.policies)])

    async def own(self, viewer: Staff, id: str, owner: UserId) -> None:
        """Give it an owner.

        Errors
            OwnerUnable  somebody who could not close it.
        """
        async with self.store.transaction() as tx:
            if owner not in await self._able(tx):
                raise OwnerUnable()
            await self.desk.own(tx, id, owner, viewer.user)

    async def due(self, viewer: Staff, id: str, day_ms: int) -> None:
        """Set its day."""
        async with self.store.transaction() as tx:
            await self.desk.due(tx, id, day_ms, viewer.user)

    async def accept(self, viewer: Staff, id: str, reason: str, day_ms: int) -> None:
        """Answer for it."""
        async with self.store.transaction() as tx:
            await self.desk.accept(tx, id, reason, day_ms, viewer.user)

    async def fixed(self, viewer: Staff, id: str, how: str) -> None:
        """Say that it is mended."""
        async with self.store.transaction() as tx:
            await self.desk.fixed(tx, id, how, viewer.user)

    async def _able(self, tx: Tx) -> list[UserId]:
        return self.viewers.able(await self.users.listed(tx), Action.AUDIT_ANSWER, CARRIER)

    async def _names(self, tx: Tx, ids: Iterable[UserId | None]) -> dict[UserId, str]:
        return await self.users.names(tx, sorted({id for id in ids if id is not None}))
