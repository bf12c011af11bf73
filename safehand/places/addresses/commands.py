"""The desk of addresses: what is doubtful waits here, a person corrects it with the recipient's consent."""

from dataclasses import asdict, dataclass

import msgspec
import structlog

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_read
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId, PersonId, UserId, is_id
from safehand.places.addresses import queue
from safehand.places.addresses.atlas import Atlas
from safehand.places.addresses.doubts import (
    Case,
    CaseState,
    Consent,
    Doubt,
    Fix,
    Lines,
    doubt_of,
    drop_pin,
    is_redirect,
)
from safehand.places.addresses.errors import AddressCaseClosed, AddressErased, CorrectionIsRedirect, NoSuchAddressCase
from safehand.places.addresses.model import Geocode
from safehand.places.addresses.ports import Addressed, Parcels
from safehand.store.database import Store, Tx
from safehand.vault.vault import Kind, Vault

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A case with what is private about it."""

    case: Case
    lines: Lines
    corrected: Lines | None
    found: Geocode
    """Where the address is, as it was given."""


@dataclass(frozen=True, slots=True)
class AddressDesk:
    """Keeps the queue. Whether the asker may is settled before."""

    store: Store
    vault: Vault
    atlas: Atlas
    parcels: Parcels
    clock: Clock

    async def doubted(self, number: str, doubt: Doubt, me: Principal) -> str:
        """Somebody says that a parcel's address is doubtful; the case's id.

        Errors
            as parcels that cannot be found; AddressErased
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            about = await self.parcels.addressed(tx, number)
            await note_read(tx, Read(me, Action.ADDRESS_READ, about.person, about.parcel), now_ms)
            lines = await self._lines(tx, about.body)
        if lines is None:
            raise AddressErased(about.body)
        found = await self.atlas.geocoded(lines.text)
        async with self.store.transaction() as tx:
            return await queue.put(tx, about, doubt, found.confidence_pct, now_ms)

    async def looked_at(self, tx: Tx, about: Addressed, lines: Lines) -> str | None:
        """Geocode a new address, and put it into the queue if a person should look; the case's id.

        Errors
            NoMap
        """
        found = await self.atlas.geocode(lines.text)
        told = await self.atlas.where(lines.lat_e7, lines.lon_e7) if lines.lat_e7 and lines.lon_e7 else None
        doubt = doubt_of(found, told)
        if doubt is None:
            return None
        return await queue.put(tx, about, doubt, found.confidence_pct, self.clock.now_ms())

    async def look(self, about: Addressed) -> str | None:
        """The same of an address in the vault; None also where it was erased meanwhile.

        Errors
            NoMap
        """
        async with self.store.transaction() as tx:
            lines = await self._lines(tx, about.body)
            return None if lines is None else await self.looked_at(tx, about, lines)

    async def open(self, id: str, me: Principal) -> Opened:
        """A case with its address, once it is on record who reads it.

        Errors
            NoSuchAddressCase, AddressErased
        """
        async with self.store.transaction() as tx:
            case = await self._case(tx, id)
            person = PersonId(PartyId(case.person))
            await note_read(tx, Read(me, Action.ADDRESS_READ, person, None, case.id), self.clock.now_ms())
            lines = await self._lines(tx, case.body)
            corrected = await self._lines(tx, case.corrected) if case.corrected else None
        if lines is None:
            raise AddressErased(case.id)
        return Opened(case, lines, corrected, await self.atlas.geocoded(lines.text))

    async def correct(self, id: str, after: Lines, consent: Consent, me: Principal) -> Geocode:
        """Correct an address with its recipient's consent. The one that was given is kept; where the new one is.

        Errors
            NoSuchAddressCase, AddressCaseClosed, AddressErased
            CorrectionIsRedirect  the new address is somewhere else.
        """
        opened = await self.open(id, me)
        found = await self.atlas.geocoded(after.text)
        if is_redirect(opened.lines, opened.found, after, found):
            raise CorrectionIsRedirect(opened.case.id)
        async with self.store.transaction() as tx:
            case = await self._case(tx, id, to_close=True)
            body = await self.vault.put(
                tx, PersonId(PartyId(case.person)), Kind.ADDRESS, msgspec.json.encode(asdict(after))
            )
            await queue.close(tx, case, _user(me), self.clock.now_ms(), queue.Correction(consent, body))
        log.info("address_corrected", principal=me.id, resource=case.id)
        return found

    async def dismiss(self, id: str, me: Principal) -> None:
        """The address is right as it is.

        Errors
            NoSuchAddressCase, AddressCaseClosed
        """
        async with self.store.transaction() as tx:
            case = await self._case(tx, id, to_close=True)
            await queue.close(tx, case, _user(me), self.clock.now_ms(), None)

    async def door(self, about: Addressed) -> Fix | None:
        """Where the door is, learned from deliveries or found on the map; None where that is not sure, or erased."""
        async with self.store.transaction(readonly=True) as tx:
            learned = await self.pin(tx, about.person)
            lines = await self.corrected(tx, about.person) or await self._lines(tx, about.body)
        if learned is not None or lines is None:
            return learned
        found = await self.atlas.geocoded(lines.text)
        return Fix(found.hit.lat_e7, found.hit.lon_e7) if found.hit is not None and found.trusted else None

    async def corrected(self, tx: Tx, person: PersonId) -> Lines | None:
        """A person's address as it was corrected last; None if it never was. Who reads it puts that on record."""
        body = await queue.corrected(tx, person)
        return await self._lines(tx, body) if body else None

    async def confirmed(self, tx: Tx, about: Addressed, fix: Fix) -> None:
        """A delivery was confirmed there. One parcel, one fix."""
        body = await self.vault.put(tx, about.person, Kind.ADDRESS, msgspec.json.encode(asdict(fix)))
        await queue.note_fix(tx, about, body, self.clock.now_ms())

    async def pin(self, tx: Tx, person: PersonId) -> Fix | None:
        """Where the person's door was learned to be; None while too few deliveries agree."""
        bodies = await queue.fixes(tx, person)
        kept = await self.vault.get_many(tx, bodies)
        told = [kept.get(body) for body in bodies]
        return drop_pin([msgspec.json.decode(body, type=Fix) for body in told if body is not None])

    async def _case(self, tx: Tx, id: str, *, to_close: bool = False) -> Case:
        case = await queue.one(tx, id, lock=to_close) if is_id(queue.CASE, id) else None
        if case is None:
            raise NoSuchAddressCase(id[:40])
        if to_close and case.state is not CaseState.OPEN:
            raise AddressCaseClosed(case.id, case.state.value)
        return case

    async def _lines(self, tx: Tx, body: str) -> Lines | None:
        """The address in a body, whatever else that holds; None if its person was erased."""
        kept = await self.vault.get(tx, body)
        return None if kept is None else msgspec.json.decode(kept, type=Lines)


def _user(me: Principal) -> UserId:
    return me.user or UserId(me.id)
