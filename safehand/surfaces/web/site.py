"""All pages together: what `app` mounts."""

from dataclasses import dataclass

from fastapi import APIRouter

from safehand.surfaces.addresses import AddressPages
from safehand.surfaces.depots import DayPages
from safehand.surfaces.findings import AuditPages
from safehand.surfaces.people import PeoplePages, TrainingPages
from safehand.surfaces.placing import PlacePages
from safehand.surfaces.ports import (
    CallDesk,
    CaseDesk,
    Cookies,
    CustodyPages,
    DepotPages,
    Door,
    Entrance,
    Feed,
    Gate,
    OwnAccount,
    Secrets,
    TrackingPages,
)
from safehand.surfaces.risks import RiskPages
from safehand.surfaces.web import built, depot, language, look, recipient, verify
from safehand.surfaces.web.built import load_built
from safehand.surfaces.web.depot import DepotScreens
from safehand.surfaces.web.doorkeeper import Doorkeeper
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.recipient import RecipientPages
from safehand.surfaces.web.staff import (
    account,
    addresses,
    calls,
    cases,
    decisions,
    depots,
    entrance,
    findings,
    overview,
    parcels,
    people,
    place_map,
    places,
    risks,
    training,
)
from safehand.surfaces.web.staff.account import AccountPages
from safehand.surfaces.web.staff.calls import CallPages
from safehand.surfaces.web.staff.decisions import Decisions
from safehand.surfaces.web.staff.entrance import EntrancePages
from safehand.surfaces.web.staff.place_map import PlaceMap
from safehand.surfaces.web.staff.places import AtlasPages
from safehand.surfaces.web.verify import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The pages and what they ask."""

    pages: Pages
    custody: CustodyPages
    tracking: TrackingPages
    desk: CaseDesk
    entrance: Entrance
    account: OwnAccount
    secrets: Secrets
    passkeys: bool
    """Whether browsers make passkeys for our address."""
    provider: bool
    """Whether the carrier has a sign-in of its own."""
    feed: Feed
    cookies: Cookies
    gate: Gate
    door: Door
    listeners: Listeners
    trust: Trust
    calls: CallDesk
    depots: DepotPages
    days: DayPages
    audit: AuditPages
    places: PlacePages
    addresses: AddressPages
    people: PeoplePages
    training: TrainingPages
    risks: RiskPages

    def routers(self) -> list[APIRouter]:
        """Every route of a page. None of them is part of the API's description."""
        pages, gate, door = self.pages, self.gate, self.door
        outside = RecipientPages(
            pages=pages,
            tracking=self.tracking,
            cookies=self.cookies,
            feed=self.feed,
            listeners=self.listeners,
            doorkeeper=Doorkeeper(pages.clock),
        )
        return [
            look.router(pages.look, gate),
            language.router(pages, gate),
            recipient.router(outside, gate),
            verify.router(pages, self.trust, gate),
            entrance.router(EntrancePages(pages, self.entrance, self.cookies, self.passkeys, self.provider), gate),
            account.router(AccountPages(pages, self.account, self.secrets, self.cookies), door),
            overview.router(pages, self.custody, self.feed, self.listeners, door),
            parcels.router(pages, self.custody, door),
            cases.router(pages, self.custody, self.desk, door),
            decisions.router(Decisions(pages, self.custody, self.desk), door),
            calls.router(CallPages(pages, self.calls), door),
            findings.router(pages, self.audit, door),
            place_map.router(PlaceMap(pages, load_built(), self.places), door),  # before `/places/{place}`
            places.router(AtlasPages(pages, self.places), door),
            addresses.router(pages, self.addresses, door),
            depots.router(pages, self.days, door),
            people.router(pages, self.people, door),
            training.router(pages, self.training, door),
            risks.router(pages, self.risks, door),
            built.router(load_built(), gate),
            depot.router(DepotScreens(pages, load_built(), self.depots), gate, door),
        ]
