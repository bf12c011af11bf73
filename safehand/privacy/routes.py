"""HTTP of privacy: who is held, what is held of them, who looked, how long, and forgetting."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from safehand.custody.reading import CustodyReader
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal, PrincipalKind
from safehand.identity.reads import looks_at
from safehand.kernel.clock import Clock
from safehand.kernel.ids import ParcelId, PartyId, PersonId
from safehand.parcels.errors import NoSuchNumber
from safehand.privacy import requests
from safehand.privacy.erasure import Erasures
from safehand.privacy.export import Exports, as_json
from safehand.privacy.paper import as_pdf
from safehand.privacy.requests import Decision, Wish
from safehand.privacy.retention import Retention
from safehand.privacy.subjects import Asked, Subjects
from safehand.store.database import Store
from safehand.vault import holds
from safehand.vault.clues import ClueKind
from safehand.vault.holds import Ground, NewHold
from safehand.vault.vault import Kind

NUMBER_CHARS_MAX = 200
type Id = Annotated[str, Field(max_length=40)]
type Persons = Annotated[list[Id], Field(min_length=1, max_length=2_000)]
type Why = Annotated[str | None, Field(max_length=64, pattern=r"^[A-Za-z0-9 ./_-]*$")]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class FindIn(Body):
    """By what a person is looked for: a mail, a phone with its country, a name with a postcode, or a parcel."""

    mail: Annotated[str | None, Field(max_length=254)] = None
    phone: Annotated[str | None, Field(max_length=40)] = None
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    name: Annotated[str | None, Field(max_length=80)] = None
    postal_code: Annotated[str | None, Field(max_length=12)] = None
    number: Annotated[str | None, Field(max_length=NUMBER_CHARS_MAX)] = None
    why: Why = None


class CandidateOut(BaseModel):
    """A person that something agrees with; `same` is our guess, the choice is the asker's."""

    model_config = ConfigDict(from_attributes=True)

    person: str
    agrees: list[ClueKind]
    same: bool
    name: str
    postal_code: str
    city: str
    tracking: list[str]


class CandidatesOut(BaseModel):
    """Whom the clues fit, newest first."""

    persons: list[CandidateOut]


class PersonsIn(Body):
    """The persons that one human is, as the look-up told."""

    persons: Persons
    why: Why = None


class ErasedOut(BaseModel):
    """How many persons were forgotten now."""

    erased: int


class LookOut(BaseModel):
    """One look at a person's data."""

    model_config = ConfigDict(from_attributes=True)

    read: int
    at_ms: int
    reader: str
    reader_kind: PrincipalKind
    party: str | None
    action: str
    person: str
    parcel: str | None
    why: str | None


class LooksOut(BaseModel):
    """Looks, oldest first; ask again with the last `read` as `after`."""

    reads: list[LookOut]


class HoldIn(Body):
    """A hold on a person, or on a parcel and with it on whoever it is for. The reference is a case number."""

    person: Id | None = None
    parcel: Annotated[str | None, Field(max_length=NUMBER_CHARS_MAX)] = None
    ground: Ground
    reference: Annotated[str, Field(min_length=1, max_length=64)]
    until_ms: Annotated[int, Field(ge=0, le=2**48)]


class HoldOut(BaseModel):
    """A hold in force."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    person: str
    parcel: str | None
    ground: Ground
    reference: str
    placed_by: str
    placed_ms: int
    until_ms: int


class HoldsOut(BaseModel):
    """Holds in force, oldest first."""

    holds: list[HoldOut]


class TermOut(BaseModel):
    """How long one kind is kept, and the bounds within which that may be set."""

    model_config = ConfigDict(from_attributes=True)

    kind: Kind
    days: int
    least: int
    most: int
    set_by: str | None
    set_ms: int | None


class RunOut(BaseModel):
    """What one run did with one kind."""

    model_config = ConfigDict(from_attributes=True)

    at_ms: int
    kind: Kind
    days: int
    removed: int
    held: int
    waiting: int
    overdue: int


class RetentionOut(BaseModel):
    """The terms, what is past them and held back by nothing, and the latest runs."""

    terms: list[TermOut]
    overdue: dict[Kind, int]
    runs: list[RunOut]


class TermIn(Body):
    """So many days from now on."""

    days: Annotated[int, Field(ge=0, le=100_000)]


class WishIn(Body):
    """What the recipient asks for."""

    wish: Wish


class RequestOut(BaseModel):
    """A recipient's request."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    person: str
    parcel: str
    wish: Wish
    asked_ms: int
    decision: Decision | None


class RequestsOut(BaseModel):
    """Requests that wait for a decision, oldest first."""

    requests: list[RequestOut]


class DecisionIn(Body):
    """What becomes of a request."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyDesks:
    """What the routes of privacy ask."""

    store: Store
    reader: CustodyReader
    subjects: Subjects
    exports: Exports
    erasures: Erasures
    retention: Retention
    guard: Guard
    clock: Clock


def router(desks: PrivacyDesks) -> APIRouter:
    """The routes under /v1/persons, /v1/holds, /v1/retention and /v1/privacy."""
    api = APIRouter(prefix="/v1", tags=["privacy"])
    _persons(api, desks)
    _holds(api, desks)
    _retention(api, desks)
    _requests(api, desks)
    return api


def _persons(api: APIRouter, desks: PrivacyDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.post("/persons/find")
    async def find(asked: FindIn, me: Annotated[Principal, Depends(guard.allow(Action.PERSON_FIND))]) -> CandidatesOut:
        """The persons that fit. Each one shown is on record as looked at."""
        clues = Asked(**asked.model_dump(exclude={"why"}))
        found = await desks.subjects.find(me, clues, asked.why)
        return CandidatesOut(persons=[CandidateOut.model_validate(one) for one in found])

    @api.post("/persons/export", response_class=Response)
    async def export(
        asked: PersonsIn,
        me: Annotated[Principal, Depends(guard.allow(Action.PERSON_EXPORT))],
        format: Literal["json", "pdf"] = "json",
    ) -> Response:
        """All that is held of these persons, as one file."""
        made = await desks.exports.make(me, [PersonId(PartyId(id)) for id in asked.persons], asked.why)
        body = await asyncio.to_thread(as_pdf if format == "pdf" else as_json, made)
        headers = {"Content-Disposition": f'attachment; filename="export.{format}"', "Cache-Control": "no-store"}
        return Response(body, media_type=f"application/{format}", headers=headers)

    @api.post("/persons/erase")
    async def erase(asked: PersonsIn, me: Annotated[Principal, Depends(guard.allow(Action.PERSON_ERASE))]) -> ErasedOut:
        """Forget these persons for good, all or none. The proof of what happened to their parcels stays."""
        persons = [PersonId(PartyId(id)) for id in asked.persons]
        return ErasedOut(erased=await desks.erasures.erase(persons, me.id))

    @api.get("/persons/{person}/reads")
    async def reads(
        person: str,
        _: Annotated[Principal, Depends(guard.allow(Action.READS_READ))],
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    ) -> LooksOut:
        """Who looked at this person's data, what they did, and when."""
        async with store.transaction() as tx:
            found = await looks_at(tx, [PersonId(PartyId(person[:40]))], after)
        return LooksOut(reads=[LookOut.model_validate(look) for look in found])


def _holds(api: APIRouter, desks: PrivacyDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.get("/holds")
    async def in_force(
        _: Annotated[Principal, Depends(guard.allow(Action.HOLD_READ))],
        after: Annotated[str, Query(max_length=40)] = "",
    ) -> HoldsOut:
        """The legal holds that are in force."""
        async with store.transaction() as tx:
            found = await holds.in_force(tx, desks.clock.now_ms(), after=after)
        return HoldsOut(holds=[HoldOut.model_validate(hold) for hold in found])

    @api.post("/holds", status_code=201)
    async def place(asked: HoldIn, me: Annotated[Principal, Depends(guard.allow(Action.HOLD_SET))]) -> HoldOut:
        """Keep a person's data from being removed, until a day that is said now."""
        async with store.transaction() as tx:
            person, parcel = asked.person or "", None
            if asked.parcel:
                found = await desks.reader.parcels.find(tx, asked.parcel)
                person, parcel = found.recipient, found.parcel
            new = NewHold(
                person=PersonId(PartyId(person)),
                parcel=parcel,
                ground=asked.ground,
                reference=asked.reference,
                until_ms=asked.until_ms,
            )
            return HoldOut.model_validate(await holds.place(tx, new, me.id, desks.clock.now_ms()))

    @api.post("/holds/{hold}/lift", status_code=204)
    async def lift(hold: str, me: Annotated[Principal, Depends(guard.allow(Action.HOLD_SET))]) -> None:
        """End a hold before its day."""
        async with store.transaction() as tx:
            await holds.lift(tx, hold, me.id, desks.clock.now_ms())


def _retention(api: APIRouter, desks: PrivacyDesks) -> None:
    guard, store, retention = desks.guard, desks.store, desks.retention

    @api.get("/retention")
    async def terms(_: Annotated[Principal, Depends(guard.allow(Action.RETENTION_READ))]) -> RetentionOut:
        """How long each kind of private data is kept, what is overdue, and what the latest runs removed."""
        async with store.transaction() as tx:
            return RetentionOut(
                terms=[TermOut.model_validate(term) for term in await retention.terms(tx)],
                overdue=dict(await retention.overdue(tx)),
                runs=[RunOut.model_validate(run) for run in await retention.report(tx)],
            )

    @api.put("/retention/{kind}", status_code=204)
    async def set_term(
        kind: Kind, asked: TermIn, me: Annotated[Principal, Depends(guard.allow(Action.RETENTION_SET))]
    ) -> None:
        """Keep one kind so many days, within its bounds."""
        async with store.transaction() as tx:
            await retention.set_term(tx, kind, asked.days, me.id)


def _requests(api: APIRouter, desks: PrivacyDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.post("/tracking/{number}/requests", status_code=201)
    async def ask(
        number: str, asked: WishIn, me: Annotated[Principal, Depends(guard.allow(Action.PRIVACY_ASK))]
    ) -> RequestOut:
        """The recipient asks, with the parcel's link, to get or to lose what is held of them."""
        if len(number) > NUMBER_CHARS_MAX:
            raise NoSuchNumber(number[:40])
        async with store.transaction() as tx:
            found = await desks.reader.find(tx, number)
            guard.require(me, Action.PRIVACY_ASK, found.for_asker(me), missing=NoSuchNumber(number))
            parcel: ParcelId = found.parcel.parcel
            noted = await requests.ask(tx, found.parcel.recipient, parcel, asked.wish, desks.clock.now_ms())
        return RequestOut.model_validate(noted)

    @api.get("/privacy/requests")
    async def waiting(
        _: Annotated[Principal, Depends(guard.allow(Action.PRIVACY_READ))],
        after: Annotated[str, Query(max_length=40)] = "",
    ) -> RequestsOut:
        """What recipients ask for and nobody has decided yet."""
        async with store.transaction() as tx:
            found = await requests.waiting(tx, after)
        return RequestsOut(requests=[RequestOut.model_validate(one) for one in found])

    @api.post("/privacy/requests/{request}/decide", status_code=204)
    async def decide(
        request: str, asked: DecisionIn, me: Annotated[Principal, Depends(guard.allow(Action.PRIVACY_DECIDE))]
    ) -> None:
        """Grant or refuse a request; the export or the erasure itself is a step of its own."""
        async with store.transaction() as tx:
            await requests.decide(tx, request, asked.decision, me.id, desks.clock.now_ms())
