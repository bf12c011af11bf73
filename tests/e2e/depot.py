"""A depot with its tablet: an installation on a port that can go away and come back, and what a wedge scanner types."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Route,
    ViewportSize,
    expect,
)

from safehand.custody.aggregates import Aggregate, AggregateDraft, AggregatesDesk
from safehand.custody.head import Head
from safehand.events.statement import FIRST_AFTER, parse_statement
from safehand.events.vocabulary import AggregateKind
from safehand.identity.guard import SESSION_COOKIE
from safehand.kernel.ids import ParcelId, PartyId
from tests.e2e.browsing import Scheme
from tests.e2e.installed import LOGIN, Installed, installed
from tests.installations import Asked
from tests.servers import Database

TABLET = ViewportSize(width=1180, height=820)
KEY_MS = 2
"""A wedge scanner's pause between two keys."""
LANES, ROUTE = ("07", "14"), "K3"
NOTHING: dict[str, Any] = {"parcels": [], "aggregates": []}
ROW = {"sealed": False, "seal": None, "weight_g": 900, "exceptions": 0}


@dataclass(slots=True)
class Parcel:
    """A parcel of the day, with where the plan wants it."""

    parcel: str
    sscc: str
    s10: str
    tracking: str
    lane: str | None = "07"
    route: str | None = ROUTE


@dataclass(slots=True)
class Cage:
    """A cage of the day; `parcel` is its id, as in a statement."""

    parcel: str
    sscc: str
    holder: PartyId
    contents: list[Parcel]


@dataclass(slots=True)
class Depot:
    """The installation, who works there, and what is expected today."""

    database: Database
    folder: Path
    address: str
    session: str
    party: PartyId
    driver: PartyId
    merchant: PartyId
    parcels: list[Parcel]
    cages: list[Cage] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    running: ExitStack = field(default_factory=ExitStack)
    here: Installed | None = None

    def down(self) -> None:
        """The server goes away."""
        self.running.close()

    def up(self, *, after_ms: int = 0) -> None:
        """It comes back after so long, on the same port, with the same database."""
        port = urlsplit(self.address).port or 0
        again = installed(self.database, self.folder, port=port, again=True, ahead_ms=after_ms)
        self.here = self.running.enter_context(again)

    def cage(self, *contents: Parcel, ours: bool = False) -> Cage:
        """A cage that the merchant sends with these in it, or an empty one of the depot's own."""
        assert self.here is not None
        here, holder = self.here.here, self.party if ours else self.merchant
        inside = tuple(ParcelId(one.parcel) for one in contents)
        draft = AggregateDraft(
            kind=AggregateKind.CAGE, holder=holder, merchant=None if ours else holder, contents=inside
        )

        async def made() -> Aggregate:
            desk = AggregatesDesk(here.ledger, here.clock, here.settings.company_prefix)
            async with here.store.transaction() as tx:
                return await desk.create(tx, draft)

        found = self.here.do(made())
        self.cages.append(Cage(found.aggregate, found.sscc, holder, list(contents)))
        return self.cages[-1]

    def ask[T](self, sql: str, *values: object) -> list[Any]:
        """Rows, as the application reads them."""
        assert self.here is not None
        here = self.here.here

        async def rows() -> list[Any]:
            async with here.store.transaction(readonly=True) as tx:
                return list(await tx.fetch(sql, *values))

        return self.here.do(rows())

    def told(self, one: Parcel | Cage) -> list[str]:
        """What devices have said of a parcel, in their order."""
        said = self.ask("SELECT raw FROM statements WHERE parcel = $1 ORDER BY sequence", one.parcel)
        found = [parse_statement(bytes(row["raw"])) for row in said]
        return [
            " ".join(filter(None, (each.kind, getattr(each, "side", ""), getattr(each, "state", "")))) for each in found
        ]

    def head(self, one: Parcel | Cage) -> Head:
        """Where it stands, by its facts."""
        assert self.here is not None
        here = self.here.here

        async def found() -> Head:
            async with here.store.transaction(readonly=True) as tx:
                return await here.reader.head(tx, one.parcel)

        return self.here.do(found())

    def code(self) -> str:
        """A code for another tablet, as a colleague reads it out."""
        with httpx.Client(base_url=self.address, cookies={SESSION_COOKIE: self.session}) as client:
            asked = {"party": self.party, "label": "ramp"}
            made = client.post("/v1/device-codes", json=asked, headers={"Origin": self.address})
            return str(made.json()["code"])

    def worklist(self, after: str | None = None) -> dict[str, Any]:
        """The list of the day, as GET /v1/depots/{depot}/worklist tells it; then what has changed."""
        rows = [
            {
                "parcel": one.parcel,
                "numbers": {"sscc": one.sscc, "s10": one.s10, "tracking": one.tracking},
                "state": "created",
                "custodian": self.merchant,
                "after": FIRST_AFTER,
                "lane": one.lane,
                "route": one.route,
            }
            | ROW
            for one in self.parcels
        ]
        cages = [
            {
                "aggregate": one.parcel,
                "sscc": one.sscc,
                "contents": [inside.parcel for inside in one.contents],
                "custodian": one.holder,
                "after": FIRST_AFTER,
            }
            for one in self.cages
        ]
        lanes = [{"lane": lane, "name": f"Lane {lane}"} for lane in LANES]
        routes = [{"route": ROUTE, "name": "Mikko", "driver": self.driver}]
        listed = {"parcels": rows, "aggregates": cages, "gone": []} if after is None else NOTHING | {"gone": self.gone}
        return listed | {"next": "1", "more": False, "lanes": lanes, "routes": routes}


@contextmanager
def a_depot(database: Database, folder: Path, parcels: int) -> Iterator[Depot]:
    """One depot, a driver, and a merchant that announced so many parcels."""
    running = ExitStack()
    here = running.enter_context(installed(database, folder))
    with ThreadPoolExecutor(1) as aside:  # Playwright's loop runs in this thread
        depot = aside.submit(asyncio.run, _settled(database, folder, here, parcels)).result()
    depot.running, depot.here = running, here
    try:
        yield depot
    finally:
        depot.running.close()


async def _settled(database: Database, folder: Path, here: Installed, parcels: int) -> Depot:
    async with httpx.AsyncClient(base_url=here.address) as client:
        town = Asked(client)
        town.admin = await town.sign_in(LOGIN)
        party, driver = await town.party("depot", "Pasila depot"), await town.party("driver", "Mikko")
        staff = await town.hire("satu", "depot", party=party)
        merchant, key = await town.merchant()
        made = [(await town.shipment(key, f"key-{number}"))["parcels"][0] for number in range(parcels)]
    numbers = [Parcel(one["parcel"], one["sscc"], one["s10"], one["tracking"]) for one in made]
    session = staff["Cookie"].partition("=")[2]
    return Depot(database, folder, here.address, session, party, driver, merchant, numbers)


@dataclass  # no slots: Playwright keeps a mark on the object whose methods it calls
class Tablet:
    """A browser's window at the depot's screens, and everything that went wrong in it."""

    page: Page
    context: BrowserContext
    depot: Depot
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Go to the screens; the tablet is enrolled at the first time."""
        self.page.goto(self.depot.address + "/depot")

    def enrol(self) -> None:
        """As the colleague who is signed in."""
        self.page.get_by_role("button", name="Enrol this tablet for Pasila depot").click()
        expect(self.page.get_by_label("Scan or type a number")).to_be_visible()
        expect(self.page.get_by_text("on the list")).to_be_visible()

    def wedge(self, text: str) -> None:
        """A wedge scanner reads something, wherever the focus is."""
        self.page.keyboard.type(text, delay=KEY_MS)
        self.page.keyboard.press("Enter")

    def weighs(self, text: str) -> None:
        """A scale types a weight into the field."""
        self.page.get_by_label("Scan or type a number").focus()
        self.wedge(text)

    def report(self, what: str) -> None:
        """Something is wrong with what was scanned last."""
        self.page.keyboard.press("F7")
        self.page.get_by_label(what).check()
        self.page.get_by_role("button", name="Report it").click()
        self.answers("Reported")
        expect(self.page.get_by_role("dialog")).to_be_hidden()

    def answers(self, word: str) -> None:
        """The answer on the screen."""
        expect(self.page.locator(".answer .word")).to_have_text(word)

    def sent(self) -> None:
        """Everything said has been answered."""
        expect(self.page.locator("#waiting")).to_have_text("0", timeout=15_000)

    def clock(self, ahead_ms: int) -> None:
        """Somebody sets its clock, or time goes by."""
        self.page.evaluate("ms => { const now = Date.now; Date.now = () => now() + ms; }", ahead_ms)

    @property
    def strangers(self) -> list[str]:
        """Addresses of other origins that were asked for."""
        ours = urlsplit(self.depot.address).netloc
        return [url for url in self.asked if urlsplit(url).netloc not in {ours, ""}]


@contextmanager
def a_tablet(
    browser: Browser, depot: Depot, *, scheme: Scheme = "light", size: ViewportSize = TABLET, language: str = "en"
) -> Iterator[Tablet]:
    """A window of its own, with the session of somebody at the depot."""
    context = browser.new_context(viewport=size, color_scheme=scheme, locale=language, reduced_motion="reduce")
    context.add_cookies([{"name": SESSION_COOKIE, "value": depot.session, "url": depot.address}])
    page = context.new_page()
    tablet = Tablet(page, context, depot)

    def told(said: ConsoleMessage) -> None:
        if said.type == "error" and "ERR_" not in said.text:
            tablet.complaints.append(said.text)

    def broke(error: Error) -> None:
        tablet.complaints.append(str(error))

    def listed(route: Route) -> None:
        after = parse_qs(urlsplit(route.request.url).query).get("after", [None])[0]
        route.fulfill(status=200, content_type="application/json", body=json.dumps(depot.worklist(after)))

    def asked(request: Request) -> None:
        tablet.asked.append(request.url)

    context.on("request", asked)
    page.on("console", told)
    page.on("pageerror", broke)
    page.route("**/v1/depots/*/worklist*", listed)
    try:
        yield tablet
    finally:
        context.close()
