"""The desk of calls: an agent says what a caller says, and sees that one parcel if all of it fits.

Three facts have to fit at once: the number, the name with the postcode, and the phone or mail that the merchant told.
They are compared by the vault's blind look-ups: the agent is never shown what is right, nor which fact was wrong, and
a number that nobody has takes the same steps.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from safehand.identity.account import Me
from safehand.identity.actions import Action
from safehand.identity.grants import CallReason, Grant, Grants, Verified
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_read
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PARCEL, PERSON, ParcelId, PartyId, PersonId, derived_id, is_id
from safehand.labels.numbers import read_number
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.errors import CallerUnverified, NoSuchNumber
from safehand.parcels.model import Parcel
from safehand.store.database import Store, Tx
from safehand.vault.clues import Clue, ClueKind, mail_clue, name_clue, phone_clue

log = structlog.get_logger(__name__)

NOTHING = Clue(ClueKind.MAIL, "")
"""Nobody can be found by it: what could not be read as a fact is looked up all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What somebody says on the telephone, as the agent typed it."""

    number: str
    name: str = field(repr=False)
    postal_code: str = field(repr=False)
    contact: str = field(repr=False)
    """The phone number or the mail address that the merchant has from them."""
    reason: CallReason

    def clues(self, country: str) -> list[Clue]:
        """The two facts beside the number, as the vault looks them up."""
        contact = mail_clue(self.contact) if "@" in self.contact else phone_clue(self.contact, country)
        return [name_clue(self.name, self.postal_code) or NOTHING, contact or NOTHING]


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A caller's parcel that is open to an agent, and by which number it is known outside."""

    grant: Grant
    tracking: str


@dataclass(frozen=True, slots=True)
class CallsDesk:
    """Verifies callers. Whether the asker is an agent is settled before."""

    store: Store
    parcels: ParcelsDesk
    grants: Grants
    clock: Clock

    async def verify(self, agent: Principal, caller: Caller) -> ParcelId:
        """Open the caller's parcel to the agent; which one that is.

        Errors
            CallerUnverified  something does not fit; it is not said what.
            CallerLocked      this agent was wrong too often, about this parcel or altogether.
            WrongCheckDigit, WrongLength, NumberUnreadable  it can be no parcel's number.
        """
        me, now_ms = Me.of(agent), self.clock.now_ms()
        async with self.store.transaction() as tx:
            parcel = await self._meant(tx, caller.number)
            about, person = _of(parcel, caller.number)
            attempt = await self.grants.attempt(tx, me.user, about, now_ms)
        async with self.store.transaction() as tx:
            fits = await self.parcels.lookups.fits(tx, person, caller.clues(self.parcels.carrier.country))
            if not fits or parcel is None:
                log.info("caller_unverified", principal=me.user, resource=about)
                raise CallerUnverified()
            verified = Verified(
                agent=me.user, session=me.session, parcel=parcel.parcel, person=person, reason=caller.reason
            )
            id = await self.grants.give(tx, attempt, verified, now_ms)
            await note_read(tx, Read(agent, Action.CALL_VERIFY, person, parcel.parcel, id), now_ms)
        log.info("caller_verified", principal=me.user, resource=parcel.parcel)
        return parcel.parcel

    async def open_now(self, agent: Principal) -> Sequence[OpenCall]:
        """What is open to the agent in this session, newest first."""
        async with self.store.transaction(readonly=True) as tx:
            grants = await self.grants.of_session(tx, Me.of(agent).session, self.clock.now_ms())
            parcels = await self.parcels.many(tx, [grant.parcel for grant in grants])
        return [OpenCall(grant, parcels[grant.parcel].tracking) for grant in grants]

    async def end(self, agent: Principal, id: str) -> None:
        """The call is over.

        Errors
            NotYours
        """
        me = Me.of(agent)
        async with self.store.transaction() as tx:
            await self.grants.end(tx, me.user, id, self.clock.now_ms())
        log.info("call_ended", principal=me.user, resource=id)

    async def _meant(self, tx: Tx, number: str) -> Parcel | None:
        try:
            return await self.parcels.find(tx, number)
        except NoSuchNumber:
            return None


def _of(parcel: Parcel | None, number: str) -> tuple[str, PersonId]:
    """What is counted, and who is looked up; for a number that nobody has, ids that nothing has."""
    if parcel is not None:
        return parcel.parcel, parcel.recipient
    text = number if is_id(PARCEL, number) else read_number(number).text
    digest = hashlib.sha256(f"safehand/call/v1\n{text}".encode()).digest()
    return derived_id(PARCEL, digest), PersonId(PartyId(derived_id(PERSON, digest)))
