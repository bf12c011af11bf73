"""HTTP of addresses: search and geocode, and the queue of doubtful ones.

An address that somebody types is personal: it is sent in a body, never in an address line that proxies write down.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.places.addresses import queue
from safehand.places.addresses.commands import AddressDesk, Opened
from safehand.places.addresses.doubts import (
    CONSENT_CHARS_MAX,
    Case,
    CaseState,
    Consent,
    ConsentKind,
    Doubt,
    Lines,
)
from safehand.places.addresses.model import Geocode, Hit, Kind, Reason
from safehand.places.addresses.search import HITS_MAX
from safehand.places.addresses.words import QUERY_CHARACTERS_MAX

type Line = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
type Text = Annotated[str, Field(min_length=1, max_length=QUERY_CHARACTERS_MAX)]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class Search(Body):
    """What somebody types. `complete`: the last word may only be begun."""

    text: Text
    limit: Annotated[int, Field(ge=1, le=HITS_MAX)] = 8
    complete: bool = False


class GeocodeIn(Body):
    """An address, as on an envelope."""

    text: Text


class CaseIn(Body):
    """A parcel whose address is doubtful, by any of its numbers, and why."""

    number: Annotated[str, Field(min_length=1, max_length=40)]
    doubt: Doubt


class ConsentIn(Body):
    """How the recipient agreed, and by which opaque id that is found."""

    kind: ConsentKind
    evidence: Annotated[str, Field(min_length=1, max_length=CONSENT_CHARS_MAX, pattern=r"^[\x21-\x7e]+$")]


class CorrectIn(Body):
    """The right address, and the recipient's consent."""

    street: Line
    postal_code: Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[0-9A-Za-z][0-9A-Za-z -]*$")]
    city: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    consent: ConsentIn


class HitOut(BaseModel):
    """A place that fits. Degrees x 10**7, WGS 84."""

    kind: Kind
    line: str
    street: str
    number: str
    postal_code: str
    city: str
    country: str
    lat_e7: int
    lon_e7: int
    radius_m: int

    @classmethod
    def of(cls, hit: Hit) -> "HitOut":
        """A hit."""
        return cls(
            kind=hit.kind,
            line=hit.line,
            street=hit.street,
            number=hit.number,
            postal_code=hit.postal_code,
            city=hit.city,
            country=hit.country,
            lat_e7=hit.lat_e7,
            lon_e7=hit.lon_e7,
            radius_m=hit.radius_m,
        )


class HitsOut(BaseModel):
    """What fits, the best first."""

    hits: list[HitOut]


class GeocodeOut(BaseModel):
    """Where an address is, how sure that is, and why not surer."""

    kind: Kind
    confidence_pct: int
    trusted: bool
    reasons: list[Reason]
    hit: HitOut | None

    @classmethod
    def of(cls, found: Geocode) -> "GeocodeOut":
        """A geocode."""
        return cls(
            kind=found.kind,
            confidence_pct=found.confidence_pct,
            trusted=found.trusted,
            reasons=list(found.reasons),
            hit=HitOut.of(found.hit) if found.hit else None,
        )


class CaseOut(BaseModel):
    """One case of the queue: nothing private."""

    id: str
    parcel: str | None
    doubt: Doubt
    confidence_pct: int
    state: CaseState
    opened_ms: int
    closed_ms: int | None
    closed_by: str | None
    consent: ConsentKind | None
    consent_evidence: str | None

    @classmethod
    def of(cls, case: Case) -> "CaseOut":
        """A row."""
        return cls(
            id=case.id,
            parcel=case.parcel,
            doubt=case.doubt,
            confidence_pct=case.confidence_pct,
            state=case.state,
            opened_ms=case.opened_ms,
            closed_ms=case.closed_ms,
            closed_by=case.closed_by,
            consent=case.consent.kind if case.consent else None,
            consent_evidence=case.consent.evidence if case.consent else None,
        )


class LinesOut(BaseModel):
    """An address."""

    street: str
    postal_code: str
    city: str
    country: str

    @classmethod
    def of(cls, lines: Lines) -> "LinesOut":
        """Its lines."""
        return cls(street=lines.street, postal_code=lines.postal_code, city=lines.city, country=lines.country)


class OpenedOut(BaseModel):
    """A case with its address. That it was read is on record."""

    case: CaseOut
    address: LinesOut
    corrected: LinesOut | None
    found: GeocodeOut

    @classmethod
    def of(cls, opened: Opened) -> "OpenedOut":
        """A case that was opened."""
        return cls(
            case=CaseOut.of(opened.case),
            address=LinesOut.of(opened.lines),
            corrected=LinesOut.of(opened.corrected) if opened.corrected else None,
            found=GeocodeOut.of(opened.found),
        )


class QueueOut(BaseModel):
    """Cases, oldest first. `next` is the cursor of the page after this; null if this is the last."""

    cases: list[CaseOut]
    next: str | None = None


class CaseMade(BaseModel):
    """The case's id."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressDesks:
    """What the routes of addresses ask."""

    desk: AddressDesk
    guard: Guard


def router(desks: AddressDesks) -> APIRouter:
    """The routes under /v1/addresses."""
    api = APIRouter(prefix="/v1/addresses", tags=["addresses"])
    _finding(api, desks)
    _queue(api, desks)
    return api


def _finding(api: APIRouter, desks: AddressDesks) -> None:
    atlas, find = desks.desk.atlas, desks.guard.allow(Action.ADDRESS_FIND)

    @api.post("/search")
    async def search(asked: Search, _: Annotated[Principal, Depends(find)]) -> HitsOut:
        """Addresses that fit what was typed, with slips and in any order."""
        hits = await atlas.search(asked.text, asked.limit, complete=asked.complete)
        return HitsOut(hits=[HitOut.of(hit) for hit in hits])

    @api.post("/geocode")
    async def geocode(asked: GeocodeIn, _: Annotated[Principal, Depends(find)]) -> GeocodeOut:
        """The point of an address, and how sure that is. No point rather than one in water or off the map."""
        return GeocodeOut.of(await atlas.geocode(asked.text))


def _queue(api: APIRouter, desks: AddressDesks) -> None:
    desk, read = desks.desk, desks.guard.allow(Action.ADDRESS_READ)
    correct = desks.guard.allow(Action.ADDRESS_CORRECT)

    @api.get("/cases")
    async def cases(
        _: Annotated[Principal, Depends(read)], state: CaseState = CaseState.OPEN, after: str | None = None
    ) -> QueueOut:
        """Doubtful addresses: ids and reasons, nothing private."""
        async with desk.store.transaction(readonly=True) as tx:
            page = await queue.listed(tx, state, after[:40] if after else None)
        return QueueOut(cases=[CaseOut.of(case) for case in page.rows], next=page.next)

    @api.post("/cases", status_code=201)
    async def doubt(asked: CaseIn, me: Annotated[Principal, Depends(correct)]) -> CaseMade:
        """Say that a parcel's address is doubtful. The same doubt twice is one case."""
        return CaseMade(id=await desk.doubted(asked.number, asked.doubt, me))

    @api.get("/cases/{case}")
    async def opened(case: str, me: Annotated[Principal, Depends(read)]) -> OpenedOut:
        """One case with its address. That it was read is on record."""
        return OpenedOut.of(await desk.open(case, me))

    @api.post("/cases/{case}/correct")
    async def corrected(case: str, asked: CorrectIn, me: Annotated[Principal, Depends(correct)]) -> GeocodeOut:
        """Correct the address, with the recipient's consent. Somewhere else is a redirect, and refused."""
        after = Lines(**asked.model_dump(exclude={"consent"}))
        consent = Consent(asked.consent.kind, asked.consent.evidence)
        return GeocodeOut.of(await desk.correct(case, after, consent, me))

    @api.post("/cases/{case}/dismiss", status_code=204)
    async def dismissed(case: str, me: Annotated[Principal, Depends(correct)]) -> None:
        """The address is right as it is."""
        await desk.dismiss(case, me)
