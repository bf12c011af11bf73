"""How every way in ends: a session that is new, the one before ended, the browser known from now on."""

from dataclasses import dataclass, field

import structlog

from safehand.identity.browsers import KnownBrowsers
from safehand.identity.passkeys import Passkeys
from safehand.identity.sessions import ABSOLUTE_MS, Opening, Sessions, Way
from safehand.identity.users import User
from safehand.kernel.clock import Clock
from safehand.store.database import Tx

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser brings along when somebody wants to come in."""

    address: str
    agent: str = ""
    """In words; see agents.py."""
    session: str | None = field(default=None, repr=False)
    """The session that it has, which ends."""
    known: str | None = field(default=None, repr=False)
    """The token of a known browser."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An opened session. Both tokens are for the browser's cookies and nobody else."""

    user: User
    expires_ms: int
    token: str = field(repr=False)
    known: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Openings:
    """Opens sessions for whoever a way in has recognised."""

    sessions: Sessions
    browsers: KnownBrowsers
    passkeys: Passkeys
    clock: Clock

    async def open(self, tx: Tx, user: User, way: Way, browser: Browser, *, proved_ms: int | None = None) -> SignedIn:
        """Open one. The token is always new, whatever the browser brought along.

        Shapes
            proved_ms  when the provider saw more than a password; None where it did not.
        """
        now_ms = self.clock.now_ms()
        if browser.session is not None:
            await self.sessions.end(tx, browser.session, now_ms)
        # A password proves nothing of somebody who has something better; the provider says for itself.
        proves = way in {Way.PASSKEY, Way.RECOVERY} or (
            way is Way.PASSWORD and not await self.passkeys.has_any(tx, user.id)
        )
        opening = Opening(way, browser.agent, proves=proves, proved_ms=proved_ms)
        token = await self.sessions.open(tx, user.id, opening, now_ms)
        known = await self.browsers.remember(tx, user.id, browser.known, now_ms)
        log.info("signed_in", principal=user.id)
        return SignedIn(user, now_ms + ABSOLUTE_MS, token, known)
