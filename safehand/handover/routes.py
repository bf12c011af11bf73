"""HTTP of handovers: evidence files from devices, and what the recipient's number and link show."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from safehand.custody.reading import CustodyReader, Found
from safehand.custody.routes import EntryOut, To
from safehand.events.vocabulary import AT_REST, State
from safehand.handover.errors import EvidenceTooLarge, NoSuchEvidence
from safehand.handover.evidence import EVIDENCE_BYTES_MAX, EvidenceDesk, EvidenceFile
from safehand.handover.links import LinkDesk
from safehand.handover.pins import Pins
from safehand.identity.actions import Action
from safehand.identity.errors import DeviceUnknown
from safehand.identity.guard import Guard
from safehand.identity.links import RECIPIENT
from safehand.identity.model import Principal, PrincipalKind, Resource
from safehand.parcels.errors import NoSuchNumber
from safehand.store.database import Store, Tx

NUMBER_CHARS_MAX = 200


class TrackingOut(BaseModel):
    """What a number shows to anybody: a word and a day. With the recipient's link also the rest."""

    tracking: str
    state: State
    promised_on: str
    pin: str | None = None
    to: To | None = None
    entries: list[EntryOut] | None = None


class LinkOut(BaseModel):
    """A recipient's link, without its secret. `wanted_ms`: since when the recipient waits for a new one."""

    link: str
    made_ms: int
    expires_ms: int
    used_ms: int | None
    revoked_ms: int | None
    revoked_by: str | None
    wanted_ms: int | None


class LinksOut(BaseModel):
    """The links of one parcel, newest first."""

    links: list[LinkOut]


class WantedOut(BaseModel):
    """Tracking numbers of parcels whose recipients wait for a new link, longest first."""

    parcels: list[str]


class LinkMade(BaseModel):
    """A new link; it is told this once."""

    recipient_link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverDesks:
    """What the routes of handovers ask."""

    store: Store
    reader: CustodyReader
    evidence: EvidenceDesk
    pins: Pins
    links: LinkDesk
    guard: Guard

    async def tracking(self, tx: Tx, found: Found, me: Principal) -> TrackingOut:
        """The public words, and the recipient's own where the asker is the recipient."""
        parcel, head = found.parcel, found.head
        shown = TrackingOut(tracking=parcel.tracking, state=head.state, promised_on=parcel.promised_on.isoformat())
        if not self.guard.may(me, Action.TRACKING_READ_PRIVATE, found.for_asker(me)):
            return shown
        known = await self.reader.parcels.disclose(tx, parcel, me, Action.TRACKING_READ_PRIVATE)
        shown.to = To.model_validate(known.recipient, from_attributes=True) if known else None
        if head.state not in AT_REST:
            shown.pin = await self.pins.of(tx, parcel.parcel, parcel.recipient)
        lines = await self.reader.timeline(tx, parcel.parcel)
        shown.entries = [EntryOut.model_validate(line) for line in lines]
        return shown


def router(desks: HandoverDesks) -> APIRouter:
    """The routes of evidence and tracking."""
    api = APIRouter(prefix="/v1", tags=["handovers"])
    _tracking(api, desks)
    _evidence(api, desks)
    _links(api, desks)
    return api


def _tracking(api: APIRouter, desks: HandoverDesks) -> None:
    guard = desks.guard

    @api.get("/tracking/{number}")
    async def tracking(
        number: str, me: Annotated[Principal, Depends(guard.allow(Action.TRACKING_READ))]
    ) -> TrackingOut:
        """Where a parcel stands: one word and the promised day; with the recipient's link the timeline and the PIN."""
        if len(number) > NUMBER_CHARS_MAX:
            raise NoSuchNumber(number[:40])
        async with desks.store.transaction() as tx:
            return await desks.tracking(tx, await desks.reader.find(tx, number), me)


def _evidence(api: APIRouter, desks: HandoverDesks) -> None:
    guard = desks.guard

    @api.put("/evidence/{sha256}", status_code=201, response_class=Response)
    async def evidence(
        sha256: str,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.EVIDENCE_ADD))],
        safehand_parcel: Annotated[str, Header(max_length=40)],
        content_type: Annotated[str, Header(max_length=40)],
    ) -> Response:
        """A picture that a statement names by its hash. 201 when new, 200 when it was here already."""
        body = await request.body()
        if len(body) > EVIDENCE_BYTES_MAX:
            raise EvidenceTooLarge(len(body), EVIDENCE_BYTES_MAX)
        if me.device is None:
            raise DeviceUnknown(device=me.id)
        async with desks.store.transaction() as tx:
            found = await desks.reader.find(tx, safehand_parcel)
        file = EvidenceFile(
            parcel=found.parcel.parcel,
            recipient=found.parcel.recipient,
            device=me.device,
            sha256=sha256[:64],
            media_type=content_type,
            body=body,
        )
        return Response(status_code=201 if await desks.evidence.put(file) else 200)

    @api.get("/evidence/{sha256}", response_class=Response)
    async def evidence_file(
        sha256: str,
        parcel: Annotated[str, Query(max_length=40)],
        me: Annotated[Principal, Depends(guard.allow(Action.EVIDENCE_READ))],
    ) -> Response:
        """A picture that a handover of this parcel named. It is on record who looked at it."""
        async with desks.store.transaction() as tx:
            found = await desks.reader.find(tx, parcel)
            missing = NoSuchEvidence(sha256)
            guard.require(me, Action.EVIDENCE_READ, found.for_asker(me), missing=missing)
            body, media_type = await desks.evidence.get(tx, found.parcel, sha256[:64], me)
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(body, media_type=media_type, headers=headers)


def _links(api: APIRouter, desks: HandoverDesks) -> None:
    guard = desks.guard

    async def asked(tx: Tx, number: str, me: Principal, action: Action) -> Found:
        missing = NoSuchNumber(number[:40])
        if len(number) > NUMBER_CHARS_MAX:
            raise missing
        found = await desks.reader.find(tx, number)
        guard.require(me, action, found.for_asker(me), missing=missing)
        return found

    @api.get("/parcels/{number}/links")
    async def list_links(number: str, me: Annotated[Principal, Depends(guard.allow(Action.LINK_READ))]) -> LinksOut:
        """The recipient's links of a parcel: made, used, revoked; never the links themselves."""
        async with desks.store.transaction(readonly=True) as tx:
            found = await asked(tx, number, me, Action.LINK_READ)
            links = await desks.links.standing(tx, found)
        return LinksOut(links=[LinkOut(link=one.id, **{name: getattr(one, name) for name in _SHOWN}) for one in links])

    @api.get("/links/wanted")
    async def list_wanted(me: Annotated[Principal, Depends(guard.allow(Action.LINK_READ))]) -> WantedOut:
        """Parcels whose recipients gave their link up and wait for a new one, those that the asker may see."""
        async with desks.store.transaction(readonly=True) as tx:
            waiting = await desks.links.wanted(tx)
        merchants = {parcel.merchant: parcel.parcel for parcel in waiting}
        seen = {
            merchant
            for merchant, parcel in merchants.items()
            if guard.may(me, Action.LINK_READ, Resource.parcel(parcel, merchant=merchant, custodian=None))
        }
        return WantedOut(parcels=[parcel.tracking for parcel in waiting if parcel.merchant in seen])

    @api.post("/parcels/{number}/links", status_code=201)
    async def make_link(number: str, me: Annotated[Principal, Depends(guard.allow(Action.LINK_MAKE))]) -> LinkMade:
        """A new link to send to the recipient; those made before are dead, and so is the PIN that they showed."""
        async with desks.store.transaction() as tx:
            found = await asked(tx, number, me, Action.LINK_MAKE)
            return LinkMade(recipient_link=await desks.links.make(tx, found, me.id))

    @api.post("/parcels/{number}/links/revoke", status_code=204)
    async def revoke_links(number: str, me: Annotated[Principal, Depends(guard.allow(Action.LINK_REVOKE))]) -> None:
        """Make every link to the parcel worthless: this one leaked. It cannot be taken back."""
        async with desks.store.transaction() as tx:
            found = await asked(tx, number, me, Action.LINK_REVOKE)
            await desks.links.revoke(tx, found, RECIPIENT if me.kind is PrincipalKind.RECIPIENT else me.id)


_SHOWN = tuple(name for name in LinkOut.model_fields if name != "link")
