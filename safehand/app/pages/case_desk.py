"""What staff decide about exceptions on pages: the same desk and the same policies as for machines."""

from dataclasses import dataclass

from safehand.app.pages.errors import OwnerCannotDecide
from safehand.app.pages.viewers import Viewers
from safehand.custody.decisions import DecisionDesk
from safehand.custody.errors import NoSuchException
from safehand.custody.exceptions import one
from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader
from safehand.events.vocabulary import Resolution, State
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Resource
from safehand.identity.parties import Parties
from safehand.identity.users import Users
from safehand.kernel.ids import ExceptionId, PartyId, UserId
from safehand.ledger.projections import Projector
from safehand.store.database import Store, Tx
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecisions:
    """Fills `CaseDesk`."""

    store: Store
    reader: CustodyReader
    decisions: DecisionDesk
    projector: Projector
    parties: Parties
    users: Users
    viewers: Viewers
    guard: Guard

    async def assign(self, viewer: Staff, exception: ExceptionId, owner: UserId) -> None:
        """Give the exception an owner.

        Errors
            OwnerCannotDecide  the owner could not close it.
        """
        async with self.store.transaction(readonly=True) as tx:
            head = await self._allowed(tx, viewer, exception, Action.EXCEPTION_ASSIGN)
            user = await self.users.get(tx, owner)
        if not self.viewers.able([user], Action.EXCEPTION_RESOLVE, _about(exception, head)):
            raise OwnerCannotDecide()
        await self._shown(await self.decisions.assign(exception, user.id, viewer.user))

    async def resolve(self, viewer: Staff, exception: ExceptionId, resolution: Resolution) -> None:
        """Close it."""
        async with self.store.transaction(readonly=True) as tx:
            await self._allowed(tx, viewer, exception, Action.EXCEPTION_RESOLVE)
        await self._shown(await self.decisions.resolve(exception, resolution, viewer.user))

    async def override(self, viewer: Staff, exception: ExceptionId, seal: str) -> None:
        """Accept the parcel with the seal that was read again."""
        async with self.store.transaction(readonly=True) as tx:
            await self._allowed(tx, viewer, exception, Action.EXCEPTION_OVERRIDE)
        await self._shown(await self.decisions.override_seal(exception, seal, viewer.user))

    async def correct(self, viewer: Staff, exception: ExceptionId, custodian: PartyId, state: State) -> None:
        """Record who really holds the parcel: its recipient, or a party that there is."""
        async with self.store.transaction(readonly=True) as tx:
            head = await self._allowed(tx, viewer, exception, Action.EXCEPTION_CORRECT)
            if custodian != head.recipient:
                custodian = (await self.parties.get(tx, custodian)).id
        await self._shown(await self.decisions.correct(exception, custodian, state, viewer.user))

    async def _shown(self, seq: int) -> None:
        """Let the projections catch up, for a moment at most, so that the lists that come next show the decision."""
        await self.projector.wait_for(seq)

    async def _allowed(self, tx: Tx, viewer: Staff, exception: ExceptionId, action: Action) -> Head:
        """The head of the parcel that the exception is about, if the viewer may do this to it.

        Errors
            NoSuchException  there is none, or none that the viewer may see.
            NotPermitted     they see it, and may not.
        """
        missing = NoSuchException(exception)
        row = await one(tx, exception)
        if row is None:
            raise missing
        head = await self.reader.head(tx, row.parcel)
        self.guard.require(viewer.me, action, _about(exception, head), missing=missing)
        return head


def _about(exception: ExceptionId, head: Head) -> Resource:
    return Resource.exception(exception, merchant=head.merchant, custodian=head.custodian)
