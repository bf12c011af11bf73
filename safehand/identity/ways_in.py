"""The desk of the other ways in: a passkey, a recovery code, a link to begin anew.

None of them is slowed by strangers who guess at passwords: a passkey cannot be guessed, and a code has 120 bits.
"""

from dataclasses import dataclass
from typing import Any

import structlog

from safehand.identity.browsers import KnownBrowsers
from safehand.identity.ceremonies import Ceremonies, Purpose, challenge
from safehand.identity.errors import PasskeyRefused, RecoveryCodeWrong, ResetLinkSpent, TooManyAttempts
from safehand.identity.linked import LinkedIdentities
from safehand.identity.openings import Browser, Openings, SignedIn
from safehand.identity.passkeys import Answer, Answered, Passkeys
from safehand.identity.passwords import Passwords, check_new_password
from safehand.identity.recovery import RecoveryCodes
from safehand.identity.resets import ResetLinks
from safehand.identity.secret_text import new_session_token
from safehand.identity.sessions import Sessions, Way
from safehand.identity.throttle import (
    CEREMONIES_PER_ADDRESS,
    PER_ADDRESS,
    RECOVERY_PER_ADDRESS,
    Charge,
    Throttle,
    address_subject,
)
from safehand.identity.users import Users
from safehand.kernel.clock import Clock
from safehand.kernel.ids import UserId
from safehand.store.database import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A ceremony just begun: the secret for the cookie, and what the browser is asked."""

    secret: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WaysInDesk:
    """Lets the staff in without a password."""

    store: Store
    users: Users
    sessions: Sessions
    passkeys: Passkeys
    ceremonies: Ceremonies
    recovery: RecoveryCodes
    resets: ResetLinks
    linked: LinkedIdentities
    browsers: KnownBrowsers
    openings: Openings
    passwords: Passwords
    throttle: Throttle
    clock: Clock

    async def ask_passkey(self, browser: Browser) -> Asked:
        """Ask a browser for any passkey that it has for us.

        Errors
            PasskeysOff
            TooManyAttempts  from this address; whoever has a known browser brings it along and is not counted.
        """
        await self.charge_ceremony(browser)
        async with self.store.transaction() as tx:
            secret = await self.ceremonies.begin(tx, Purpose.SIGN_IN, None, self.clock.now_ms())
            return Asked(secret, await self.passkeys.request_options(tx, None, challenge(Purpose.SIGN_IN, secret)))

    async def by_passkey(self, secret: str, answer: Answer, browser: Browser) -> SignedIn:
        """Open a session for whoever's passkey answered.

        Errors
            CeremonyOver, PasskeyRefused, PasskeyCloned, PasskeysOff
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await self.ceremonies.finish(tx, Purpose.SIGN_IN, None, secret, now_ms)
        signed = Answered(answer, challenge(Purpose.SIGN_IN, secret))
        recognised = await self.passkeys.recognise(self.store, signed, now_ms)
        async with self.store.transaction() as tx:
            user = await self.users.get(tx, recognised.user)
            if not (await self.users.still(tx, user) and await self.passkeys.still(tx, recognised)):
                raise PasskeyRefused()  # disabled or reset at this moment
            return await self.openings.open(tx, user, Way.PASSKEY, browser)

    async def by_code(self, typed: str, browser: Browser) -> tuple[SignedIn, int]:
        """Open a session for a recovery code, which is used up; and how many are left.

        Errors
            RecoveryCodeWrong
            TooManyAttempts  from this address.
        """
        charge = Charge.of("recovery-address", address_subject(browser.address), RECOVERY_PER_ADDRESS)
        await self._charge(charge)
        async with self.store.transaction() as tx:
            id = await self.recovery.use(tx, typed, self.clock.now_ms())
            left = await self.recovery.left(tx, id)
            user = await self.users.get(tx, id)
        await self.throttle.refund(charge)
        log.info("recovery_code_used", principal=id)
        async with self.store.transaction() as tx:
            if not await self.users.still(tx, user):  # disabled or reset at this moment
                raise RecoveryCodeWrong()
            return await self.openings.open(tx, user, Way.RECOVERY, browser), left

    async def reset(self, id: UserId, by: UserId) -> str:
        """Take all of somebody's ways in away: sessions, passkeys, codes, password, provider; a link is left.

        Shapes
            ->  the token for `/reset/TOKEN`, to be told once, by a way that is not a message to their stolen phone.
        """
        nobodys = await self.passwords.hash(new_session_token())
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await self.users.set_password_hash(tx, id, nobodys)
            await self.sessions.end_all(tx, id, now_ms)
            await self.passkeys.remove_all(tx, id, by, now_ms)
            await self.recovery.drop(tx, id, now_ms)
            await self.linked.unlink(tx, id, by, now_ms)
            await self.browsers.forget_all(tx, id)
            token = await self.resets.make(tx, id, by, now_ms)
        log.info("user_reset", principal=by, resource=id)
        return token

    async def reset_open(self, token: str) -> bool:
        """Whether the link can still be used."""
        try:
            async with self.store.transaction(readonly=True) as tx:
                await self.resets.whose(tx, token, self.clock.now_ms())
        except ResetLinkSpent:
            return False
        return True

    async def begin_anew(self, token: str, password: str, browser: Browser) -> SignedIn:
        """Use the link up for a new password, and let its holder in. If anything is refused, it is not used.

        Errors
            ResetLinkSpent, TooManyAttempts, PasswordTooShort, PasswordTooLong, PasswordCommon, SignInBusy
        """
        charge = Charge.of("address", address_subject(browser.address), PER_ADDRESS)
        await self._charge(charge)
        async with self.store.transaction(readonly=True) as tx:
            user = await self.users.get(tx, await self.resets.whose(tx, token, self.clock.now_ms()))
        check_new_password(password, user.login)
        hashed = await self.passwords.hash(password)
        async with self.store.transaction() as tx:
            await self.resets.use(tx, token, self.clock.now_ms())
            await self.users.set_password_hash(tx, user.id, hashed)
            await self.sessions.end_all(tx, user.id, self.clock.now_ms())
            signed_in = await self.openings.open(tx, user, Way.PASSWORD, browser)
        await self.throttle.refund(charge)
        log.info("user_began_anew", principal=user.id)
        return signed_in

    async def charge_ceremony(self, browser: Browser) -> None:
        """Count a ceremony that a stranger begins: each is a row of ours.

        Errors
            TooManyAttempts
        """
        async with self.store.transaction(readonly=True) as tx:
            known = await self.browsers.anybodys(tx, browser.known, self.clock.now_ms())
        subject = f"known\n{browser.known}" if known else address_subject(browser.address)
        await self._charge(Charge.of("ceremony", subject, CEREMONIES_PER_ADDRESS))

    async def _charge(self, charge: Charge) -> None:
        wait_ms = await self.throttle.charge(charge)
        if wait_ms:
            log.info("sign_in_throttled")
            raise TooManyAttempts(wait_s=-(-wait_ms // 1_000))
