"""HTTP of cages, bags and pallets, and of how long a parcel may stand still."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from safehand.custody.aggregates import Aggregate, AggregateDraft, AggregatesDesk
from safehand.custody.errors import NoSuchAggregate, NotADepot
from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader
from safehand.custody.stages import LIMIT_MS_MAX, LIMITED, limits, set_limits
from safehand.events.vocabulary import AggregateKind, State
from safehand.identity.actions import Action
from safehand.identity.errors import NoSuchParty
from safehand.identity.guard import Guard
from safehand.identity.model import CARRIER, PartyKind, Principal, Resource
from safehand.identity.parties import Parties
from safehand.store.database import Store

NUMBER_CHARS_MAX = 200

type LimitMs = Annotated[int, Field(ge=60_000, le=LIMIT_MS_MAX)]


class New(BaseModel):
    """A cage, bag or pallet that a depot puts to use."""

    model_config = ConfigDict(extra="forbid")

    kind: AggregateKind
    depot: Annotated[str, Field(min_length=30, max_length=30)]


class Made(BaseModel):
    """Its id and its number; `element` is what its barcode holds."""

    id: str
    sscc: str
    element: str
    kind: AggregateKind


class Inside(BaseModel):
    """A parcel that lies in it."""

    parcel: str
    state: State


class AggregateOut(BaseModel):
    """Where it stands. `count` is how many lie in it, `contents` those of them that the asker may see."""

    id: str
    sscc: str
    kind: AggregateKind
    merchant: str | None
    custodian: str
    since_ms: int
    state: State
    last_handover: str
    closed: bool
    seal: str | None
    open_exceptions: int
    count: int
    contents: list[Inside]


class StageLimits(BaseModel):
    """For how many milliseconds a parcel may stand still in each state; states that are left out have no limit."""

    model_config = ConfigDict(extra="forbid")

    limits_ms: dict[State, LimitMs]


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateDesks:
    """What these routes ask."""

    store: Store
    aggregates: AggregatesDesk
    reader: CustodyReader
    parties: Parties
    guard: Guard


def router(desks: AggregateDesks) -> APIRouter:
    """The routes under /v1/aggregates and /v1/stage-limits."""
    api = APIRouter(prefix="/v1", tags=["aggregates"])
    _aggregates(api, desks)
    _stages(api, desks)
    return api


def _aggregates(api: APIRouter, desks: AggregateDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.post("/aggregates", status_code=201)
    async def make(body: New, me: Annotated[Principal, Depends(guard.allow(Action.AGGREGATE_CREATE))]) -> Made:
        """Put a cage, bag or pallet of a depot's to use, under an SSCC of ours for this trip."""
        async with store.transaction() as tx:
            depot = await desks.parties.get(tx, body.depot)
            guard.require(me, Action.AGGREGATE_CREATE, Resource.of_party(depot.id), missing=NoSuchParty(party=depot.id))
            if depot.kind is not PartyKind.DEPOT:
                raise NotADepot(depot.id, depot.kind)
            made = await desks.aggregates.create(tx, AggregateDraft(kind=body.kind, holder=depot.id))
        return Made(id=made.aggregate, sscc=made.sscc, element=f"(00){made.sscc}", kind=made.kind)

    @api.get("/aggregates/{number}")
    async def aggregate(
        number: str, me: Annotated[Principal, Depends(guard.allow(Action.AGGREGATE_READ))]
    ) -> AggregateOut:
        """A cage, bag or pallet by its SSCC or id, and what lies in it."""
        missing = NoSuchAggregate(number[:40])
        if len(number) > NUMBER_CHARS_MAX:
            raise missing
        async with store.transaction(readonly=True) as tx:
            found = await desks.aggregates.find(tx, number)
            head = await desks.reader.head(tx, found.aggregate)
            guard.require(me, Action.PARCEL_READ, _for_asker(head, me), missing=missing)
            contents = await desks.reader.contents(tx, found.aggregate)
        reach = guard.reach(me, Action.PARCEL_READ)
        seen = [child for child in contents if reach.admits(_for_asker(child, me))]
        return _out(found, head, len(contents), seen)


def _stages(api: APIRouter, desks: AggregateDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.get("/stage-limits")
    async def read(_: Annotated[Principal, Depends(guard.allow(Action.OVERVIEW_READ))]) -> StageLimits:
        """How long a parcel may stand still in each state."""
        async with store.transaction(readonly=True) as tx:
            return StageLimits(limits_ms=await limits(tx))

    @api.put("/stage-limits")
    async def put(body: StageLimits, me: Annotated[Principal, Depends(guard.allow(Action.STAGE_SET))]) -> StageLimits:
        """Set all of them anew. A state in which no parcel is on its way is passed over."""
        guard.require(me, Action.STAGE_SET, CARRIER)
        async with store.transaction() as tx:
            await set_limits(tx, {state: limit for state, limit in body.limits_ms.items() if state in LIMITED})
            return StageLimits(limits_ms=await limits(tx))


def _for_asker(head: Head, asker: Principal) -> Resource:
    offered = any(offer.taker == asker.party for offer in head.offers.values())
    return Resource.parcel(
        head.parcel, merchant=head.merchant, custodian=head.custodian, offered_to=asker.party if offered else None
    )


def _out(found: Aggregate, head: Head, count: int, seen: list[Head]) -> AggregateOut:
    return AggregateOut(
        id=found.aggregate,
        sscc=found.sscc,
        kind=found.kind,
        merchant=found.merchant,
        custodian=head.custodian,
        since_ms=head.since_ms,
        state=head.state,
        last_handover=head.last_handover,
        closed=head.closed,
        seal=head.seal,
        open_exceptions=len(head.exceptions),
        count=count,
        contents=[Inside(parcel=child.parcel, state=child.state) for child in seen],
    )
