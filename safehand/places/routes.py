"""HTTP of places for machines: told, changed, listed, as GeoJSON; their days, sort plans and gates."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal, Resource
from safehand.places.calendars import Calendars
from safehand.places.commands import PlacesDesk
from safehand.places.errors import NoLane, NoSuchPlace
from safehand.places.geojson import FEATURES_MAX, MEDIA_TYPE, read_features, write_features
from safehand.places.holidays import read_days
from safehand.places.importing import Imports
from safehand.places.model import Place, PlaceKind
from safehand.places.places import Which
from safehand.places.sorting import SortPlans, SortRule
from safehand.places.wire import (
    ChangeIn,
    DaysOut,
    DaysToldOut,
    InstructionsIO,
    OpeningOut,
    PlaceIn,
    PlaceOut,
    PlacesOut,
    PlanIn,
    PlanOut,
    ReportOut,
    RuleIO,
)
from safehand.store.database import Store, Tx

NEXT_HEADER = "Safehand-Next"
"""Where a file of places goes on: the value of `after` for the next one."""
CURSOR_CHARS_MAX = 40

type Cursor = Annotated[str, Query(max_length=CURSOR_CHARS_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDesks:
    """What the routes of places ask."""

    store: Store
    desk: PlacesDesk
    calendars: Calendars
    plans: SortPlans
    imports: Imports
    guard: Guard

    @property
    def now_ms(self) -> int:
        """The desk's clock."""
        return self.desk.clock.now_ms()

    async def found(self, tx: Tx, me: Principal, action: Action, place: str, at_ms: int | None = None) -> Place:
        """A place that the asker may do this to.

        Errors
            NoSuchPlace, NotPermitted
        """
        found = await self.desk.places.get(tx, place[:CURSOR_CHARS_MAX], self.now_ms if at_ms is None else at_ms)
        about = Resource.of_place(found.id, party=found.party)
        self.guard.require(me, action, about, missing=NoSuchPlace(place))
        return found


def router(desks: PlaceDesks) -> APIRouter:
    """The routes under /v1/places."""
    api = APIRouter(prefix="/v1/places", tags=["places"])
    _files(api, desks)
    _telling(api, desks)
    _reading(api, desks)
    _days(api, desks)
    _sorting(api, desks)
    _gates(api, desks)
    return api


def _files(api: APIRouter, desks: PlaceDesks) -> None:
    reading = Depends(desks.guard.allow(Action.PLACE_READ))
    adding = Depends(desks.guard.allow(Action.PLACE_ADD))

    @api.get("/geojson", response_class=Response)
    async def export_places(
        me: Annotated[Principal, reading],
        kind: PlaceKind | None = None,
        retired: bool = False,
        after: Cursor = "",
    ) -> Response:
        """Places as GeoJSON, as many as one file takes; the header Safehand-Next says where the next file begins."""
        async with desks.store.transaction(readonly=True) as tx:
            reach = desks.guard.reach(me, Action.PLACE_READ)
            which = Which(kind=kind, retired=retired)
            page = await desks.desk.places.page(
                tx, reach, which, desks.now_ms, after=after, rows_max=FEATURES_MAX
            )  # fmt: skip
        headers = {NEXT_HEADER: page.next} if page.next else {}
        return Response(write_features(page.rows), headers=headers, media_type=MEDIA_TYPE)

    @api.post("/geojson")
    async def import_places(
        request: Request, me: Annotated[Principal, adding], sure: bool = False, dry: bool = False
    ) -> ReportOut:
        """Take a GeoJSON file in: all of it, or nothing if a row is refused, or doubted and not said to be `sure`."""
        features = await asyncio.to_thread(read_features, await request.body())
        return ReportOut.of(await desks.imports.take(features, me.id, sure=sure, dry=dry))


def _telling(api: APIRouter, desks: PlaceDesks) -> None:
    adding = Depends(desks.guard.allow(Action.PLACE_ADD))
    changing = Depends(desks.guard.allow(Action.PLACE_CHANGE))

    @api.post("", status_code=201)
    async def add_place(told: PlaceIn, me: Annotated[Principal, adding]) -> PlaceOut:
        """Add a place."""
        async with desks.store.transaction() as tx:
            return PlaceOut.of(await desks.desk.add(tx, told.draft(), me.id))

    @api.put("/{place}")
    async def change_place(place: str, told: ChangeIn, me: Annotated[Principal, changing]) -> PlaceOut:
        """Tell a place anew, from now on or from a moment ahead. What it was stays on record."""
        async with desks.store.transaction() as tx:
            found = await desks.found(tx, me, Action.PLACE_CHANGE, place)
            draft = told.draft(retired=told.retired)
            changed = await desks.desk.change(
                tx, found, draft, me.id, version=told.version, valid_from_ms=told.valid_from_ms
            )
        return PlaceOut.of(changed)


def _reading(api: APIRouter, desks: PlaceDesks) -> None:
    reading = Depends(desks.guard.allow(Action.PLACE_READ))

    @api.get("")
    async def list_places(
        me: Annotated[Principal, reading],
        kind: PlaceKind | None = None,
        retired: bool = False,
        after: Cursor = "",
    ) -> PlacesOut:
        """Places that the asker sees, oldest first."""
        async with desks.store.transaction(readonly=True) as tx:
            reach = desks.guard.reach(me, Action.PLACE_READ)
            which = Which(kind=kind, retired=retired)
            page = await desks.desk.places.page(tx, reach, which, desks.now_ms, after=after)
        return PlacesOut(places=[PlaceOut.of(one) for one in page.rows], next=page.next)

    @api.get("/{place}")
    async def read_place(
        place: str, me: Annotated[Principal, reading], at_ms: Annotated[int | None, Query(ge=0, le=2**48)] = None
    ) -> PlaceOut:
        """A place by id or code, as it stands or as it stood at that moment."""
        async with desks.store.transaction(readonly=True) as tx:
            return PlaceOut.of(await desks.found(tx, me, Action.PLACE_READ, place, at_ms))

    @api.get("/{place}/history")
    async def place_history(place: str, me: Annotated[Principal, reading]) -> PlacesOut:
        """Every version of a place, the newest first, with who told it and when."""
        async with desks.store.transaction(readonly=True) as tx:
            found = await desks.found(tx, me, Action.PLACE_READ, place)
            versions = await desks.desk.places.history(tx, found.id)
        return PlacesOut(places=[PlaceOut.of(one) for one in versions])


def _days(api: APIRouter, desks: PlaceDesks) -> None:
    reading = Depends(desks.guard.allow(Action.PLACE_READ))
    setting = Depends(desks.guard.allow(Action.PLACE_SET_DAYS))

    @api.get("/{place}/days")
    async def place_days(place: str, me: Annotated[Principal, reading]) -> DaysOut:
        """Holidays and extra days of a place."""
        async with desks.store.transaction(readonly=True) as tx:
            found = await desks.found(tx, me, Action.PLACE_READ, place)
            return DaysOut.of(await desks.calendars.days(tx, found))

    @api.post("/{place}/days")
    async def set_place_days(place: str, request: Request, me: Annotated[Principal, setting]) -> DaysToldOut:
        """Set days from iCalendar (holidays) or JSON (`[{"day": "2026-12-25", "kind": "closed", "name": "..."}]`)."""
        raw = await request.body()
        async with desks.store.transaction() as tx:
            found = await desks.found(tx, me, Action.PLACE_SET_DAYS, place)
            days = read_days(raw, desks.calendars.today(found))
            told = await desks.calendars.set(tx, found, days, me.id)
        return DaysToldOut(set=told.set, same=told.same, past=told.past)

    @api.get("/{place}/opening")
    async def next_opening(
        place: str,
        me: Annotated[Principal, reading],
        after: date,
        count: Annotated[int, Query(ge=1, le=400)] = 1,
    ) -> OpeningOut:
        """The count-th open day after a day."""
        async with desks.store.transaction(readonly=True) as tx:
            found = await desks.found(tx, me, Action.PLACE_READ, place)
            calendar = await desks.calendars.of(tx, found)
        return OpeningOut(day=calendar.opening_after(after, count))


def _sorting(api: APIRouter, desks: PlaceDesks) -> None:
    reading = Depends(desks.guard.allow(Action.PLACE_READ))
    changing = Depends(desks.guard.allow(Action.PLACE_CHANGE))

    @api.get("/{place}/sort-plan")
    async def sort_plan(place: str, me: Annotated[Principal, reading]) -> PlanOut:
        """A depot's sort plan as it stands."""
        async with desks.store.transaction(readonly=True) as tx:
            found = await desks.found(tx, me, Action.PLACE_READ, place)
            return PlanOut.of(await desks.plans.plan(tx, found, desks.now_ms))

    @api.put("/{place}/sort-plan")
    async def tell_sort_plan(place: str, told: PlanIn, me: Annotated[Principal, changing]) -> PlanOut:
        """Tell a depot's sort plan anew, whole."""
        rules = [SortRule(rule.prefix, rule.lane, rule.route) for rule in told.rules]
        async with desks.store.transaction() as tx:
            found = await desks.found(tx, me, Action.PLACE_CHANGE, place)
            plan = await desks.plans.tell(
                tx, found, rules, me.id, version=told.version, valid_from_ms=told.valid_from_ms
            )
        return PlanOut.of(plan)

    @api.get("/{place}/lane")
    async def lane_for(
        place: str, me: Annotated[Principal, reading], postal_code: Annotated[str, Query(max_length=16)]
    ) -> RuleIO:
        """The rule by which a postal code is sorted at a depot: the one with the longest prefix."""
        async with desks.store.transaction(readonly=True) as tx:
            found = await desks.found(tx, me, Action.PLACE_READ, place)
            plan = await desks.plans.plan(tx, found, desks.now_ms)
        if plan is None:
            raise NoLane(postal_code)
        rule = plan.rule_for(postal_code)
        return RuleIO(prefix=rule.prefix, lane=rule.lane, route=rule.route)


def _gates(api: APIRouter, desks: PlaceDesks) -> None:
    opening = Depends(desks.guard.allow(Action.PLACE_READ_PRIVATE))
    changing = Depends(desks.guard.allow(Action.PLACE_CHANGE))

    @api.get("/{place}/instructions")
    async def read_instructions(place: str, me: Annotated[Principal, opening]) -> InstructionsIO:
        """How a gate is opened. Each look is on record; a signed-in person proves once more who it is."""
        async with desks.store.transaction() as tx:
            found = await desks.found(tx, me, Action.PLACE_READ_PRIVATE, place)
            return InstructionsIO(text=await desks.desk.instructions(tx, found, me))

    @api.put("/{place}/instructions", status_code=204)
    async def put_instructions(place: str, told: InstructionsIO, me: Annotated[Principal, changing]) -> None:
        """Write down how a gate is opened, in the place of what was written before."""
        async with desks.store.transaction() as tx:
            found = await desks.found(tx, me, Action.PLACE_CHANGE, place)
            await desks.desk.instruct(tx, found, told.text, me.id)
