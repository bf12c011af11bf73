"""The account desk: one's own passkeys, recovery codes and sessions, and the proof before a sensitive act.

Everything here is about whoever asks, so it takes a `Me`: somebody signed in, by a session.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from safehand.identity.ceremonies import Ceremonies, Purpose, challenge
from safehand.identity.errors import PasskeyNeeded, PasskeyRefused, SignInNeeded, TooManyAttempts, WrongPassword
from safehand.identity.model import Principal
from safehand.identity.passkeys import Answer, Answered, Passkey, Passkeys
from safehand.identity.passwords import Passwords
from safehand.identity.recovery import RecoveryCodes
from safehand.identity.sessions import OpenSession, Sessions
from safehand.identity.throttle import PER_OWNER, Charge, Throttle
from safehand.identity.users import Users
from safehand.identity.ways_in import Asked
from safehand.kernel.clock import Clock
from safehand.kernel.ids import UserId
from safehand.store.database import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Me:
    """Somebody signed in: the user and the session."""

    user: UserId
    session: str

    @classmethod
    def of(cls, principal: Principal) -> "Me":
        """Errors: SignInNeeded, for whoever did not come by a session."""
        if principal.user is None or principal.session is None:
            raise SignInNeeded()
        return cls(principal.user, principal.session)


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody sees of their own ways in."""

    login: str
    passkeys: Sequence[Passkey]
    passkeys_on: bool
    """Whether this installation's address allows passkeys at all."""
    proves_by_passkey: bool
    codes_left: int
    sessions: Sequence[OpenSession]
    session: str
    """The one that asks."""


@dataclass(frozen=True, slots=True)
class AccountDesk:
    """What somebody signed in does about their own account."""

    store: Store
    users: Users
    sessions: Sessions
    passkeys: Passkeys
    ceremonies: Ceremonies
    recovery: RecoveryCodes
    passwords: Passwords
    throttle: Throttle
    clock: Clock

    async def account(self, me: Me) -> Account:
        """All of it."""
        async with self.store.transaction(readonly=True) as tx:
            return Account(
                login=(await self.users.get(tx, me.user)).login,
                passkeys=await self.passkeys.listed(tx, me.user),
                passkeys_on=self.passkeys.relying is not None,
                proves_by_passkey=await self.passkeys.has_any(tx, me.user),
                codes_left=await self.recovery.left(tx, me.user),
                sessions=await self.sessions.listed(tx, me.user, self.clock.now_ms()),
                session=me.session,
            )

    async def ask_new_passkey(self, me: Me) -> Asked:
        """Ask the browser to make a passkey.

        Errors
            PasskeysOff, TooManyPasskeys
        """
        async with self.store.transaction() as tx:
            user = await self.users.get(tx, me.user)
            secret = await self.ceremonies.begin(tx, Purpose.REGISTER, me.session, self.clock.now_ms())
            options = await self.passkeys.creation_options(tx, user, challenge(Purpose.REGISTER, secret))
        return Asked(secret, options)

    async def add_passkey(self, me: Me, secret: str, answer: Answer, label: str) -> str:
        """Register the passkey that was made; its id.

        Errors
            CeremonyOver, PasskeyRefused, PasskeyTaken, PasskeysOff
            SignInNeeded  the session has ended meanwhile, as by a reset.
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await self.ceremonies.finish(tx, Purpose.REGISTER, me.session, secret, now_ms)
        made = Answered(answer, challenge(Purpose.REGISTER, secret))
        async with self.store.transaction() as tx:
            await self.sessions.hold(tx, me.session)
            id = await self.passkeys.add(tx, me.user, label, made, now_ms)
        log.info("passkey_added", principal=me.user, resource=id)
        return id

    async def remove_passkey(self, me: Me, id: str) -> None:
        """Take one away. Sessions that it opened go on; they can be ended beside it.

        Errors
            NotYours
        """
        async with self.store.transaction() as tx:
            await self.passkeys.remove(tx, me.user, id, self.clock.now_ms())
        log.info("passkey_removed", principal=me.user, resource=id)

    async def make_codes(self, me: Me) -> list[str]:
        """Ten new recovery codes, told this once; those before are dead.

        Errors
            SignInNeeded  the session has ended meanwhile, as by a reset.
        """
        async with self.store.transaction() as tx:
            await self.sessions.hold(tx, me.session)
            codes = await self.recovery.make(tx, me.user, self.clock.now_ms())
        log.info("recovery_codes_made", principal=me.user)
        return codes

    async def end_session(self, me: Me, id: str) -> None:
        """End one of one's own sessions.

        Errors
            NotYours
        """
        async with self.store.transaction() as tx:
            await self.sessions.end_one(tx, me.user, id, self.clock.now_ms())

    async def end_others(self, me: Me) -> None:
        """End all of one's own sessions but this one."""
        async with self.store.transaction() as tx:
            await self.sessions.end_all(tx, me.user, self.clock.now_ms(), but=me.session)

    async def ask_proof(self, me: Me) -> Asked:
        """Ask for one of one's own passkeys.

        Errors
            PasskeysOff
        """
        async with self.store.transaction() as tx:
            secret = await self.ceremonies.begin(tx, Purpose.PROVE, me.session, self.clock.now_ms())
            return Asked(secret, await self.passkeys.request_options(tx, me.user, challenge(Purpose.PROVE, secret)))

    async def prove_by_passkey(self, me: Me, secret: str, answer: Answer) -> str:
        """Show who sits there; the session's new token, for the one before is dead.

        Errors
            CeremonyOver, PasskeyCloned, PasskeysOff
            PasskeyRefused  also for a colleague's passkey.
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await self.ceremonies.finish(tx, Purpose.PROVE, me.session, secret, now_ms)
        signed = Answered(answer, challenge(Purpose.PROVE, secret))
        if (await self.passkeys.recognise(self.store, signed, now_ms)).user != me.user:
            raise PasskeyRefused()
        async with self.store.transaction() as tx:
            return await self.sessions.proved(tx, me.session, now_ms)

    async def prove_by_password(self, me: Me, password: str) -> str:
        """The same for whoever has no passkey.

        Errors
            PasskeyNeeded    there is one: then it is what counts.
            WrongPassword, SignInBusy
            TooManyAttempts  it was wrong too often: a session left open is no way to guess a password.
        """
        async with self.store.transaction(readonly=True) as tx:
            user = await self.users.get(tx, me.user)
            if await self.passkeys.has_any(tx, me.user):
                raise PasskeyNeeded()
        charge = Charge.of("owner", me.user, PER_OWNER)
        wait_ms = await self.throttle.charge(charge)
        if wait_ms:
            raise TooManyAttempts(wait_s=-(-wait_ms // 1_000))
        if not await self.passwords.matches(password, user.password_hash):
            raise WrongPassword()
        await self.throttle.refund(charge)
        async with self.store.transaction() as tx:
            return await self.sessions.proved(tx, me.session, self.clock.now_ms())
