"""HTTP of shipments: a merchant tells what it will hand over, and looks it up again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.links import Links, NewLink
from safehand.identity.model import Principal, Resource
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId, PersonId
from safehand.parcels.commands import ParcelsDesk, Shipment
from safehand.parcels.errors import IdempotencyKeyMissing, NoSuchShipment
from safehand.parcels.forms import ShipmentIn
from safehand.parcels.model import Parcel
from safehand.store.database import Store, Tx
from safehand.store.idempotency import Answer, once
from safehand.vault.vault import Vault

LINK_MS = 90 * 24 * 60 * 60 * 1000
SEALED_ANSWER = b"parcels.answer"
PERSON_BYTES = 30


class ParcelOut(BaseModel):
    """One parcel and its numbers. `recipient_link` is told once, when the shipment is created."""

    parcel: str
    sscc: str
    s10: str
    tracking: str
    sealed: bool
    recipient_link: str | None = None


class ShipmentOut(BaseModel):
    """A shipment and its parcels."""

    shipment: str
    reference: str | None
    promised_on: str
    parcels: list[ParcelOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDesks:
    """What the routes of shipments ask."""

    store: Store
    parcels: ParcelsDesk
    links: Links
    vault: Vault
    clock: Clock
    guard: Guard
    origin: str

    async def create(self, tx: Tx, merchant: PartyId, asked: ShipmentIn) -> Answer:
        """Create a shipment. The remembered answer holds the recipients' links, so it is kept sealed."""
        now_ms = self.clock.now_ms()
        made = await self.parcels.create(tx, merchant, asked.draft())
        wanted = [NewLink(one.parcel, one.recipient, now_ms + LINK_MS) for one in made.parcels]
        tokens = await self.links.make_many(tx, wanted, now_ms)
        addresses = [
            f"{self.origin}/t/{parcel.tracking}?k={token}" for parcel, token in zip(made.parcels, tokens, strict=True)
        ]
        body = _out(made, addresses, asked.reference).model_dump_json().encode()
        person = made.parcels[0].recipient
        return Answer(201, person.encode("ascii") + await self.vault.seal(tx, person, body, SEALED_ANSWER))

    async def opened(self, tx: Tx, kept: bytes) -> bytes:
        """The answer again; of an erased person's shipment nothing is left but that it was made."""
        person = PersonId(PartyId(kept[:PERSON_BYTES].decode("ascii")))
        return await self.vault.open(tx, person, kept[PERSON_BYTES:], SEALED_ANSWER) or msgspec.json.encode({})


def router(desks: ShipmentDesks) -> APIRouter:
    """The routes under /v1/shipments."""
    api = APIRouter(prefix="/v1/shipments", tags=["shipments"])
    guard = desks.guard

    @api.post("", status_code=201, response_model=ShipmentOut)
    async def create_shipment(
        asked: ShipmentIn,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.SHIPMENT_CREATE))],
        idempotency_key: Annotated[str | None, Header(max_length=128)] = None,
    ) -> Response:
        """Tell of a shipment. The same Idempotency-Key with the same body makes no second one."""
        if not idempotency_key:
            raise IdempotencyKeyMissing()
        merchant = me.party or PartyId("")
        said = b"POST /v1/shipments\n" + await request.body()
        async with desks.store.transaction() as tx:
            kept = await once(
                tx,
                scope=f"shipments {merchant}",
                key=idempotency_key,
                request=said,
                now_ms=desks.clock.now_ms(),
                work=lambda: desks.create(tx, merchant, asked),
            )
            body = await desks.opened(tx, kept.body)
        headers = {"Idempotency-Replayed": "true"} if kept.repeated else {}
        return Response(body, kept.status, headers, "application/json")

    @api.get("/{shipment}")
    async def read_shipment(
        shipment: str, me: Annotated[Principal, Depends(guard.allow(Action.SHIPMENT_READ))]
    ) -> ShipmentOut:
        """A shipment and its parcels."""
        async with desks.store.transaction() as tx:
            found = await desks.parcels.shipment(tx, shipment[:40])
            about = Resource.shipment(found.shipment, merchant=found.merchant)
            guard.require(me, Action.SHIPMENT_READ, about, missing=NoSuchShipment(shipment[:40]))
            reference = await desks.parcels.reference(tx, found, me, Action.SHIPMENT_READ)
        return _out(found, [None] * len(found.parcels), reference)

    return api


def _out(shipment: Shipment, addresses: Sequence[str | None], reference: str | None) -> ShipmentOut:
    return ShipmentOut(
        shipment=shipment.shipment,
        reference=reference,
        promised_on=shipment.parcels[0].promised_on.isoformat(),
        parcels=[_parcel(one, address) for one, address in zip(shipment.parcels, addresses, strict=True)],
    )


def _parcel(parcel: Parcel, address: str | None) -> ParcelOut:
    return ParcelOut(
        parcel=parcel.parcel,
        sscc=parcel.sscc,
        s10=parcel.s10,
        tracking=parcel.tracking,
        sealed=parcel.sealed,
        recipient_link=address,
    )
