"""The sign-in desk: passwords become sessions, one-time links become administrators.

No transaction is open while a password is hashed: a storm of sign-ins must not hold the connections
that everybody else works with.
"""

from dataclasses import dataclass, field

import structlog

from safehand.identity.errors import SignInBusy, TooManyAttempts, WrongPassword
from safehand.identity.model import Role
from safehand.identity.openings import Browser, Openings, SignedIn
from safehand.identity.passwords import Passwords, check_new_password
from safehand.identity.sessions import Sessions, Way
from safehand.identity.setup import SetupLinks
from safehand.identity.throttle import PER_ADDRESS, PER_BROWSER, PER_LOGIN, PER_OWNER, Charge, Throttle, address_subject
from safehand.identity.users import NewUser, Users, check_login
from safehand.kernel.clock import Clock
from safehand.kernel.ids import UserId
from safehand.store.database import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Password:
    """A login and password as somebody typed them, and the address they came from."""

    login: str
    password: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class NewAdmin:
    """What the holder of a one-time link fills in."""

    token: str = field(repr=False)
    typed: Password
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """Lets the staff in and out."""

    store: Store
    users: Users
    sessions: Sessions
    setup: SetupLinks
    openings: Openings
    passwords: Passwords
    throttle: Throttle
    clock: Clock

    async def sign_in(self, typed: Password, browser: Browser | None = None) -> SignedIn:
        """Open a session. The token is always new; the session that the browser had is ended.

        Failures of strangers count against the login, those in a browser that its owner has signed in with against
        that browser: so a stranger can fail as often as they like, and the owner still gets in.

        Errors
            WrongPassword    login and password do not belong together, or the user is disabled; it is not said which.
            TooManyAttempts  for this login, in this browser, or from this address.
            SignInBusy
        """
        login, browser = typed.login.casefold(), browser or Browser(typed.address)
        async with self.store.transaction() as tx:
            user = await self.users.by_login(tx, login)
            now_ms = self.clock.now_ms()
            known = user is not None and await self.openings.browsers.known(tx, user.id, browser.known, now_ms)
            charges = _charges_known(login, browser) if known else _charges_strange(login, typed.address)
            wait_ms = await self.throttle.charge_in(tx, *charges)
        _refuse_while(wait_ms)
        try:
            right = await self.passwords.matches(typed.password, user.password_hash if user else None)
            if user is None or not right:
                log.info("sign_in_refused", principal=user.id if user else None)
                raise WrongPassword()
            renewed = None
            if self.passwords.outdated(user.password_hash):
                renewed = await self.passwords.hash(typed.password)
        except SignInBusy:
            await self.throttle.refund(*charges)  # nothing was guessed
            raise
        async with self.store.transaction() as tx:
            if not await self.users.still(tx, user):  # disabled, or another password, while we were hashing
                raise WrongPassword()
            if renewed is not None:
                await self.users.set_password_hash(tx, user.id, renewed)
            signed_in = await self.openings.open(tx, user, Way.PASSWORD, browser)
            await self.throttle.refund_in(tx, *charges)
        return signed_in

    async def sign_out(self, token: str) -> None:
        """End this session. Twice is the same as once."""
        async with self.store.transaction() as tx:
            await self.sessions.end(tx, token, self.clock.now_ms())

    async def sign_out_everywhere(self, user: UserId) -> int:
        """End all sessions of a user; returns how many were alive."""
        async with self.store.transaction() as tx:
            return await self.sessions.end_all(tx, user, self.clock.now_ms())

    async def change_password(self, id: UserId, typed: Password, new: str) -> None:
        """Replace a user's own password, which must be typed once more. Every session of theirs ends.

        Errors
            WrongPassword    the present one is wrong.
            TooManyAttempts  it was wrong too often: a session left open is no way to guess a password.
            PasswordTooShort, PasswordTooLong, PasswordCommon, SignInBusy
        """
        async with self.store.transaction(readonly=True) as tx:
            user = await self.users.get(tx, id)
        check_new_password(new, user.login)
        charge = Charge.of("owner", user.id, PER_OWNER)
        await self._charge(charge)
        if not await self.passwords.matches(typed.password, user.password_hash):
            raise WrongPassword()
        hashed = await self.passwords.hash(new)
        async with self.store.transaction() as tx:
            if not await self.users.still(tx, user):
                raise WrongPassword()
            await self.users.set_password_hash(tx, user.id, hashed)
            await self.sessions.end_all(tx, user.id, self.clock.now_ms())
        await self.throttle.refund(charge)
        log.info("password_changed", principal=user.id)

    async def make_setup_link(self) -> str:
        """A token for `/setup/TOKEN`: good for one administrator, for an hour. For the command line only."""
        async with self.store.transaction() as tx:
            return await self.setup.make(tx, self.clock.now_ms())

    async def set_up(self, asked: NewAdmin) -> UserId:
        """Use a one-time link up for a new administrator. If anything is refused, the link is not used.

        Errors
            SetupLinkSpent, TooManyAttempts, BadLogin, BadName, LoginTaken
            PasswordTooShort, PasswordTooLong, PasswordCommon, SignInBusy
        """
        typed = asked.typed
        login = typed.login.casefold()
        charge = Charge.of("address", address_subject(typed.address), PER_ADDRESS)
        await self._charge(charge)
        async with self.store.transaction(readonly=True) as tx:
            await self.setup.check(tx, asked.token, self.clock.now_ms())
        check_login(login)
        check_new_password(typed.password, login)
        new = NewUser(
            login=login,
            name=asked.name,
            password_hash=await self.passwords.hash(typed.password),
            roles=frozenset({Role.ADMIN}),
        )
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await self.setup.use(tx, asked.token, now_ms)
            id = await self.users.create(tx, new, now_ms)
        await self.throttle.refund(charge)
        log.info("admin_set_up", principal=id)
        return id

    async def _charge(self, *charges: Charge) -> None:
        _refuse_while(await self.throttle.charge(*charges))


def _refuse_while(wait_ms: int) -> None:
    if wait_ms:
        log.info("sign_in_throttled")
        raise TooManyAttempts(wait_s=-(-wait_ms // 1_000))


def _charges_known(login: str, browser: Browser) -> tuple[Charge, ...]:
    return (Charge.of("browser", f"{login}\n{browser.known}", PER_BROWSER),)


def _charges_strange(login: str, address: str) -> tuple[Charge, ...]:
    return (
        Charge.of("address", address_subject(address), PER_ADDRESS),
        Charge.of("login", login, PER_LOGIN),
    )
