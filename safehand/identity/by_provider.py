"""The desk of the provider's way in: a colleague signs in there, and is known here.

Whoever comes back must be somebody of ours already: the provider says who it is, never what they may do. While it
does not answer, passwords, passkeys and recovery codes open the door as before.
"""

import hmac
from dataclasses import dataclass, field

import structlog

from safehand.identity.ceremonies import Ceremonies, Purpose
from safehand.identity.errors import (
    CeremonyOver,
    NotCarriersOwn,
    ProviderAway,
    ProviderDeclined,
    ProviderOff,
    ProviderRefused,
    SubjectTaken,
    SubjectUnknown,
    TooManyAttempts,
)
from safehand.identity.id_tokens import Identified
from safehand.identity.linked import LinkedIdentities
from safehand.identity.model import LOGIN_SHAPE, OUTSIDE, Role
from safehand.identity.openings import Browser, Openings, SignedIn
from safehand.identity.provider import Flow, Provider
from safehand.identity.secret_text import SESSION_SHAPE
from safehand.identity.sessions import Sessions, Way
from safehand.identity.throttle import PER_ADDRESS, Charge, Throttle, address_subject
from safehand.identity.users import User, Users
from safehand.identity.ways_in import WaysInDesk
from safehand.kernel.clock import Clock
from safehand.kernel.ids import UserId
from safehand.store.database import Store, Tx

log = structlog.get_logger(__name__)

CODE_CHARS_MAX = 4_096
WORD_CHARS_MAX = 512


@dataclass(frozen=True, slots=True)
class Sent:
    """A browser on its way to the provider: the secret for its cookie, and the address."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """What a browser brings back from the provider. All of it may be somebody's invention."""

    state: str = ""
    code: str = field(default="", repr=False)
    issuer: str | None = None
    error: str = ""

    @property
    def bounded(self) -> bool:
        """Whether each part is as long as it may be."""
        words = (self.state, self.issuer or "", self.error)
        return len(self.code) <= CODE_CHARS_MAX and all(len(word) <= WORD_CHARS_MAX for word in words)


@dataclass(frozen=True, slots=True)
class ProviderDesk:
    """Sends colleagues to the provider, and lets them in when they come back."""

    store: Store
    users: Users
    sessions: Sessions
    ceremonies: Ceremonies
    linked: LinkedIdentities
    openings: Openings
    ways_in: WaysInDesk
    throttle: Throttle
    clock: Clock
    provider: Provider | None

    async def ask(self, to: str, browser: Browser) -> Sent:
        """Begin: the browser goes to the provider, and afterwards to `to`, an address of ours.

        Errors
            ProviderOff, ProviderAway
            TooManyAttempts  from this address; whoever has a known browser brings it along and is not counted.
        """
        provider = self._there()
        await self.ways_in.charge_ceremony(browser)
        await provider.description()  # before a row is written for a provider that does not answer
        async with self.store.transaction() as tx:
            secret = await self.ceremonies.begin(tx, Purpose.PROVIDER, None, self.clock.now_ms(), goes_to=to)
        return Sent(await provider.sign_in_address(Flow.of(secret)), secret)

    async def enter(self, secret: str, back: Returned, browser: Browser) -> tuple[SignedIn, str]:
        """Open a session for whom the provider has recognised; and where they wanted to go.

        Errors
            CeremonyOver      this browser did not ask, asked too long ago, or came back before.
            ProviderDeclined  the provider did not let them in, or they gave up.
            ProviderRefused   what came back does not show who they are.
            SubjectUnknown    nobody of ours is linked to that account.
            ProviderOff, ProviderAway, TooManyAttempts
        """
        provider = self._there()
        flow = Flow.of(secret)
        ours = back.bounded and SESSION_SHAPE.fullmatch(secret) is not None
        if not ours or not hmac.compare_digest(back.state.encode(), flow.state.encode()):
            raise CeremonyOver()
        charge = Charge.of("provider-address", address_subject(browser.address), PER_ADDRESS)
        wait_ms = await self.throttle.charge(charge)
        if wait_ms:
            log.info("sign_in_throttled")
            raise TooManyAttempts(wait_s=-(-wait_ms // 1_000))
        async with self.store.transaction() as tx:
            to = await self.ceremonies.finish(tx, Purpose.PROVIDER, None, secret, self.clock.now_ms())
        if back.error or not back.code:
            raise ProviderDeclined()
        try:
            found = await provider.identified(back.code, back.issuer, flow)
        except ProviderAway:
            await self.throttle.refund(charge)  # nobody has failed but the provider
            raise
        async with self.store.transaction() as tx:
            user = await self._known(tx, provider, found)
            signed_in = await self.openings.open(
                tx, user, Way.PROVIDER, browser, proved_ms=self._proved_ms(provider, found)
            )
        await self.throttle.refund(charge)
        return signed_in, to or "/"

    async def link(self, id: UserId, subject: str, by: UserId) -> None:
        """Say whose that account at the provider is.

        Errors
            NotCarriersOwn  they work for somebody else than the carrier.
            SubjectTaken    it is somebody's, or they have another one.
            ProviderOff
        """
        issuer = self._there().registration.issuer
        async with self.store.transaction() as tx:
            user = await self.users.get(tx, id)
            if user.roles & OUTSIDE:
                raise NotCarriersOwn()
            await self.linked.link(tx, user.id, (issuer, subject), by, self.clock.now_ms())
        log.info("identity_linked", principal=by, resource=id)

    async def unlink(self, id: UserId, by: UserId) -> None:
        """The provider opens nothing for this user any more; their sessions end."""
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            if await self.linked.unlink(tx, id, by, now_ms):
                await self.sessions.end_all(tx, id, now_ms)
        log.info("identity_unlinked", principal=by, resource=id)

    async def _known(self, tx: Tx, provider: Provider, found: Identified) -> User:
        """Who of ours that is.

        Errors
            SubjectUnknown   nobody, or somebody who works for others.
            ProviderRefused  they are let in no more.
        """
        issuer, now_ms = provider.registration.issuer, self.clock.now_ms()
        id = await self.linked.whose(tx, issuer, found.subject, now_ms)
        user = await self.users.get(tx, id) if id is not None else await self._by_mail(tx, provider, found)
        if user is None or user.roles & OUTSIDE:
            log.info("sign_in_refused", principal=user.id if user else None)
            raise SubjectUnknown(subject=found.subject)
        if not await self.users.still(tx, user):
            log.info("sign_in_refused", principal=user.id)
            raise ProviderRefused()
        return user

    async def _by_mail(self, tx: Tx, provider: Provider, found: Identified) -> User | None:
        """Whoever has LOGIN@the domain, verified by the provider, is linked the first time they come.

        Not administrators, and nobody who was linked before: an address may be given to somebody else one day.
        """
        login, _, domain = (found.mail or "").casefold().rpartition("@")
        if domain != provider.registration.mail_domain or LOGIN_SHAPE.fullmatch(login) is None:
            return None
        user, issuer = await self.users.by_login(tx, login), provider.registration.issuer
        if user is None or user.disabled or Role.ADMIN in user.roles or user.roles & OUTSIDE:
            return None
        if await self.linked.ever(tx, issuer, user.id):
            return None
        try:
            await self.linked.link(tx, user.id, (issuer, found.subject), None, self.clock.now_ms())
        except SubjectTaken:  # by somebody who came at the same moment
            return None
        log.info("identity_linked", principal=user.id, resource=user.id)
        return user

    def _proved_ms(self, provider: Provider, found: Identified) -> int | None:
        """When the provider saw more than a password, if the operator said which of its words tell so."""
        if found.signed_in_s is None or not found.ways & provider.registration.proofs:
            return None
        return min(found.signed_in_s * 1_000, self.clock.now_ms())

    def _there(self) -> Provider:
        if self.provider is None:
            raise ProviderOff()
        return self.provider
