"""The ports of the pages, filled with the sample day; and the whole site on top of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from safehand.events.vocabulary import ExceptionState, Resolution, State
from safehand.identity.model import Action
from safehand.kernel.clock import Clock, HandClock
from safehand.kernel.errors import Conflict, Invalid, NotFound, SafehandError, Unauthenticated, Unavailable
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, UserId
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.ports import SignedIn, StaffDoor
from safehand.surfaces.views import (
    CaseList,
    CaseView,
    ExceptionCase,
    Overview,
    ParcelList,
    ParcelView,
    PublicView,
    ReceiptFile,
    RecipientView,
    Staff,
)
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.look import load_look
from safehand.surfaces.web.pages import load_pages
from safehand.surfaces.web.problems import problem_page, wants_page
from safehand.surfaces.web.site import Site
from tests.surfaces import day

TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
SESSION = "a session"
PASSWORD = "a sentence is a good password"


class NoNumber(Invalid):
    """The check digit does not fit."""

    code = "test.no_number"


class NoParcel(NotFound):
    """No parcel of that number."""

    code = "test.no_parcel"


class Decided(Conflict):
    """Somebody was faster."""

    code = "test.decided"


class WrongPassword(Unauthenticated):
    """Login or password is wrong."""

    code = "test.wrong_password"


class Down(Unavailable):
    """The database is gone."""

    code = "test.down"


@dataclass(slots=True)
class Town:
    """All ports at once over one state in memory."""

    clock: Clock
    parcels_by_id: dict[ParcelId, ParcelView] = field(default_factory=day.parcels)
    said: list[tuple[str, ...]] = field(default_factory=list)
    empty: bool = False
    down: bool = False
    moves: set[asyncio.Event] = field(default_factory=set)

    def _up(self) -> None:
        if self.down:
            raise Down

    async def overview(self, viewer: Staff) -> Overview:
        self._up()
        whole = day.an_overview()
        if not self.empty:
            return replace(whole, cases=tuple(self._cases()))
        return replace(whole, states={}, open_exceptions=0, cases=(), movements=(), holdings=(), lag_ms=0)

    async def parcels(self, viewer: Staff, state: State | None, after: str | None) -> ParcelList:
        rows = tuple(row for row in day.rows() if state in {None, row.state})
        return ParcelList(rows=() if self.empty else rows, names=day.NAMES, more=None if self.empty else "next")

    async def find(self, viewer: Staff, number: str) -> ParcelId:
        bare = "".join(number.split()).upper()
        for id, view in self.parcels_by_id.items():
            numbers = view.head.numbers
            if bare in {id.upper(), numbers.sscc, numbers.s10, numbers.tracking}:
                return id
        if bare.isdigit():
            raise NoNumber(number=number)
        raise NoParcel(number=number)

    async def parcel(self, viewer: Staff, parcel: ParcelId) -> ParcelView:
        self._up()
        if parcel not in self.parcels_by_id:
            raise NoParcel(number=parcel)
        return self.parcels_by_id[parcel]

    def _cases(self) -> list[ExceptionCase]:
        return [case for view in self.parcels_by_id.values() for case in view.cases]

    async def cases(self, viewer: Staff, state: ExceptionState | None, after: str | None) -> CaseList:
        every = [] if self.empty else [*self._cases(), day.OLD]
        counts = {each: sum(case.state is each for case in every) for each in ExceptionState}
        kept = [
            case
            for case in every
            if case.state is state or (state is None and case.state is not ExceptionState.RESOLVED)
        ]
        return CaseList(rows=tuple(kept), names=day.NAMES, counts=counts)

    async def case(self, viewer: Staff, exception: ExceptionId) -> CaseView:
        for view in self.parcels_by_id.values():
            for case in view.cases:
                if case.exception == exception:
                    parties = tuple(
                        (PartyId(id), name) for id, name in day.NAMES.parties.items() if not id.startswith("usr")
                    )
                    staff = ((day.RITVA, "Ritva Salo"), (day.KIMMO, "Kimmo Ranta"))
                    return CaseView(case=case, parcel=view, parties=parties, staff=staff)
        raise NoParcel(number=exception)

    async def receipt(self, viewer: Staff, parcel: ParcelId, position: int | None) -> ReceiptFile:
        view = await self.parcel(viewer, parcel)
        if view.log is None:
            raise Down
        return ReceiptFile(b"c2sp.org/tlog-proof@v1\n", f"receipt-{view.head.numbers.tracking}.txt")

    def _change(self, exception: ExceptionId, **changes: object) -> None:
        for id, view in self.parcels_by_id.items():
            if any(case.exception == exception for case in view.cases):
                cases = tuple(
                    replace(case, **changes) if case.exception == exception else case  # type: ignore[arg-type]
                    for case in view.cases
                )
                self.parcels_by_id[id] = replace(view, cases=cases)
        for event in self.moves:
            event.set()

    async def assign(self, viewer: Staff, exception: ExceptionId, owner: UserId) -> None:
        self.said.append(("assign", exception, owner))
        self._change(exception, owner=owner, state=ExceptionState.ASSIGNED)

    async def resolve(self, viewer: Staff, exception: ExceptionId, resolution: Resolution) -> None:
        view = await self.case(viewer, exception)
        if view.case.state is ExceptionState.RESOLVED:
            raise Decided
        self.said.append(("resolve", exception, resolution))
        self._change(exception, state=ExceptionState.RESOLVED)

    async def override(self, viewer: Staff, exception: ExceptionId, seal: str) -> None:
        self.said.append(("override", exception, seal))
        self._change(exception, state=ExceptionState.RESOLVED)

    async def correct(self, viewer: Staff, exception: ExceptionId, custodian: PartyId, state: State) -> None:
        self.said.append(("correct", exception, custodian, state))
        self._change(exception, state=ExceptionState.RESOLVED)

    def _numbered(self, number: str) -> ParcelView | None:
        return next((view for view in self.parcels_by_id.values() if view.head.numbers.tracking == number), None)


@dataclass(slots=True)
class Outside:
    """What people outside are shown of the same town."""

    town: Town

    async def public(self, number: str) -> PublicView | None:
        self.town._up()
        if number == "734471828":
            raise NoNumber(number=number)
        view = self.town._numbered(number)
        if view is None:
            return None
        head = view.head
        return PublicView(tracking=head.numbers.tracking, state=head.state, promised_on=head.promised_on)

    async def opens(self, number: str, token: str) -> bool:
        return token == TOKEN and self.town._numbered(number) is not None

    async def recipient(self, number: str, token: str) -> RecipientView | None:
        view = self.town._numbered(number)
        return day.for_recipient(view) if view and token == TOKEN else None

    async def receipt(self, number: str, token: str) -> ReceiptFile:
        view = self.town._numbered(number)
        if view is None or token != TOKEN:
            raise NoParcel(number=number)
        return ReceiptFile(b"c2sp.org/tlog-proof@v1\n", f"receipt-{number}.txt")


@dataclass(slots=True)
class Door:
    """One account and one setup link."""

    setup_links: set[str] = field(default_factory=lambda: {"a-setup-link"})
    alive: set[str] = field(default_factory=lambda: {SESSION})

    async def sign_in(self, login: str, password: str, client: str) -> SignedIn:
        if (login, password) != ("ritva", PASSWORD):
            raise WrongPassword
        self.alive.add(SESSION)
        return SignedIn(SESSION, 43_200)

    async def sign_out(self, token: str) -> None:
        self.alive.discard(token)

    async def setup_open(self, token: str) -> bool:
        return token in self.setup_links

    async def setup(self, token: str, login: str, name: str, password: str) -> SignedIn:
        if len(password) < 12:
            raise NoNumber(number=login)
        self.setup_links.discard(token)
        return SignedIn(SESSION, 43_200)


@dataclass(slots=True)
class Bell:
    """The feed: rings whenever the town says so."""

    town: Town

    async def moved(self, parcel: ParcelId | None) -> AsyncIterator[None]:
        event = asyncio.Event()
        self.town.moves.add(event)
        try:
            while True:
                await event.wait()
                event.clear()
                yield None
        finally:
            self.town.moves.discard(event)

    async def parcel_of(self, number: str, token: str) -> ParcelId | None:
        view = self.town._numbered(number)
        return view.head.parcel if view and token == TOKEN else None


EVERYTHING = frozenset(Action)


def a_door(entrance: Door, may: frozenset[Action] = EVERYTHING) -> StaffDoor:
    """Lets in whoever brings the session; with the actions `may`."""

    def for_action(action: Action) -> Callable[[Request], Awaitable[Staff]]:
        async def staff(request: Request) -> Staff:
            if request.cookies.get("safehand_session") not in entrance.alive:
                raise WrongPassword
            if action not in may:
                raise NotAllowed
            return Staff(user=day.RITVA, name="Ritva Salo", roles=("security",), may=may)

        return staff

    return for_action


class NotAllowed(SafehandError):
    """The policies do not allow it."""

    code = "test.not_allowed"
    status = 403


@dataclass(slots=True)
class World:
    """The site and the levers behind it."""

    app: FastAPI
    town: Town
    entrance: Door
    listeners: Listeners


def a_site(clock: Clock | None = None, may: frozenset[Action] = EVERYTHING, keep_alive_s: float = 15.0) -> World:
    """The whole site over a sample day."""
    clock = clock or HandClock(day.NOW_MS)
    town, entrance, listeners = Town(clock), Door(), Listeners(keep_alive_s=keep_alive_s)
    pages = load_pages(load_look(), clock, day.HELSINKI, secure=False)
    site = Site(
        pages=pages,
        custody=town,
        tracking=Outside(town),
        desk=town,
        entrance=entrance,
        feed=Bell(town),
        listeners=listeners,
        door=a_door(entrance, may),
    )
    app = FastAPI(openapi_url=None)
    for router in site.routers():
        app.include_router(router)

    @app.exception_handler(SafehandError)
    async def refused(request: Request, error: SafehandError) -> Response:
        if wants_page(request):
            return problem_page(pages, request, error.status, error)
        return JSONResponse({"code": error.code}, status_code=error.status)

    @app.exception_handler(HTTPException)
    async def not_there(request: Request, error: HTTPException) -> Response:
        if wants_page(request):
            known = NoSuchPage() if error.status_code == 404 else None
            return problem_page(pages, request, error.status_code, known)
        return JSONResponse({}, status_code=error.status_code)

    return World(app, town, entrance, listeners)
