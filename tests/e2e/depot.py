"""A depot with its tablet: an installation on a port that can go away and come back, and what a wedge scanner types."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
)

from safehand.custody.aggregates import Aggregate, AggregateDraft, AggregatesDesk
from safehand.custody.head import Head
from safehand.events.statement import parse_statement
from safehand.events.vocabulary import AggregateKind
from safehand.identity.guard import SESSION_COOKIE
from safehand.kernel.ids import ParcelId, PartyId
from safehand.places.model import Checkpoint, Draft, PlaceKind, ReadPoint
from safehand.places.model import Depot as DepotDetails
from safehand.places.sorting import SortRule
from tests.e2e.browsing import Scheme
from tests.e2e.installed import LOGIN, Installed, installed
from tests.installations import RECIPIENT, Asked
from tests.places.scenes import HERE, ZONE
from tests.servers import Database

TABLET = ViewportSize(width=1180, height=820)
KEY_MS = 2
"""A wedge scanner's pause between two keys."""
LANES, ROUTE = ("07", "14"), "K3"
OTHER = "1Z999AA10123456784"
"""What another carrier wrote on the first parcel."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(slots=True)
class Parcel:
    """A parcel of the day; the plan wants it in lane 07, for route K3."""

    parcel: str
    sscc: str
    s10: str
    tracking: str


@dataclass(slots=True)
class Cage:
    """A cage of the day; `parcel` is its id, as in a statement."""

    parcel: str
    sscc: str


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
    key: dict[str, str]
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
        self.settle()
        return Cage(found.aggregate, found.sscc)

    def cancelled(self, one: Parcel) -> None:
        """The merchant has no use for it any more."""
        with httpx.Client(base_url=self.address, headers=self.key) as client:
            assert client.post(f"/v1/parcels/{one.parcel}/cancel", json={}).is_success
        self.settle()

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

    def settle(self) -> None:
        """Everything told so far is folded into the depot's floor."""
        assert self.here is not None
        here = self.here.here

        async def folded() -> None:
            while await here.sequencer.run_once():
                pass
            await here.projector.run_once()  # begins
            while await here.projector.run_once():
                pass

        self.here.do(folded())


@contextmanager
def a_depot(database: Database, folder: Path, parcels: int) -> Iterator[Depot]:
    """One depot, a driver, and a merchant that announced so many parcels."""
    running = ExitStack()
    here = running.enter_context(installed(database, folder))
    with ThreadPoolExecutor(1) as aside:  # Playwright's loop runs in this thread
        depot = aside.submit(asyncio.run, _settled(database, folder, here, parcels)).result()
    depot.running, depot.here = running, here
    depot.settle()
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
        here.do(_on_the_map(here, party))
        [day] = [await town.told("GET", f"/v1/depots/{party}/routes", town.admin)]
        driven = {"routes": [{"route": ROUTE, "driver": driver}]}
        await town.told("PUT", f"/v1/depots/{party}/routes/{day['day']}", town.admin, json=driven)
        rows = [
            {
                "reference": f"row-{row}",
                "recipient": RECIPIENT,
                "parcels": [{"weight_g": 900} | ({"number": OTHER} if row == 0 else {})],
            }
            for row in range(parcels)
        ]
        said = {"count": parcels, "shipments": rows}
        report = await town.told("POST", "/v1/manifests", key, json=said)
    made = [row["parcels"][0] for row in report["rows"]]
    numbers = [Parcel(one["parcel"], one["sscc"], one["s10"], one["tracking"]) for one in made]
    session = staff["Cookie"].partition("=")[2]
    return Depot(database, folder, here.address, session, party, driver, merchant, numbers, key)


async def _on_the_map(here: Installed, party: PartyId) -> None:
    """A depot with two lanes, whose plan leads every postal code to one of them."""
    places = here.here.places
    depot = Draft(
        kind=PlaceKind.DEPOT,
        code="PASILA",
        name="Pasila",
        shape=HERE,
        details=DepotDetails(zone=ZONE, hours=dict.fromkeys(DAYS, ("00:00-24:00",)), cut_offs={}),
        party=party,
    )
    lanes = [
        Draft(
            kind=PlaceKind.CHECKPOINT,
            code=lane,
            name=f"Lane {lane}",
            shape=None,
            details=Checkpoint(role=ReadPoint.LANE),
            party=None,
            within=depot.code,
        )
        for lane in LANES
    ]
    async with here.here.store.transaction() as tx:
        place = await places.desk.add(tx, depot, "usr_anna")
        for lane in lanes:
            await places.desk.add(tx, lane, "usr_anna")
        await places.plans.tell(tx, place, [SortRule("", LANES[0], ROUTE)], "usr_anna", version=0)


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

    def scans_aside(self, text: str) -> None:
        """A wedge scanner reads something while the focus is in another field: no key is slower than a scanner's."""
        self.page.evaluate(
            """keys => keys.forEach(key => document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })))""",
            [*text, "Enter"],
        )

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

    def answers(self, word: str, of: Parcel | None = None) -> None:
        """The answer on the screen; `of` a parcel, where the one before it had the same word."""
        if of is not None:
            expect(self.page.locator(".answer .code")).to_have_text(re.compile(r"\s*".join(of.tracking)))
        expect(self.page.locator(".answer .word")).to_have_text(word)

    def sent(self) -> None:
        """Everything said has been answered."""
        expect(self.page.locator("#waiting")).to_have_text("0", timeout=15_000)

    def fails_at(self, kind: str) -> None:
        """From now on its storage gives out at statements of a kind."""
        self.page.evaluate(
            """kind => {
                const add = IDBObjectStore.prototype.add;
                IDBObjectStore.prototype.add = function (row) {
                    if (row.raw?.includes(`"kind":"${kind}"`)) queueMicrotask(() => this.transaction.abort());
                    return add.call(this, row);
                };
            }""",
            kind,
        )

    def clock(self, ahead_ms: int) -> None:
        """Somebody sets its clock, or time goes by."""
        self.page.evaluate("ms => { const now = Date.now; Date.now = () => now() + ms; }", ahead_ms)

    @property
    def strangers(self) -> list[str]:
        """Addresses of other origins that were asked for."""
        ours = urlsplit(self.depot.address).netloc  # what the browser shows a label with is its own
        return [url for url in self.asked if url.startswith("http") and urlsplit(url).netloc != ours]


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

    def asked(request: Request) -> None:
        tablet.asked.append(request.url)

    context.on("request", asked)
    page.on("console", told)
    page.on("pageerror", broke)
    try:
        yield tablet
    finally:
        context.close()
