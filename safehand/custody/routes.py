"""HTTP of parcels and their custody: read, receipt, label, cancel."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from safehand.custody.decisions import DecisionDesk
from safehand.custody.reading import CustodyReader, Found
from safehand.custody.timeline import Entry
from safehand.events.vocabulary import Reason, ReasonFamily, State
from safehand.identity.actions import Action
from safehand.identity.grants import note_granted
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.kernel.catalogue import choose_language, load_catalogue
from safehand.ledger.receipts import MEDIA_TYPE, Receipts
from safehand.parcels.errors import NoSuchNumber
from safehand.parcels.labelling import Labelling
from safehand.store.database import Store, Tx

NUMBER_CHARS_MAX = 200


class To(BaseModel):
    """Where a parcel goes: only for whoever must find the door."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    phone: str | None = None
    note: str | None = None
    lat_e7: int | None = None
    lon_e7: int | None = None


class ParcelOut(BaseModel):
    """A parcel and where it stands."""

    parcel: str
    shipment: str
    merchant: str
    recipient: str
    sscc: str
    s10: str
    tracking: str
    promised_on: str
    state: State
    reason: Reason | None
    custodian: str
    since_ms: int
    last_handover: str
    sealed: bool
    seal: str | None
    open_exceptions: int
    to: To | None = None


class EntryOut(BaseModel):
    """One line of a timeline; see custody/timeline.py."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    position: int | None
    verified: bool
    at_ms: int
    received_ms: int
    kind: str
    state: str | None
    reason: str | None
    place: str | None
    giver: str | None
    taker: str | None
    way: str | None
    signed: str
    evidence: list[str]
    seal: str | None
    exception_kind: str | None
    exception: str | None
    resolution: str | None
    recorded: str | None
    told: str | None
    handover: str | None
    by: str | None
    cause: str | None
    counter_cause: str | None


class CustodyOut(BaseModel):
    """The whole timeline, oldest first."""

    parcel: str
    custodian: str
    state: State
    entries: list[EntryOut]

    @classmethod
    def of(cls, found: Found, entries: list[Entry]) -> "CustodyOut":
        """The timeline of a parcel that was found."""
        lines = [EntryOut.model_validate(entry) for entry in entries]
        head = found.head
        return cls(parcel=head.parcel, custodian=head.custodian, state=head.state, entries=lines)


class Cancel(BaseModel):
    """Why the merchant withdraws a parcel."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(default=Reason.RETAILER_CANCELLED)


class Recorded(BaseModel):
    """The `seq` of the first fact: send it as Safehand-Seen to read your own write from lists."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelDesks:
    """What the routes of parcels ask."""

    store: Store
    reader: CustodyReader
    decisions: DecisionDesk
    receipts: Receipts
    labelling: Labelling
    guard: Guard

    async def seen(self, tx: Tx, number: str, me: Principal, action: Action) -> Found:
        """The parcel, if this asker may do this to it; otherwise as if there were none.

        What an agent does with a caller's parcel is put on record.
        """
        if len(number) > NUMBER_CHARS_MAX:
            raise NoSuchNumber(number[:40])
        found = await self.reader.find(tx, number)
        self.guard.require(me, action, found.for_asker(me), missing=NoSuchNumber(number))
        about = (found.parcel.recipient, found.parcel.parcel)
        await note_granted(tx, me, action, about, self.guard.authenticator.clock.now_ms())
        return found


def router(desks: ParcelDesks) -> APIRouter:
    """The routes under /v1/parcels."""
    api = APIRouter(prefix="/v1/parcels", tags=["parcels"])
    _readings(api, desks)
    _papers(api, desks)
    return api


def _readings(api: APIRouter, desks: ParcelDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.get("/{number}")
    async def parcel(number: str, me: Annotated[Principal, Depends(guard.allow(Action.PARCEL_READ))]) -> ParcelOut:
        """A parcel by its id or any of its numbers."""
        async with store.transaction() as tx:
            found = await desks.seen(tx, number, me, Action.PARCEL_READ)
            private = guard.may(me, Action.PARCEL_READ_PRIVATE, found.for_asker(me))
            known = None
            if private:
                known = await desks.reader.parcels.disclose(tx, found.parcel, me, Action.PARCEL_READ_PRIVATE)
        return _out(found, To.model_validate(known.recipient, from_attributes=True) if known else None)

    @api.get("/{number}/custody")
    async def custody(number: str, me: Annotated[Principal, Depends(guard.allow(Action.CUSTODY_READ))]) -> CustodyOut:
        """The timeline: every change of hands, reading, seal and exception."""
        async with store.transaction() as tx:
            found = await desks.seen(tx, number, me, Action.CUSTODY_READ)
            entries = await desks.reader.timeline(tx, found.parcel.parcel)
        return CustodyOut.of(found, entries)

    @api.post("/{number}/cancel")
    async def cancel(
        number: str, body: Cancel, me: Annotated[Principal, Depends(guard.allow(Action.PARCEL_CANCEL))]
    ) -> Recorded:
        """The merchant withdraws a parcel that it still holds."""
        async with store.transaction() as tx:
            found = await desks.seen(tx, number, me, Action.PARCEL_CANCEL)
        reason = body.reason if body.reason.family is ReasonFamily.RETAILER else Reason.RETAILER_CANCELLED
        return Recorded(seq=await desks.decisions.cancel(found.parcel.parcel, found.parcel.merchant, reason))


def _papers(api: APIRouter, desks: ParcelDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.get("/{number}/receipt", response_class=Response)
    async def receipt(
        number: str,
        me: Annotated[Principal, Depends(guard.allow(Action.RECEIPT_READ))],
        entry: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Response:
        """A tlog-proof file for the newest checkpointed fact, or for log entry `entry`; 503 until there is one."""
        async with store.transaction() as tx:
            found = await desks.seen(tx, number, me, Action.RECEIPT_READ)
            facts = await desks.reader.ledger.read(tx, found.parcel.parcel)
        position, raw = await desks.receipts.make(found.parcel.parcel, facts, entry)
        name = f'attachment; filename="{found.parcel.tracking}-{position}.tlog-proof"'
        return Response(raw, media_type=MEDIA_TYPE, headers={"Content-Disposition": name})

    @api.get("/{number}/label", response_class=Response)
    async def label(
        number: str,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.LABEL_READ))],
        format: Literal["pdf-a6", "pdf-4x6", "zpl"] = "pdf-a6",
        discreet: bool = False,
    ) -> Response:
        """The parcel's label; `discreet` shows no sender, no contents, no value."""
        async with store.transaction() as tx:
            found = await desks.seen(tx, number, me, Action.LABEL_READ)
            label = await desks.labelling.label(tx, found.parcel, me)
        words = load_catalogue(choose_language(request.headers.get("accept-language", "")))
        printed = await desks.labelling.print(label, format, words, discreet=discreet)
        return Response(printed.body, media_type=printed.media_type)


def _out(found: Found, to: To | None) -> ParcelOut:
    parcel, head = found.parcel, found.head
    return ParcelOut(
        parcel=parcel.parcel,
        shipment=parcel.shipment,
        merchant=parcel.merchant,
        recipient=parcel.recipient,
        sscc=parcel.sscc,
        s10=parcel.s10,
        tracking=parcel.tracking,
        promised_on=parcel.promised_on.isoformat(),
        state=head.state,
        reason=head.reason,
        custodian=head.custodian,
        since_ms=head.since_ms,
        last_handover=head.last_handover,
        sealed=head.sealed,
        seal=head.seal,
        open_exceptions=len(head.exceptions),
        to=to,
    )
