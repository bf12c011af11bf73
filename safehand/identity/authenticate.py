"""From what a request carries to who asks. Knows no web framework, so that every way in can use it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from safehand.identity.devices import Devices, SignedRequest
from safehand.identity.errors import LinkUnknown, UnreadableCredential
from safehand.identity.keys import Keys, Whence
from safehand.identity.links import Links
from safehand.identity.model import ANONYMOUS, Principal
from safehand.identity.sessions import Sessions
from safehand.kernel.clock import Clock
from safehand.store.database import Store, Tx

CREDENTIAL_CHARS_MAX = 512


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request carries that may tell who asks."""

    method: str
    target: bytes
    """Path and query exactly as sent: a device signs them."""
    authorization: str | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    """The staff's cookie."""
    link: str | None = field(default=None, repr=False)
    """The recipient's cookie."""
    link_first: bool = False
    """Whether the recipient's cookie counts before the staff's: on the recipient's own pages."""
    whence: Whence = field(default_factory=Whence)
    """From where it comes, coarsely."""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Finds out who asks. Nothing is remembered between requests: what is revoked is dead at the next one."""

    store: Store
    sessions: Sessions
    keys: Keys
    devices: Devices
    links: Links
    clock: Clock

    async def principal(self, carried: Credentials, body: Callable[[], Awaitable[bytes]]) -> Principal:
        """Who asks.

        An Authorization header counts alone, and one that is not right is refused: whoever sends it means it.
        A cookie that is dead is as none, because browsers send it along whether it matters or not.

        Shapes
            body  reads the request's body; asked only of devices.
        Errors
            Unauthenticated  its kinds: the header cannot be read, or names nobody we trust.
            DeviceRevoked
        """
        if carried.authorization is not None:
            return await self._by_header(carried, carried.authorization, body)
        if carried.session is None and carried.link is None:
            return ANONYMOUS
        async with self.store.transaction() as tx:
            return await self._by_cookie(tx, carried) or ANONYMOUS

    async def _by_header(
        self, carried: Credentials, authorization: str, body: Callable[[], Awaitable[bytes]]
    ) -> Principal:
        scheme, _, credential = authorization.partition(" ")
        if len(authorization) > CREDENTIAL_CHARS_MAX:
            raise UnreadableCredential(scheme=None)
        now_ms = self.clock.now_ms()
        match scheme.lower():
            case "safehand-device":
                signed = SignedRequest(carried.method, carried.target, await body(), credential)
                async with self.store.transaction() as tx:
                    return await self.devices.recognise(tx, signed, now_ms)
            case "bearer" if credential.startswith("shk_"):
                async with self.store.transaction() as tx:
                    return await self.keys.find(tx, credential, now_ms, carried.whence)
            case "bearer" if credential.startswith("shl_"):
                async with self.store.transaction() as tx:
                    return await self.links.find(tx, credential.removeprefix("shl_"), now_ms)
        raise UnreadableCredential(scheme=None)

    async def _by_cookie(self, tx: Tx, carried: Credentials) -> Principal | None:
        now_ms = self.clock.now_ms()
        staff = await self.sessions.find(tx, carried.session, now_ms) if carried.session else None
        if staff is not None and not carried.link_first:
            return staff
        if carried.link:
            try:
                return await self.links.find(tx, carried.link, now_ms)
            except LinkUnknown:
                pass
        return staff
