"""A town with its pages: people at browsers, parcels on their way, and what the ports answer them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from safehand.app.pages.custody_pages import StaffReading
from safehand.app.pages.tracking_pages import LinkReading
from safehand.events.statement import FIRST_AFTER, HandedOver, Reported, Scanned
from safehand.events.vocabulary import Evidence, Side, State, Way
from safehand.identity.actions import Action
from safehand.identity.model import Principal, Role
from safehand.identity.sessions import Opening
from safehand.identity.users import NewUser
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId
from safehand.surfaces.views import Staff
from safehand.surfaces.web.site import Site
from tests.installations import ORIGIN, RECIPIENT, Phone, Town, a_town
from tests.servers import Database

PAGE = {"Accept": "text/html", "Origin": ORIGIN}


@dataclass(frozen=True)
class Sent:
    """A parcel as its merchant and its recipient know it."""

    parcel: ParcelId
    tracking: str
    sscc: str
    token: str


@dataclass
class Scene:
    """The town, its pages and a browser."""

    town: Town
    site: Site
    browser: httpx.AsyncClient
    merchant: PartyId
    key: dict[str, str]
    depot: PartyId
    driver: PartyId
    scanner: Phone
    phone: Phone
    last: dict[ParcelId, str] = field(default_factory=dict)
    """The newest handover of each parcel."""

    @property
    def custody(self) -> StaffReading:
        """What staff pages read."""
        assert isinstance(self.site.custody, StaffReading)
        return self.site.custody

    @property
    def tracking(self) -> LinkReading:
        """What `/t/NUMBER` reads."""
        assert isinstance(self.site.tracking, LinkReading)
        return self.site.tracking

    async def signed_in(self, login: str, *roles: Role, party: PartyId | None = None) -> str:
        """Somebody new on the staff with an open session; its token."""
        here = self.town.here
        new = NewUser(login=login, name=login.title(), password_hash="none", roles=frozenset(roles), party=party)
        async with here.store.transaction() as tx:
            user = await here.identity.users.create(tx, new, here.clock.now_ms())
            return await here.identity.sessions.open(tx, user, Opening(), here.clock.now_ms())

    async def viewer(self, login: str, *roles: Role, party: PartyId | None = None) -> Staff:
        """Somebody new on the staff, as the door of staff pages lets them in."""
        me = await self.session(await self.signed_in(login, *roles, party=party))
        assert me is not None
        return await self.site.door(Action.PARCEL_FIND)(me=me)

    async def session(self, token: str) -> Principal | None:
        """Whom a session's token stands for."""
        async with self.town.here.store.transaction() as tx:
            return await self.town.here.identity.sessions.find(tx, token, self.town.here.clock.now_ms())

    async def holder(self, sent: Sent) -> Principal:
        """Whoever has the parcel's link."""
        async with self.town.here.store.transaction() as tx:
            return await self.town.here.identity.links.find(tx, sent.token, self.town.here.clock.now_ms())

    async def sent(self, key: str = "one", **changes: Any) -> Sent:
        """A parcel that the merchant has told of."""
        one = (await self.town.shipment(self.key, key, **changes))["parcels"][0]
        self.last[one["parcel"]] = FIRST_AFTER
        return Sent(one["parcel"], one["tracking"], one["sscc"], one["recipient_link"].partition("?k=")[2])

    async def told(self, phone: Phone, item: dict[str, Any]) -> list[ExceptionId]:
        """A statement on its way in; the exceptions that it opened."""
        [answer] = (await phone.tell(item)).json()["answers"]
        assert answer["outcome"].startswith("stored"), answer
        return [ExceptionId(opened["id"]) for opened in answer["exceptions"]]

    async def loaded(self, sent: Sent, phone: Phone | None = None) -> list[ExceptionId]:
        """The driver takes the parcel from the merchant over the counter."""
        phone = phone or self.phone
        said = HandedOver(
            **phone.next(),
            parcel=sent.parcel,
            giver=self.merchant,
            taker=phone.party,
            after=FIRST_AFTER,
            side=Side.TAKER,
            way=Way.COUNTER,
            state=State.LOADED,
        )
        opened = await self.told(phone, phone.item(said))
        self.last[sent.parcel] = said.handover if not opened else self.last[sent.parcel]
        return opened

    async def delivered(self, sent: Sent, pin: str) -> None:
        """The driver hands it over at the door, for the PIN."""
        known = (await self.phone.send("GET", f"/v1/parcels/{sent.parcel}")).json()
        body = b'{"pin":"' + pin.encode() + b'"}'
        said = HandedOver(
            **self.phone.next(),
            parcel=sent.parcel,
            giver=self.driver,
            taker=known["recipient"],
            after=self.last[sent.parcel],
            side=Side.GIVER,
            way=Way.PIN,
            state=State.DELIVERED,
            evidence=(Evidence.PIN,),
            body_hash=self.phone.body_hash(body),
        )
        assert await self.told(self.phone, self.phone.item(said, body)) == []

    async def read(self, sent: Sent, state: State, phone: Phone | None = None) -> None:
        """A reading."""
        phone = phone or self.phone
        said = Scanned(**phone.next(), parcel=sent.parcel, party=phone.party, state=state)
        await self.told(phone, phone.item(said))

    async def reported(self, sent: Sent, phone: Phone | None = None) -> ExceptionId:
        """Somebody says that it is damaged, which opens an exception that the lists know of."""
        phone = phone or self.phone
        said = Reported(**phone.next(), parcel=sent.parcel, party=phone.party, state=State.DAMAGED)
        [opened] = await self.told(phone, phone.item(said))
        await self.town.settle()
        return opened

    async def page(self, target: str, cookie: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """What a browser gets."""
        return await self.browser.get(target, headers=PAGE | (cookie or {}), **more)

    async def form(self, target: str, cookie: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        """What a browser gets for a form."""
        return await self.browser.post(target, data=fields, headers=PAGE | (cookie or {}))


@asynccontextmanager
async def a_scene(database: Database, folder: Path) -> AsyncIterator[Scene]:
    """A merchant, a depot and a driver with their devices; nothing is sent yet."""
    async with a_town(database, folder, pages=True) as town:
        merchant, key = await town.merchant()
        depot, driver = await town.party("depot", "Kalasatama"), await town.party("driver", "Mikko Virtanen")
        scanner, phone = await town.phone(depot), await town.phone(driver)
        assert town.site is not None
        yield Scene(town, town.site, town.client, merchant, key, depot, driver, scanner, phone)
        await town.here.store.close()


__all__ = ["ORIGIN", "PAGE", "RECIPIENT", "Scene", "Sent", "a_scene"]
