"""The site: every page of an installation, joined to the rooms that answer it."""

from zoneinfo import ZoneInfo

from safehand.app.addressing import addresses_of
from safehand.app.installation import Installation
from safehand.app.pages.address_pages import AddressAnswers
from safehand.app.pages.audit_pages import AuditAnswers
from safehand.app.pages.call_desk import Calls
from safehand.app.pages.case_desk import CaseDecisions
from safehand.app.pages.custody_pages import StaffReading
from safehand.app.pages.day_pages import DayReading
from safehand.app.pages.depot_pages import DepotReading
from safehand.app.pages.entrance import FrontDoor
from safehand.app.pages.feed import MovedFeed
from safehand.app.pages.names import Naming
from safehand.app.pages.people_pages import Learning, PeopleReading
from safehand.app.pages.place_pages import PlaceAnswers
from safehand.app.pages.risk_pages import RiskReading
from safehand.app.pages.tracking_pages import LinkReading
from safehand.app.pages.viewers import Viewers
from safehand.app.pages.vigil import Vigil
from safehand.app.risking import cells_of, contests_of
from safehand.app.routers import days_of
from safehand.depot.board import Board
from safehand.depot.reconciling import Reconciliations
from safehand.ledger.predecessor import PREDECESSOR_PATH, keys_of, read_predecessor
from safehand.places.basemap.builds import MapFolder
from safehand.risk.commands import RiskDesk
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.look import load_look
from safehand.surfaces.web.pages import Pages, load_pages
from safehand.surfaces.web.site import Site
from safehand.surfaces.web.verify import Trust


def build_site(here: Installation) -> Site:
    """The pages and what they ask."""
    identity, guard = here.identity, here.identity.guard
    viewers = Viewers(here.store, identity.users, guard)
    naming = Naming(identity.parties, identity.users, identity.devices, here.settings.zone)
    desk = CaseDecisions(
        store=here.store,
        reader=here.reader,
        decisions=here.decisions,
        projector=here.projector,
        parties=identity.parties,
        users=identity.users,
        viewers=viewers,
        guard=guard,
    )
    return Site(
        pages=pages_of(here),
        custody=_staff_reading(here, viewers, naming),
        tracking=_tracking(here, naming),
        desk=desk,
        entrance=FrontDoor(
            store=here.store,
            desk=identity.sign_in,
            ways_in=identity.ways_in,
            provider=identity.provider,
            links=identity.setup,
            clock=here.clock,
        ),
        account=identity.account,
        secrets=identity.sign_in,
        passkeys=identity.account.passkeys.relying is not None,
        provider=identity.provider.provider is not None,
        feed=MovedFeed(here.bus),
        cookies=guard,
        gate=viewers.gate,
        door=viewers.door,
        listeners=Listeners(Vigil(here.store, identity.sessions, identity.links, here.clock)),
        trust=_trust(here),
        calls=Calls(here.calls),
        depots=DepotReading(here.store, identity.parties),
        days=_day_reading(here),
        audit=AuditAnswers(store=here.store, desk=here.audit, users=identity.users, viewers=viewers, guard=guard),
        places=_place_answers(here),
        addresses=AddressAnswers(addresses_of(here), guard),
        people=PeopleReading(here.store, identity.parties, here.workforce, guard),
        training=Learning(here.store, here.workforce),
        risks=_risk_reading(here),
    )


def _place_answers(here: Installation) -> PlaceAnswers:
    """Places, and the basemap that they are drawn on."""
    return PlaceAnswers(
        store=here.store,
        map=here.places,
        parties=here.identity.parties,
        users=here.identity.users,
        guard=here.identity.guard,
        maps=MapFolder(here.settings.map_folder),
        zone=ZoneInfo(here.settings.zone),
    )


def _trust(here: Installation) -> Trust:
    """What receipts are held against on the public page."""
    statement = here.settings.log_folder / PREDECESSOR_PATH
    before = read_predecessor(statement.read_bytes(), here.signers.first) if statement.is_file() else None
    policy = here.witnesses.policy if here.witnesses else None
    return Trust(here.signers, policy, here.timestamps, before, keys_of(before, here.settings.data) if before else None)


def pages_of(here: Installation) -> Pages:
    """What makes an installation's pages: look, words, clock and cookies."""
    secure = here.settings.origin.startswith("https://")
    return load_pages(load_look(), here.clock, ZoneInfo(here.settings.zone), secure=secure)


def _tracking(here: Installation, naming: Naming) -> LinkReading:
    return LinkReading(
        store=here.store,
        reader=here.reader,
        receipts=here.receipts,
        links=here.identity.links,
        pins=here.pins,
        desk=here.link_desk,
        naming=naming,
        guard=here.identity.guard,
        clock=here.clock,
        heard=contests_of(here),
    )


def _risk_reading(here: Installation) -> RiskReading:
    return RiskReading(
        desk=RiskDesk(here.store, here.clock),
        heard=contests_of(here),
        atlas=addresses_of(here).atlas,
        users=here.identity.users,
        guard=here.identity.guard,
        reader=here.reader,
        addresses=cells_of(here),
    )


def _day_reading(here: Installation) -> DayReading:
    days, reader = days_of(here), here.reader
    return DayReading(
        store=here.store,
        parties=here.identity.parties,
        days=days,
        board=Board(reader, days),
        reconciliations=Reconciliations(reader),
        guard=here.identity.guard,
    )


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
