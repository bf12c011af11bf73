"""What the pages of addresses read and record: the same desk as for machines."""

from dataclasses import dataclass

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import CARRIER
from safehand.places.addresses import queue
from safehand.places.addresses.commands import AddressDesk
from safehand.places.addresses.doubts import CaseState, Consent, Lines
from safehand.surfaces.addresses import AddressList, AddressView
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True)
class AddressAnswers:
    """Fills `AddressPages`. The doors of the pages have seen to the rights."""

    desk: AddressDesk
    guard: Guard

    async def cases(self, viewer: Staff, state: CaseState, after: str) -> AddressList:
        """A page of cases in one state."""
        async with self.desk.store.transaction(readonly=True) as tx:
            page = await queue.listed(tx, state, after or None)
            counts = await queue.counts(tx)
        return AddressList(rows=tuple(page.rows), counts=counts, more=page.next or "")

    async def case(self, viewer: Staff, id: str) -> AddressView:
        """One case. That it was read is on record."""
        opened = await self.desk.open(id, viewer.me)
        may = self.guard.may(viewer.me, Action.ADDRESS_CORRECT, CARRIER)
        return AddressView(opened=opened, correctable=may and opened.case.state is CaseState.OPEN)

    async def correct(self, viewer: Staff, id: str, after: Lines, consent: Consent) -> None:
        """Correct the address."""
        await self.desk.correct(id, after, consent, viewer.me)

    async def dismiss(self, viewer: Staff, id: str) -> None:
        """Leave it as it is."""
        await self.desk.dismiss(id, viewer.me)
