"""How staff come in and go out: the sign-in desk as the entrance pages ask for it."""

from dataclasses import dataclass

from safehand.app.pages.errors import NameUnusable
from safehand.identity.by_provider import ProviderDesk, Returned, Sent
from safehand.identity.errors import SetupLinkSpent
from safehand.identity.model import NAME_CHARS_MAX
from safehand.identity.openings import Browser, SignedIn
from safehand.identity.setup import SetupLinks
from safehand.identity.sign_in import NewAdmin, Password, SignInDesk
from safehand.identity.ways_in import WaysInDesk
from safehand.kernel.clock import Clock
from safehand.store.database import Store
from safehand.surfaces.ports import Entered, Entering


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """Fills `Entrance`."""

    store: Store
    desk: SignInDesk
    ways_in: WaysInDesk
    provider: ProviderDesk
    links: SetupLinks
    clock: Clock

    async def sign_in(self, typed: Entering, browser: Browser) -> Entered:
        """Open a session; the one that the browser had is ended."""
        return _entered(await self.desk.sign_in(_password(typed), browser))

    async def by_code(self, code: str, browser: Browser) -> Entered:
        """The same for a recovery code."""
        signed_in, _ = await self.ways_in.by_code(code, browser)
        return _entered(signed_in)

    async def to_provider(self, to: str, browser: Browser) -> Sent:
        """Send a browser to the provider."""
        return await self.provider.ask(to, browser)

    async def from_provider(self, secret: str, back: Returned, browser: Browser) -> tuple[Entered, str]:
        """Open a session for whom the provider has recognised; and where they wanted to go."""
        signed_in, to = await self.provider.enter(secret, back, browser)
        return _entered(signed_in), to

    async def reset_open(self, token: str) -> bool:
        """Whether the link to begin anew can still be used."""
        return await self.ways_in.reset_open(token)

    async def begin_anew(self, token: str, password: str, browser: Browser) -> Entered:
        """Use it for a new password, and let its holder in."""
        return _entered(await self.ways_in.begin_anew(token, password, browser))

    async def sign_out(self, token: str) -> None:
        """End a session."""
        await self.desk.sign_out(token)

    async def setup_open(self, token: str) -> bool:
        """Whether the one-time link can still be used."""
        try:
            async with self.store.transaction(readonly=True) as tx:
                await self.links.check(tx, token, self.clock.now_ms())
        except SetupLinkSpent:
            return False
        return True

    async def setup(self, token: str, name: str, typed: Entering) -> Entered:
        """Make the first administrator and let them in.

        Errors
            NameUnusable, and what `SignInDesk.set_up` refuses; the link is then not used up.
        """
        called = " ".join(name.split())
        if not called.isprintable() or not 0 < len(called) <= NAME_CHARS_MAX:
            raise NameUnusable()
        await self.desk.set_up(NewAdmin(token, _password(typed), called))
        return _entered(await self.desk.sign_in(_password(typed)))


def _entered(signed_in: SignedIn) -> Entered:
    return Entered(session=signed_in.token, browser=signed_in.known)


def _password(typed: Entering) -> Password:
    return Password(typed.login, typed.password, typed.address)
