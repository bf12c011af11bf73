"""How the tests look at pages: where Chromium is, which pages there are, and what must never happen on one."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, ViewportSize

from safehand.identity.guard import SESSION_COOKIE
from tests.surfaces import day
from tests.surfaces.account import SESSION
from tests.surfaces.addresses import OPEN as OPEN_ADDRESS
from tests.surfaces.depots import BARE, PASILA
from tests.surfaces.fakes import TOKEN, World
from tests.surfaces.findings import OPEN_KEY
from tests.surfaces.people import MIKKO
from tests.surfaces.places import DEPOT, POINT
from tests.surfaces.risks import HOT, THEIRS

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
START_S = 10
PHONE, DESK, NARROW = (
    ViewportSize(width=390, height=844),
    ViewportSize(width=1440, height=900),
    ViewportSize(width=320, height=700),
)
MINE, DONE, PUBLIC = (
    f"/t/{day.BOX_NUMBERS.tracking}?k={TOKEN}",
    f"/t/{day.DONE_NUMBERS.tracking}?k={TOKEN}",
    f"/t/{day.CALM_NUMBERS.tracking}",
)
OUTSIDE = {
    "recipient": MINE,
    "recipient-data": f"/t/{day.BOX_NUMBERS.tracking}/data",  # with the cookie that the page before it left
    "recipient-changed": f"/t/{day.BOX_NUMBERS.tracking}/changed",  # the same
    "recipient-delivered": DONE,
    "number": PUBLIC,
    "number-unknown": "/t/SH000000000000",
    "sign-in": "/sign-in",
    "sign-in-code": "/sign-in/code",
    "setup": "/setup/a-setup-link",
    "reset": "/reset/a-reset-link",
    "verify": "/verify",
}
STAFF = {
    "overview": "/",
    "parcels": "/parcels",
    "parcels-wrong-number": "/parcels?q=SH734418294417",
    "parcel": f"/parcels/{day.BOX}",
    "parcel-delivered": f"/parcels/{day.DONE}",
    "exceptions": "/exceptions",
    "exception": f"/exceptions/{day.SEAL_CASE}",
    "decide-seal": f"/exceptions/{day.SEAL_CASE}/override",
    "decide-custody": f"/exceptions/{day.FORK_CASE}/correct",
    "decide-close": f"/exceptions/{day.FORK_CASE}/resolve",
    "account": "/account",
    "call": "/call",
    "addresses": "/addresses",
    "address": f"/addresses/{OPEN_ADDRESS.id}",
    "risk": "/risk",
    "risk-cell": f"/risk/cells/{HOT}",
    "risk-contests": "/risk/contests",
    "risk-contest": f"/risk/contests/{THEIRS.id}",
    "risk-effects": "/risk/effects",
    "risk-areas": "/risk/areas",
    "risk-loss": "/risk/loss",
    "confirm": "/confirm?to=/account",
    "findings": "/audit",
    "finding": f"/audit/{OPEN_KEY}",
    "access": "/audit/access",
    "places": "/places",
    "place-depot": f"/places/{DEPOT}",
    "place-point": f"/places/{POINT}",
    "place-file": "/places/take",
    "depots": "/depots",
    "depot-day": f"/depots/{PASILA.party}",
    "depot-bare": f"/depots/{BARE.party}",
    "people": "/people",
    "person": f"/people/{MIKKO}",
    "training": "/training",
    "course": "/training/security_threats",
    "quiz": "/training/handover/quiz",
    "no-such-page": "/nothing/here",
    "parts": "/parts",
}
PAGES = OUTSIDE | STAFF
REFUSED = {"number-unknown": 404, "parcels-wrong-number": 422, "no-such-page": 404}

type Scheme = Literal["light", "dark"]


def find_chromium() -> str:
    """Where Chromium is; without one these tests cannot tell anything."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found is not None, "no Chromium: `make setup` installs Debian's, or install one of " + ", ".join(NAMES)
    return found


@dataclass(slots=True)
class Served:
    """The site on a port."""

    world: World
    address: str


@contextmanager
def served(world: World) -> Iterator[Served]:
    """Serve the site from a thread until left."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(world.app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        until = time.monotonic() + START_S
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        try:
            assert server.started
            yield Served(world, f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            world.listeners.close()
            server.should_exit = True
            thread.join()


@dataclass  # no slots: Playwright keeps a mark on the object whose methods it calls
class Seen:
    """A page and everything that went wrong on it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def strangers(self) -> list[str]:
        """Addresses of other origins that were asked for."""
        ours = urlsplit(self.address).netloc
        asked = (urlsplit(request.url) for request in self.requests)
        return [url.geturl() for url in asked if url.scheme != "data" and url.netloc != ours]

    def asked(self, request: Request) -> None:
        """The page asked for something."""
        self.requests.append(request)

    def broke(self, error: Error) -> None:
        """A script of the page failed."""
        self.complaints.append(str(error))

    def told(self, said: ConsoleMessage) -> None:
        """The browser wrote something on its console: refusals by the policy land there."""
        if said.type == "error":
            self.complaints.append(said.text)

    def until(self, expression: str) -> None:
        """Wait until the page makes this true. Playwright's own wait evaluates inside it, which the policy forbids."""
        until = time.monotonic() + START_S
        while not self.page.evaluate(expression):
            assert time.monotonic() < until, expression
            self.page.wait_for_timeout(50)

    def open(self, path: str) -> int:
        """Go there; the status of the answer."""
        answer = self.page.goto(self.address + path, wait_until="load")
        assert answer is not None
        return answer.status


@contextmanager
def looking(
    browser: Browser,
    site: Served,
    *,
    scheme: Scheme = "light",
    size: ViewportSize = DESK,
    language: str = "en",
    signed_in: bool = True,
    script: bool = True,
    scale: float = 1,
    forced_colors: Literal["active", "none"] = "none",
) -> Iterator[Seen]:
    """A window of its own, with staff's cookie unless told otherwise."""
    context: BrowserContext = browser.new_context(
        viewport=size,
        color_scheme=scheme,
        locale=language,
        java_script_enabled=script,
        device_scale_factor=scale,
        forced_colors=forced_colors,
        reduced_motion="reduce",
    )
    if signed_in:
        context.add_cookies([{"name": SESSION_COOKIE, "value": SESSION, "url": site.address}])
    page = context.new_page()
    seen = Seen(page, site.address)
    page.on("request", seen.asked)
    page.on("pageerror", seen.broke)
    page.on("console", seen.told)
    try:
        yield seen
    finally:
        context.close()
