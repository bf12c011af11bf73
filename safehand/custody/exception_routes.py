"""HTTP of exceptions and seals: what people decide about what did not fit."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from safehand.custody.decisions import DecisionDesk
from safehand.custody.errors import NoSuchException
from safehand.custody.exceptions import ExceptionRow, listed, one
from safehand.custody.reading import CustodyReader
from safehand.custody.seals import ISSUE_MAX, issue_seals
from safehand.custody.statements import Quarantined, quarantined
from safehand.events.statement import SEAL_CHARACTERS_MAX
from safehand.events.vocabulary import ExceptionKind, ExceptionState, Resolution, State
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import CARRIER, Principal, Resource
from safehand.identity.parties import Parties
from safehand.identity.users import Users
from safehand.kernel.ids import PartyId, UserId
from safehand.store.database import Store, Tx

type Id = Annotated[str, Field(min_length=30, max_length=30)]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class Assign(Body):
    """Who looks after it from now on."""

    owner: Id


class Resolve(Body):
    """How it ended."""

    resolution: Resolution


class Override(Body):
    """The serial that a supervisor read again."""

    seal: Annotated[str, Field(min_length=1, max_length=SEAL_CHARACTERS_MAX, pattern=r"^[\x21-\x7e]+$")]


class Correct(Body):
    """Who really holds the parcel, and where it stands."""

    custodian: Id
    state: State


class SealOrder(Body):
    """How many serials, and for whom."""

    party: Id
    count: Annotated[int, Field(ge=1, le=ISSUE_MAX)]


class SealsOut(BaseModel):
    """The issued serials."""

    seals: list[str]


class Recorded(BaseModel):
    """The `seq` of the first fact: send it as Safehand-Seen to read your own write from lists."""

    seq: int


class ExceptionOut(BaseModel):
    """One exception: `recorded` and `told` are the two facts that disagree."""

    id: str
    parcel: str
    kind: ExceptionKind
    state: ExceptionState
    owner: str | None
    resolution: Resolution | None
    recorded: str | None
    told: str | None
    handover: str | None
    cause: str | None
    device: str | None
    opened_ms: int

    @classmethod
    def of(cls, row: ExceptionRow) -> "ExceptionOut":
        """One row of the queue."""
        return cls(
            id=row.exception,
            parcel=row.parcel,
            kind=row.kind,
            state=row.state,
            owner=row.owner,
            resolution=row.resolution,
            recorded=row.recorded,
            told=row.told,
            handover=row.handover,
            cause=row.cause,
            device=row.device,
            opened_ms=row.opened_ms,
        )


class QueueOut(BaseModel):
    """Exceptions, oldest first. `next` is the cursor of the page after this; null if this is the last."""

    exceptions: list[ExceptionOut]
    next: str | None = None


class QuarantineOut(BaseModel):
    """What was set aside, newest first."""

    statements: list[Quarantined]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionDesks:
    """What the routes of exceptions ask."""

    store: Store
    reader: CustodyReader
    decisions: DecisionDesk
    parties: Parties
    users: Users
    guard: Guard

    async def seen(self, exception: str, me: Principal, action: Action) -> ExceptionRow:
        """The exception, if this asker may do this to it; otherwise as if there were none."""
        missing = NoSuchException(exception[:40])
        async with self.store.transaction() as tx:
            row = await one(tx, exception[:40])
            if row is None:
                raise missing
            self.guard.require(me, action, await self.about(tx, row), missing=missing)
        return row

    async def about(self, tx: Tx, row: ExceptionRow) -> Resource:
        """What the policies need to know about it."""
        head = await self.reader.head(tx, row.parcel)
        return Resource.exception(row.exception, merchant=head.merchant, custodian=head.custodian)


def router(desks: ExceptionDesks) -> APIRouter:
    """The routes under /v1/exceptions, /v1/seals and /v1/quarantine."""
    api = APIRouter(prefix="/v1", tags=["exceptions"])
    _queues(api, desks)
    _work(api, desks)
    _supervision(api, desks)
    return api


def _queues(api: APIRouter, desks: ExceptionDesks) -> None:
    guard, read = desks.guard, desks.guard.allow(Action.EXCEPTION_READ)

    @api.get("/exceptions")
    async def queue(
        me: Annotated[Principal, Depends(read)], state: ExceptionState | None = None, after: str | None = None
    ) -> QueueOut:
        """The exceptions that the asker may see, in one state; without `state` those that nobody has resolved."""
        async with desks.store.transaction() as tx:
            page = await listed(tx, guard.reach(me, Action.EXCEPTION_READ), state, after=after)
        return QueueOut(exceptions=[ExceptionOut.of(row) for row in page.rows], next=page.next)

    @api.get("/exceptions/{exception}")
    async def exception(exception: str, me: Annotated[Principal, Depends(read)]) -> ExceptionOut:
        """One exception."""
        return ExceptionOut.of(await desks.seen(exception, me, Action.EXCEPTION_READ))

    @api.get("/quarantine")
    async def quarantine(_: Annotated[Principal, Depends(guard.allow(Action.JOB_READ))]) -> QuarantineOut:
        """What devices sent that could not be taken as statements, newest first."""
        async with desks.store.transaction() as tx:
            return QuarantineOut(statements=await quarantined(tx))


def _work(api: APIRouter, desks: ExceptionDesks) -> None:
    guard = desks.guard

    @api.post("/exceptions/{exception}/assign")
    async def assign(
        exception: str, body: Assign, me: Annotated[Principal, Depends(guard.allow(Action.EXCEPTION_ASSIGN))]
    ) -> Recorded:
        """Give it an owner."""
        row = await desks.seen(exception, me, Action.EXCEPTION_ASSIGN)
        async with desks.store.transaction() as tx:
            owner = await desks.users.get(tx, body.owner)
        return Recorded(seq=await desks.decisions.assign(row.exception, owner.id, _user(me)))

    @api.post("/exceptions/{exception}/resolve")
    async def resolve(
        exception: str, body: Resolve, me: Annotated[Principal, Depends(guard.allow(Action.EXCEPTION_RESOLVE))]
    ) -> Recorded:
        """Close it."""
        row = await desks.seen(exception, me, Action.EXCEPTION_RESOLVE)
        return Recorded(seq=await desks.decisions.resolve(row.exception, body.resolution, _user(me)))


def _supervision(api: APIRouter, desks: ExceptionDesks) -> None:
    guard = desks.guard

    @api.post("/exceptions/{exception}/override")
    async def override(
        exception: str, body: Override, me: Annotated[Principal, Depends(guard.allow(Action.EXCEPTION_OVERRIDE))]
    ) -> Recorded:
        """A supervisor accepts the parcel with the seal that was read again."""
        row = await desks.seen(exception, me, Action.EXCEPTION_OVERRIDE)
        return Recorded(seq=await desks.decisions.override_seal(row.exception, body.seal, _user(me)))

    @api.post("/exceptions/{exception}/correct")
    async def correct(
        exception: str, body: Correct, me: Annotated[Principal, Depends(guard.allow(Action.EXCEPTION_CORRECT))]
    ) -> Recorded:
        """Record who really holds the parcel."""
        row = await desks.seen(exception, me, Action.EXCEPTION_CORRECT)
        taker = PartyId(body.custodian)
        async with desks.store.transaction() as tx:
            if taker != (await desks.reader.head(tx, row.parcel)).recipient:
                taker = (await desks.parties.get(tx, body.custodian)).id
        return Recorded(seq=await desks.decisions.correct(row.exception, taker, body.state, _user(me)))

    @api.post("/seals", status_code=201)
    async def seals(body: SealOrder, me: Annotated[Principal, Depends(guard.allow(Action.SEAL_ISSUE))]) -> SealsOut:
        """Issue serials to a party: only issued serials may be put on parcels."""
        guard.require(me, Action.SEAL_ISSUE, CARRIER)
        async with desks.store.transaction() as tx:
            party = await desks.parties.get(tx, body.party)
            now_ms = desks.decisions.clock.now_ms()
            return SealsOut(seals=await issue_seals(tx, party.id, body.count, now_ms))


def _user(me: Principal) -> UserId:
    return me.user or UserId(me.id)
