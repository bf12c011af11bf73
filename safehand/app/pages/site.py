"""The site: every page of an installation, each route with the action that it declares."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from safehand.app.installation import Installation
from safehand.app.pages.case_desk import CaseDecisions
from safehand.app.pages.custody_pages import StaffReading
from safehand.app.pages.entrance import FrontDoor
from safehand.app.pages.feed import MovedFeed
from safehand.app.pages.names import Naming
from safehand.app.pages.tracking_pages import LinkReading
from safehand.app.pages.viewers import Anybody, Viewers
from safehand.identity.guard import Allowed, Guard, declared_actions
from safehand.identity.model import Action
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.look import load_look
from safehand.surfaces.web.pages import Pages, load_pages
from safehand.surfaces.web.site import Site

READING = frozenset({"GET", "HEAD"})
OUTSIDE = {
    "/look": (Action.PUBLIC_READ, None),
    "/language": (Action.PUBLIC_READ, None),
    "/t": (Action.TRACKING_READ, None),
    "/sign-in": (Action.PUBLIC_READ, Action.SESSION_OPEN),
    "/sign-out": (None, Action.SESSION_CLOSE),
    "/setup": (Action.SETUP_USE, Action.SETUP_USE),
}
"""Routes in front of the staff door, by the first part of their path: what reading and sending there is."""


def site(here: Installation) -> Sequence[APIRouter]:
    """Every page of an installation, ready to be included in its application."""
    return [_declared(router, here.identity.guard) for router in build_site(here).routers()]


def build_site(here: Installation) -> Site:
    """The pages and what they ask."""
    guard, viewers, naming = here.identity.guard, _viewers(here), _naming(here)
    tracking = LinkReading(
        store=here.store,
        reader=here.reader,
        receipts=here.receipts,
        links=here.identity.links,
        pins=here.pins,
        naming=naming,
        guard=guard,
        clock=here.clock,
    )
    desk = CaseDecisions(
        store=here.store,
        reader=here.reader,
        decisions=here.decisions,
        parties=here.identity.parties,
        users=here.identity.users,
        viewers=viewers,
        guard=guard,
    )
    return Site(
        pages=pages_of(here),
        custody=_staff_reading(here, viewers, naming),
        tracking=tracking,
        desk=desk,
        entrance=FrontDoor(store=here.store, desk=here.identity.sign_in, links=here.identity.setup, clock=here.clock),
        feed=MovedFeed(here.bus, tracking),
        listeners=Listeners(),
        door=viewers.door,
    )


def pages_of(here: Installation) -> Pages:
    """What makes an installation's pages: look, words, clock and cookies."""
    secure = here.settings.origin.startswith("https://")
    return load_pages(load_look(), here.clock, ZoneInfo(here.settings.zone), secure=secure)


def _staff_reading(here: Installation, viewers: Viewers, naming: Naming) -> StaffReading:
    return StaffReading(
        store=here.store,
        reader=here.reader,
        receipts=here.receipts,
        parties=here.identity.parties,
        users=here.identity.users,
        naming=naming,
        viewers=viewers,
        guard=here.identity.guard,
        clock=here.clock,
        zone=ZoneInfo(here.settings.zone),
    )


def _viewers(here: Installation) -> Viewers:
    return Viewers(here.store, here.identity.users, here.identity.parties, here.identity.guard)


def _naming(here: Installation) -> Naming:
    identity = here.identity
    return Naming(identity.parties, identity.users, identity.devices, here.settings.zone)


def _declared(router: APIRouter, guard: Guard) -> APIRouter:
    """The same routes, each declaring its action: staff pages do so by their door, the others are told here.

    Errors
        LookupError  a route declares nothing, and nothing is known of it: nobody decided who may use it.
    """
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    if all(declared_actions(route) for route in routes):
        return router
    whole = APIRouter()
    for route in routes:
        asked = [] if declared_actions(route) else [Depends(_outside(route, guard))]
        whole.add_api_route(
            route.path,
            route.endpoint,
            methods=sorted(route.methods),
            dependencies=[*route.dependencies, *asked],
            include_in_schema=False,
        )
    return whole


def _outside(route: APIRoute, guard: Guard) -> Allowed:
    reads = route.methods <= READING
    known = OUTSIDE.get("/" + route.path.split("/")[1], (None, None))
    action = known[0 if reads else 1]
    if action is None:
        raise LookupError(f"{sorted(route.methods)} {route.path} declares no action")
    return Anybody(guard, action) if reads else guard.allow(action)
