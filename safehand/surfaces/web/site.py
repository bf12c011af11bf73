"""All pages together: what `app` mounts."""

from dataclasses import dataclass

from fastapi import APIRouter

from safehand.surfaces.ports import CaseDesk, CustodyPages, Entrance, Feed, StaffDoor, TrackingPages
from safehand.surfaces.web import language, look, recipient
from safehand.surfaces.web.doorkeeper import Doorkeeper
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.recipient import RecipientPages
from safehand.surfaces.web.staff import cases, decisions, entrance, overview, parcels
from safehand.surfaces.web.staff.decisions import Decisions
from safehand.surfaces.web.staff.entrance import EntrancePages


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The pages and what they ask."""

    pages: Pages
    custody: CustodyPages
    tracking: TrackingPages
    desk: CaseDesk
    entrance: Entrance
    feed: Feed
    listeners: Listeners
    door: StaffDoor

    def routers(self) -> list[APIRouter]:
        """Every route of a page. None of them is part of the API's description."""
        pages = self.pages
        outside = RecipientPages(pages, self.tracking, self.feed, self.listeners, Doorkeeper(pages.clock))
        return [
            look.router(pages.look),
            language.router(pages),
            recipient.router(outside),
            entrance.router(EntrancePages(pages, self.entrance)),
            overview.router(pages, self.custody, self.feed, self.listeners, self.door),
            parcels.router(pages, self.custody, self.door),
            cases.router(pages, self.custody, self.desk, self.door),
            decisions.router(Decisions(pages, self.custody, self.desk), self.door),
        ]
