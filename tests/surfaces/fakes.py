"""The ports of the pages, filled with the sample day; and the whole site on top of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import jinja2
from fastapi import FastAPI, Request

from safehand.events.vocabulary import ExceptionState, Resolution, State
from safehand.identity.actions import Action
from safehand.identity.errors import NotPermitted, SignInNeeded
from safehand.identity.guard import LINK_COOKIE, SESSION_COOKIE, Guard
from safehand.identity.model import ANONYMOUS, Principal, PrincipalKind
from safehand.kernel.clock import Clock, HandClock
from safehand.kernel.errors import Conflict, NotFound, Unavailable
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, UserId
from safehand.labels.numbers import read_number
from safehand.ledger.succession import Succession
from safehand.surfaces.ports import Door, Gate, OwnDepot
from safehand.surfaces.risks import ChangedView
from safehand.surfaces.views import (
    CaseList,
    CaseView,
    DataWish,
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
from safehand.surfaces.web.pages import Pages, load_pages
from safehand.surfaces.web.site import Site
from safehand.surfaces.web.verify import Trust
from tests.ledger.logs import a_key
from tests.surfaces import day
from tests.surfaces.account import Account
from tests.surfaces.addresses import Addresses
from tests.surfaces.besides import answer_besides
from tests.surfaces.calls import Calls
from tests.surfaces.depots import Depots
from tests.surfaces.findings import Findings
from tests.surfaces.people import People, Training
from tests.surfaces.places import Places
from tests.surfaces.risks import Risks

TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
EVERYTHING = frozenset(Action)
RECEIPT = ReceiptFile(b"c2sp.org/tlog-proof@v1\n", "SH734418294417-48213.tlog-proof")


class NoParcel(NotFound):
    """No parcel of that number."""

    code = "parcels.no_such_number"


class Decided(Conflict):
    """Somebody was faster."""

    code = "status.409"


class Down(Unavailable):
    """The database is gone."""

    code = "status.503"


@dataclass(slots=True)
class Town:
    """Parcels and exceptions in memory."""

    parcels_by_id: dict[ParcelId, ParcelView] = field(default_factory=day.parcels)
    said: list[tuple[str, ...]] = field(default_factory=list)
    empty: bool = False
    down: bool = False
    may: frozenset[Action] = EVERYTHING
    listening: set[asyncio.Event] = field(default_factory=set)

    def up(self) -> None:
        if self.down:
            raise Down

    def numbered(self, number: str) -> ParcelView | None:
        views = self.parcels_by_id.values()
        return next((view for view in views if view.head.numbers.tracking == number), None)

    def ring(self) -> None:
        for event in self.listening:
            event.set()

    async def overview(self, viewer: Staff) -> Overview:
        self.up()
        whole = day.an_overview()
        if not self.empty:
            open_ones = tuple(case for case in self._cases() if case.state is not ExceptionState.RESOLVED)
            return replace(whole, cases=open_ones, open_exceptions=len(open_ones))
        return replace(whole, states={}, open_exceptions=0, cases=(), movements=(), holdings=(), behind=0)

    async def parcels(self, viewer: Staff, state: State | None, after: str | None) -> ParcelList:
        rows = tuple(row for row in day.rows() if state in {None, row.state})
        return ParcelList(rows=() if self.empty else rows, names=day.NAMES, more=None if self.empty else "next one")

    async def find(self, viewer: Staff, number: str) -> ParcelId:
        if ParcelId(number) in self.parcels_by_id:
            return ParcelId(number)
        text = read_number(number).text
        for id, view in self.parcels_by_id.items():
            numbers = view.head.numbers
            if text in {numbers.sscc, numbers.s10, numbers.tracking}:
                return id
        raise NoParcel(number=number)

    async def parcel(self, viewer: Staff, parcel: ParcelId) -> ParcelView:
        self.up()
        if parcel not in self.parcels_by_id:
            raise NoParcel(number=parcel)
        return self.parcels_by_id[parcel]

    def _cases(self) -> list[ExceptionCase]:
        return [case for view in self.parcels_by_id.values() for case in view.cases]

    async def cases(self, viewer: Staff, state: ExceptionState | None, after: str | None) -> CaseList:
        every = [] if self.empty else [*self._cases(), day.OLD]
        counts = {each: sum(case.state is each for case in every) for each in ExceptionState}
        waiting = [case for case in every if case.state is not ExceptionState.RESOLVED]
        kept = waiting if state is None else [case for case in every if case.state is state]
        return CaseList(rows=tuple(kept), names=day.NAMES, counts=counts)

    async def case(self, viewer: Staff, exception: ExceptionId) -> CaseView:
        for view in self.parcels_by_id.values():
            for case in view.cases:
                if case.exception == exception:
                    named = day.NAMES.parties.items()
                    parties = tuple((PartyId(id), name) for id, name in named if not id.startswith("usr"))
                    staff = ((day.RITVA, "Ritva Salo"), (day.KIMMO, "Kimmo Ranta"))
                    return CaseView(case=case, parcel=view, parties=parties, staff=staff, may=self.may)
        raise NoParcel(number=exception)

    async def receipt(self, viewer: Staff, parcel: ParcelId, position: int | None) -> ReceiptFile:
        if (await self.parcel(viewer, parcel)).log is None:
            raise Down
        return RECEIPT

    def _change(self, exception: ExceptionId, **changes: Any) -> None:
        for id, view in self.parcels_by_id.items():
            cases = tuple(replace(case, **changes) if case.exception == exception else case for case in view.cases)
            self.parcels_by_id[id] = replace(view, cases=cases)
        self.ring()

    async def assign(self, viewer: Staff, exception: ExceptionId, owner: UserId) -> None:
        self.said.append(("assign", exception, owner))
        self._change(exception, owner=owner, state=ExceptionState.ASSIGNED)

    async def resolve(self, viewer: Staff, exception: ExceptionId, resolution: Resolution) -> None:
        if (await self.case(viewer, exception)).case.state is ExceptionState.RESOLVED:
            raise Decided
        self.said.append(("resolve", exception, resolution))
        self._change(exception, state=ExceptionState.RESOLVED)

    async def override(self, viewer: Staff, exception: ExceptionId, seal: str) -> None:
        self.said.append(("override", exception, seal))
        self._change(exception, state=ExceptionState.RESOLVED)

    async def correct(self, viewer: Staff, exception: ExceptionId, custodian: PartyId, state: State) -> None:
        self.said.append(("correct", exception, custodian, state))
        self._change(exception, state=ExceptionState.RESOLVED)


@dataclass(slots=True)
class Outside:
    """What people outside are shown of the same town."""

    town: Town
    risks: Risks

    async def look(self, me: Principal, number: str) -> RecipientView | PublicView | None:
        self.town.up()
        view = self.town.numbered(read_number(number).text)
        if view is None:
            return None
        if me.parcel == view.head.parcel:
            return day.for_recipient(view)
        return PublicView(state=view.head.state, promised_on=view.head.promised_on)

    async def opens(self, number: str, token: str) -> bool:
        return token == TOKEN and self.town.numbered(number) is not None

    async def followed(self, me: Principal, number: str) -> ParcelId:
        view = self.town.numbered(number)
        if view is None or me.parcel != view.head.parcel:
            raise NoParcel(number=number)
        return view.head.parcel

    async def receipt(self, me: Principal, number: str) -> ReceiptFile:
        await self.followed(me, number)
        return RECEIPT

    async def leaked(self, me: Principal, number: str) -> None:
        await self.followed(me, number)
        self.town.said.append(("leaked", number))

    async def wishes(self, me: Principal, number: str) -> Mapping[DataWish, int]:
        await self.followed(me, number)
        return {DataWish(what): day.NOW_MS for what, about in self.town.said if what in set(DataWish)}

    async def wish(self, me: Principal, number: str, wish: DataWish) -> None:
        await self.followed(me, number)
        self.town.said.append((wish.value, number))

    async def changed(self, me: Principal, number: str) -> ChangedView:
        return self.risks.changed(await self.followed(me, number))

    async def object(self, me: Principal, number: str, words: str) -> None:
        self.risks.object(await self.followed(me, number), words)


@dataclass(slots=True)
class Ajar:
    """A watch whose doors are shut by hand."""

    open: dict[Principal, asyncio.Event] = field(default_factory=dict)

    @asynccontextmanager
    async def over(self, me: Principal) -> AsyncIterator[asyncio.Event]:
        self.open[me] = asyncio.Event()
        try:
            yield self.open[me]
        finally:
            del self.open[me]

    def shut(self, me: Principal) -> None:
        self.open[me].set()


@dataclass(slots=True)
class Bell:
    """The feed: rings whenever the town does."""

    town: Town

    async def moved(self, parcel: ParcelId | None) -> AsyncIterator[None]:
        event = asyncio.Event()
        self.town.listening.add(event)
        try:
            while True:
                await event.wait()
                event.clear()
                yield None
        finally:
            self.town.listening.discard(event)


def a_gate(town: Town, account: Account) -> Gate:
    """Knows the session and the link; refuses staff matters to whoever has neither."""
    public = {Action.PUBLIC_READ, Action.SESSION_OPEN, Action.SETUP_USE, Action.TRACKING_READ}

    def for_action(action: Action) -> Callable[..., Awaitable[Principal]]:
        async def who(request: Request) -> Principal:
            number = request.url.path.removeprefix("/t/").partition("/")[0]
            view = town.numbered(number) if request.url.path.startswith("/t/") else None
            if view is not None and request.cookies.get(LINK_COOKIE) == TOKEN:
                return Principal(kind=PrincipalKind.RECIPIENT, id="lnk", parcel=view.head.parcel)
            if request.cookies.get(SESSION_COOKIE) in account.alive:
                if action not in town.may | public:
                    raise NotPermitted(action=action.value)
                return Principal(kind=PrincipalKind.STAFF, id=day.RITVA, user=day.RITVA, session=day.SESSIONS[0].id)
            if action not in public:
                raise SignInNeeded
            return ANONYMOUS

        return who

    return for_action


class Pasila:
    """Everybody works at one depot."""

    async def own(self, viewer: Staff) -> OwnDepot | None:
        return OwnDepot(day.DEPOT, "Pasila depot", None)


SEES = frozenset({"now", "depots", "parcels", "cases", "places", "risk", "audit", "people", "training"})
"""Every page that the head of a page shows the way to."""


def a_door(gate: Gate, town: Town) -> Door:
    """Ritva, who is in security."""

    def for_action(action: Action) -> Callable[..., Awaitable[Staff]]:
        who = gate(action)

        async def viewer(request: Request) -> Staff:
            me = await who(request)
            sees = SEES if Action.TRAINING_TAKE in town.may else SEES - {"training"}
            return Staff(me=me, user=day.RITVA, name="Ritva Salo", roles=("security",), follows=True, sees=sees)

        return viewer

    return for_action


@cache
def the_pages() -> Pages:
    """Templates, words and look, read once for all tests; with the page of parts, which only tests serve."""
    loaded = load_pages(load_look(), HandClock(day.NOW_MS), day.HELSINKI, secure=False)
    ours = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    both = jinja2.ChoiceLoader([cast(jinja2.BaseLoader, loaded.templates.loader), ours])
    return replace(loaded, templates=loaded.templates.overlay(loader=both))


@dataclass(slots=True)
class World:
    """The site and the levers behind it."""

    app: FastAPI
    town: Town
    account: Account
    listeners: Listeners
    findings: Findings
    places: Places
    addresses: Addresses
    people: People
    depots: Depots
    risks: Risks


def a_site(
    clock: Clock | None = None, keep_alive_s: float = 15.0, trust: Trust | None = None, provider: bool = True
) -> World:
    """The whole site over a sample day."""
    clock = clock or HandClock(day.NOW_MS)
    findings, people, places, addresses = Findings(), People(), Places(), Addresses()
    depots, risks = Depots(), Risks()
    town, account, listeners = Town(), Account(), Listeners(Ajar(), keep_alive_s=keep_alive_s)
    gate = a_gate(town, account)
    pages = replace(the_pages(), clock=clock)
    site = Site(
        pages=pages,
        custody=town,
        tracking=Outside(town, risks),
        desk=town,
        entrance=account,
        account=account,
        secrets=account,
        passkeys=True,
        provider=provider,
        feed=Bell(town),
        cookies=Guard(cast(Any, None), cast(Any, None), "http://safehand.test"),
        gate=gate,
        door=a_door(gate, town),
        listeners=listeners,
        trust=trust or Trust(Succession(a_key().verifier), None),
        calls=Calls(),
        depots=Pasila(),
        days=depots,
        audit=findings,
        places=places,
        addresses=addresses,
        people=people,
        training=Training(),
        risks=risks,
    )
    app = FastAPI(openapi_url=None)
    for router in site.routers():
        app.include_router(router)

    answer_besides(app, pages)
    return World(app, town, account, listeners, findings, places, addresses, people, depots, risks)
