"""HTTP of a depot's day: the worklist, who drives which route, load checks, and whether it all adds up."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from safehand.custody.errors import NotADepot
from safehand.depot.days import ROUTES_MAX, Days, Lane, RouteOfDay
from safehand.depot.entrusting import Entrusting, RouteOut
from safehand.depot.loading import LoadChecks
from safehand.depot.reconciling import Reconciliations
from safehand.depot.worklist import CURSOR_CHARS_MAX, Page, Worklist
from safehand.identity.actions import Action
from safehand.identity.errors import NoSuchParty
from safehand.identity.guard import Guard
from safehand.identity.model import PartyKind, Principal, Resource
from safehand.identity.parties import Parties, Party
from safehand.kernel.answers import answered
from safehand.kernel.ids import PartyId
from safehand.store.database import Store, Tx

type Text = Annotated[str, Field(min_length=1, max_length=40)]
type Asked = Annotated[date | None, Query()]


class Driven(BaseModel):
    """A route and who drives it; null takes the driver off it."""

    model_config = ConfigDict(extra="forbid")

    route: Text
    driver: Text | None


class Plan(BaseModel):
    """Routes of one day. Those that are not named stay as they are."""

    model_config = ConfigDict(extra="forbid")

    routes: Annotated[list[Driven], Field(max_length=ROUTES_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistOut(Page):
    """A page of the worklist, with what is the same for every parcel on it: the day, its lanes and its routes."""

    day: date
    lanes: list[Lane]
    routes: list[RouteOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesOut:
    """Who drives which route on a day."""

    day: date
    routes: list[RouteOfDay]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotDesks:
    """What these routes ask."""

    store: Store
    parties: Parties
    worklist: Worklist
    days: Days
    loads: LoadChecks
    entrusting: Entrusting
    reconciliations: Reconciliations
    guard: Guard


@dataclass(frozen=True, slots=True)
class DepotDoor:
    """Who gets to which depot."""

    parties: Parties
    guard: Guard

    async def seen(self, tx: Tx, depot: str, me: Principal, action: Action) -> Party:
        """The depot, if the asker may.

        Errors
            NoSuchParty, NotADepot
        """
        found = await self.parties.get(tx, depot)
        self.guard.require(me, action, Resource.of_party(found.id), missing=NoSuchParty(party=depot[:40]))
        if found.kind is not PartyKind.DEPOT:
            raise NotADepot(found.id, found.kind)
        return found


def router(desks: DepotDesks) -> APIRouter:
    """The routes under /v1/depots."""
    api = APIRouter(prefix="/v1/depots/{depot}", tags=["depots"])
    _floor(api, desks)
    _routes(api, desks)
    return api


def _floor(api: APIRouter, desks: DepotDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.get("/worklist", response_class=Response, responses=answered(WorklistOut))
    async def worklist(
        depot: str,
        me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))],
        after: Annotated[str | None, Query(max_length=CURSOR_CHARS_MAX)] = None,
    ) -> Response:
        """What a depot has to do with, so that a scan can be judged without asking; then what changed since `after`.

        Ask again with `next` at once while `more` is true; `routes` come with the last page. `gone` left the list;
        where `whole` is true, what was kept of an earlier list is void. Nothing in it says who a parcel is for.
        """
        async with store.transaction(readonly=True) as tx:
            id = await _seen(tx, desks, depot, me, Action.FLOOR_READ)
            page = await desks.worklist.page(tx, id, after)
            day = await desks.days.day(tx, id)
            lanes, driven = await desks.days.lanes(tx, id), await desks.days.routes(tx, id, day)
            routes = [] if page.more else await desks.entrusting.of_routes(tx, id, driven)
        return _json(WorklistOut(**_fields(page), day=day, lanes=lanes, routes=routes))

    @api.get("/reconciliation", response_model=None)
    async def reconciliation(
        depot: str, me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))], day: Asked = None
    ) -> Response:
        """What came and left on a day, today if none is named, and what is loose: on no van, with no exception."""
        async with store.transaction(readonly=True) as tx:
            id = await _seen(tx, desks, depot, me, Action.FLOOR_READ)
            meant = await desks.days.day(tx, id, day)
            found = await desks.reconciliations.of_day(tx, id, meant, await desks.days.calendar(tx, id))
        return _json(_fields(found) | {"settled": found.settled})


def _routes(api: APIRouter, desks: DepotDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.get("/routes", response_class=Response, responses=answered(RoutesOut))
    async def routes(
        depot: str, me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))], day: Asked = None
    ) -> Response:
        """Who drives which route on a day, today if none is named."""
        async with store.transaction(readonly=True) as tx:
            id = await _seen(tx, desks, depot, me, Action.FLOOR_READ)
            meant = await desks.days.day(tx, id, day)
            return _json(RoutesOut(day=meant, routes=await desks.days.routes(tx, id, meant)))

    @api.put("/routes/{day}", response_class=Response, responses=answered(RoutesOut))
    async def assign(
        depot: str, day: date, body: Plan, me: Annotated[Principal, Depends(guard.allow(Action.ROUTE_ASSIGN))]
    ) -> Response:
        """Say who drives which route on that day; routes that are not named stay as they are."""
        async with store.transaction() as tx:
            id = await _seen(tx, desks, depot, me, Action.ROUTE_ASSIGN)
            meant = await desks.days.day(tx, id, day)
            told = [(one.route, PartyId(one.driver) if one.driver is not None else None) for one in body.routes]
            await desks.days.assign(tx, id, meant, told, me.id)
            return _json(RoutesOut(day=meant, routes=await desks.days.routes(tx, id, meant)))

    @api.get("/routes/{day}/{route}/load", response_model=None)
    async def load(
        depot: str, day: date, route: str, me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))]
    ) -> Response:
        """The parcels of a route held against what its driver has."""
        async with store.transaction(readonly=True) as tx:
            id = await _seen(tx, desks, depot, me, Action.FLOOR_READ)
            meant = await desks.days.day(tx, id, day)
            driven = await desks.days.route(tx, id, meant, route)
            check = await desks.loads.check(tx, id, route, driven.driver, meant)
        return _json(
            _fields(check) | {"complete": check.complete, "day": meant, "route": route, "driver": driven.driver}
        )


async def _seen(tx: Tx, desks: DepotDesks, depot: str, me: Principal, action: Action) -> PartyId:
    return (await DepotDoor(desks.parties, desks.guard).seen(tx, depot, me, action)).id


def _fields(told: Any) -> dict[str, Any]:
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


def _json(said: Any) -> Response:
    return Response(msgspec.json.encode(said), media_type="application/json")
