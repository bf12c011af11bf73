"""The staff's desk and the devices' desk: whom to know, and what they get to show for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from safehand.identity.clones import Alarm, AlarmKind
from safehand.identity.devices import Device, Devices, Enrolment
from safehand.identity.errors import DeviceNotReplaceable, TooManyAttempts
from safehand.identity.keys import DAY_MS, ApiKey, Keys, KeyWish
from safehand.identity.model import PartyKind, Role
from safehand.identity.pages import Page
from safehand.identity.parties import Parties, Party
from safehand.identity.passwords import Passwords, check_new_password
from safehand.identity.sessions import Sessions
from safehand.identity.throttle import CODES_IN_ALL, CODES_PER_ADDRESS, Charge, Throttle, address_subject
from safehand.identity.users import NewUser, User, Users, check_login
from safehand.kernel.clock import Clock
from safehand.kernel.ids import DeviceId, PartyId, UserId
from safehand.store.database import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Hired:
    """Whom an administrator adds to the staff."""

    login: str
    password: str = field(repr=False)
    name: str = field(repr=False)
    roles: frozenset[Role]
    party: PartyId | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the only moment at which it can be read."""

    id: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An enrolment code just made."""

    expires_ms: int
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffDesk:
    """Users, parties, merchants' keys. Whether the asker may is settled before."""

    store: Store
    users: Users
    parties: Parties
    keys: Keys
    sessions: Sessions
    passwords: Passwords
    clock: Clock

    async def hire(self, asked: Hired, by: UserId) -> UserId:
        """Add a user.

        Errors
            BadLogin, BadName, LoginTaken, NoSuchParty, PartyMismatch
            PasswordTooShort, PasswordTooLong, PasswordCommon, SignInBusy
        """
        login = asked.login.casefold()
        check_login(login)
        check_new_password(asked.password, login)
        new = NewUser(
            login=login,
            name=asked.name,
            password_hash=await self.passwords.hash(asked.password),
            roles=asked.roles,
            party=asked.party,
            made_by=by,
        )
        async with self.store.transaction() as tx:
            id = await self.users.create(tx, new, self.clock.now_ms())
        log.info("user_added", principal=by, resource=id)
        return id

    async def user(self, id: str) -> User:
        """One user.

        Errors
            NotYours  there is none.
        """
        async with self.store.transaction(readonly=True) as tx:
            return await self.users.get(tx, id)

    async def staff(
        self, after: str | None = None, *, only: Collection[str] | None = None
    ) -> tuple[Page[User], Mapping[UserId, str]]:
        """A page of users, oldest first, and their names; an erased person has none."""
        async with self.store.transaction(readonly=True) as tx:
            page = await self.users.page(tx, only=only, after=after)
            return page, await self.users.names(tx, [user.id for user in page.rows])

    async def disable(self, id: UserId, by: UserId) -> None:
        """Let somebody in no more, and end their sessions.

        Errors
            LastAdmin
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await self.users.disable(tx, id, now_ms)
            await self.sessions.end_all(tx, id, now_ms)
        log.info("user_disabled", principal=by, resource=id)

    async def add_party(self, kind: PartyKind, name: str, country: str | None = None) -> Party:
        """Add a depot, driver, partner, subcontractor or merchant."""
        async with self.store.transaction() as tx:
            return await self.parties.create(tx, kind, name, self.clock.now_ms(), country=country)

    async def add_driver(self, employer: Party, name: str) -> Party:
        """Add a driver to a subcontractor's crew.

        Errors
            BadName, CrewFull
            PartyMismatch  the employer is no subcontractor.
        """
        async with self.store.transaction() as tx:
            return await self.parties.create_driver(tx, employer, name, self.clock.now_ms())

    async def party(self, id: str) -> Party:
        """One party.

        Errors
            NoSuchParty
        """
        async with self.store.transaction(readonly=True) as tx:
            return await self.parties.get(tx, id)

    async def parties_page(
        self, kind: PartyKind | None, *, only: Collection[str] | None = None, after: str | None = None
    ) -> tuple[Page[Party], Mapping[PartyId, str]]:
        """A page of parties, oldest first, and their names; an erased person has none."""
        async with self.store.transaction(readonly=True) as tx:
            page = await self.parties.page(tx, kind, only=only, after=after)
            return page, await self.parties.names(tx, [party.id for party in page.rows])

    async def make_key(self, merchant: Party, wish: KeyWish, by: UserId) -> NewKey:
        """A key to the API, told this once.

        Errors
            PartyMismatch  the party is no merchant.
        """
        async with self.store.transaction() as tx:
            id, key = await self.keys.create(tx, merchant, wish, by=by, now_ms=self.clock.now_ms())
        log.info("key_made", principal=by, resource=id)
        return NewKey(id, key)

    async def rotate_key(self, old: ApiKey, *, overlap_hours: int, life_days: int, by: UserId | None) -> NewKey:
        """A successor; the old key dies by itself when the overlap is over.

        Errors
            KeyNotRotated  it is dead, or has a successor already.
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            id, key = await self.keys.rotate(
                tx, old, overlap_hours=overlap_hours, life_days=life_days, by=by, now_ms=now_ms
            )
        log.info("key_rotated", principal=by or old.id, resource=id)
        return NewKey(id, key)

    async def unused_keys(self, days: int, only: Collection[str] | None = None) -> Sequence[ApiKey]:
        """Living keys that nobody has used for so many days: of all merchants, or of these."""
        now_ms = self.clock.now_ms()
        async with self.store.transaction(readonly=True) as tx:
            return await self.keys.unused(tx, since_ms=now_ms - days * DAY_MS, now_ms=now_ms, only=only)

    async def merchant_keys(self, merchant: PartyId) -> Sequence[ApiKey]:
        """A merchant's keys, newest first."""
        async with self.store.transaction(readonly=True) as tx:
            return await self.keys.listed(tx, merchant)

    async def key(self, id: str) -> ApiKey:
        """What may be shown of one key.

        Errors
            NotYours  there is none.
        """
        async with self.store.transaction(readonly=True) as tx:
            return await self.keys.get(tx, id)

    async def revoke_key(self, id: str, by: UserId) -> None:
        """Make a key worthless."""
        async with self.store.transaction() as tx:
            await self.keys.revoke(tx, id, self.clock.now_ms())
        log.info("key_revoked", principal=by, resource=id)


@dataclass(frozen=True, slots=True)
class DeviceDesk:
    """Invites devices, enrols them, shuts them out."""

    store: Store
    devices: Devices
    throttle: Throttle
    clock: Clock

    async def invite(self, party: Party, label: str, by: UserId) -> Invitation:
        """A code of ten minutes for one device of that party."""
        async with self.store.transaction() as tx:
            code, expires_ms = await self.devices.invite(tx, party.id, label, by, self.clock.now_ms())
        return Invitation(expires_ms, code)

    async def replace(self, old: Device, by: UserId) -> Invitation:
        """A code of ten minutes for the device that takes this one's place. The old one works until then.

        Errors
            DeviceNotReplaceable  it was revoked, or has been replaced already.
        """
        if old.revoked_ms is not None or old.retired_ms is not None:
            raise DeviceNotReplaceable(device=old.id)
        async with self.store.transaction() as tx:
            code, expires_ms = await self.devices.invite(
                tx, old.party, old.label, by, self.clock.now_ms(), replaces=old.id
            )
        log.info("device_replacing", principal=by, resource=old.id)
        return Invitation(expires_ms, code)

    async def end_outbox(self, id: DeviceId, sequence: int) -> None:
        """All that a retired device had queued has been handed in; what bears a higher number came later."""
        async with self.store.transaction() as tx:
            await self.devices.end_outbox(tx, id, sequence)
        log.info("outbox_ended", resource=id)

    async def enrol(self, asked: Enrolment, address: str) -> Device:
        """Enrol a device. Every attempt counts until it has succeeded: codes are short enough to be guessed at.

        Errors
            TooManyAttempts, CodeUnknown, BadPublicKey, ProofFailed, PublicKeyInUse, DeviceNotReplaceable
        """
        charges = (
            Charge.of("code-address", address_subject(address), CODES_PER_ADDRESS),
            Charge.of("code", "all", CODES_IN_ALL),
        )
        wait_ms = await self.throttle.charge(*charges)
        if wait_ms:
            raise TooManyAttempts(wait_s=-(-wait_ms // 1_000))
        async with self.store.transaction() as tx:
            device = await self.devices.enrol(tx, asked, self.clock.now_ms())
        await self.throttle.refund(*charges)
        log.info("device_enrolled", principal=device.enrolled_by, resource=device.id)
        return device

    async def device(self, id: str) -> Device:
        """One device, revoked or not.

        Errors
            NotYours  there is none.
        """
        async with self.store.transaction(readonly=True) as tx:
            return await self.devices.get(tx, id)

    async def fleet(self, only: Collection[str] | None = None, *, after: str | None = None) -> Page[Device]:
        """A page of devices, newest first: all of them, or those of these parties."""
        async with self.store.transaction(readonly=True) as tx:
            return await self.devices.page(tx, only, after=after)

    async def reused_a_number(self, id: DeviceId) -> None:
        """The device used a sequence number twice: raise the alarm."""
        async with self.store.transaction() as tx:
            await self.devices.clones.alarm(tx, id, AlarmKind.SEQUENCE_REUSED, self.clock.now_ms())

    async def alarm(self, id: str) -> Alarm:
        """One alarm.

        Errors
            NotYours  there is none.
        """
        async with self.store.transaction(readonly=True) as tx:
            return await self.devices.clones.get(tx, id)

    async def alarms(self, only: Collection[str] | None = None, *, after: str | None = None) -> Page[Alarm]:
        """A page of alarms, newest first: all, or about the devices of these parties."""
        async with self.store.transaction(readonly=True) as tx:
            return await self.devices.clones.page(tx, only, after=after)

    async def close_alarm(self, id: str, by: UserId) -> None:
        """Somebody has looked at an alarm."""
        async with self.store.transaction() as tx:
            await self.devices.clones.close(tx, id, by, self.clock.now_ms())
        log.info("alarm_closed", principal=by, resource=id)

    async def revoke(self, id: DeviceId, by: UserId) -> None:
        """Trust a device no more."""
        async with self.store.transaction() as tx:
            await self.devices.revoke(tx, id, by, self.clock.now_ms())
        log.info("device_revoked", principal=by, resource=id)
