"""An office whose carrier has a sign-in of its own, and a browser that walks there and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx

from safehand.identity.by_provider import Returned, Sent
from safehand.identity.model import Role
from safehand.identity.openings import Browser, SignedIn
from safehand.identity.provider import QUIET_MS, Provider, Registration
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import UserId
from safehand.kernel.outgoing import Reach, a_client
from tests.identity.office import ADDRESS, ORIGIN, Office
from tests.identity.provider import CLIENT, SECRET, HonestProvider, a_provider
from tests.servers import Database

BACK = f"{ORIGIN}/sign-in/provider/back"
ANA, EVE = Browser(ADDRESS), Browser("203.0.113.99")


class House(Office):
    """An office whose carrier has a sign-in of its own."""

    theirs: HonestProvider
    ours: Provider

    async def begun(self, to: str = "/parcels", browser: Browser = ANA) -> Sent:
        return await self.by_provider.ask(to, browser)

    async def walked(self, sent: Sent) -> Returned:
        """What the browser brings back after it went where it was sent."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = await browser.get(sent.url)
        parts = urlsplit(answer.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK
        said = {name: value for name, [value] in parse_qs(parts.query).items()}
        return Returned(said["state"], said.get("code", ""), said.get("iss"), said.get("error", ""))

    async def entered(self, browser: Browser = ANA) -> SignedIn:
        """There and back."""
        sent = await self.begun(browser=browser)
        return (await self.by_provider.enter(sent.secret, await self.walked(sent), browser))[0]

    async def linked_user(self, login: str = "ana", *roles: Role, subject: str = "00u4711") -> UserId:
        """Somebody whom an administrator has linked."""
        id = await self.hire(login, *(roles or (Role.DISPATCHER,)))
        await self.by_provider.link(id, subject, id)
        return id

    async def said_to(self, error: type[Exception]) -> bool:
        """Whether the sign-in that somebody tries now ends so."""
        self.clock.advance(QUIET_MS)
        try:
            await self.entered()
        except error:
            return True
        return False


@asynccontextmanager
async def a_house(database: Database) -> AsyncIterator[House]:
    """On a fresh database, with an honest provider that tells the office's time."""
    store, clock = database.store(), HandClock()
    with a_provider(lambda: clock.now_ms() // 1_000) as theirs:
        reach = Reach(this_machine=True)
        registration = Registration(issuer=theirs.url, client=CLIENT, secret=SECRET, redirect=BACK)
        async with a_client(reach) as client:
            ours = Provider(registration, client, reach, clock, within_s=2.0)
            house = House(store, clock, provider=ours)
            house.theirs, house.ours = theirs, ours
            yield house
    await store.close()
