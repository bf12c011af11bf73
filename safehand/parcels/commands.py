"""The parcels desk: a merchant's shipment becomes parcels with numbers, each with its first fact."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import batched

import msgspec

from safehand.events.parcels import ParcelCreated
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_read, note_reads
from safehand.kernel.clock import Clock
from safehand.kernel.days import day_number
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import PARCEL, SHIPMENT, ParcelId, PartyId, PersonId, ShipmentId, is_id, new_id
from safehand.labels.errors import NumberUnreadable, WrongCheckDigit, WrongLength
from safehand.labels.numbers import INPUT_CHARS_MAX, read_number
from safehand.labels.numbers import Kind as NumberKind
from safehand.ledger.ledger import Append, Ledger
from safehand.parcels.errors import NoSuchNumber, NoSuchService, NoSuchShipment, ServiceNotOffered
from safehand.parcels.model import (
    OTHER_NUMBER_SHAPE,
    Carrier,
    Parcel,
    ParcelDraft,
    Recipient,
    ShipmentDraft,
    other_number,
)
from safehand.parcels.ports import Destination, Sorting
from safehand.parcels.recording import Bodies, Sent, record_parcels, record_shipments
from safehand.parcels.services import Services
from safehand.store.database import Record, Tx
from safehand.store.jobs import Kind as JobKind
from safehand.store.jobs import enqueue
from safehand.vault.errors import Altered
from safehand.vault.lookups import Lookups
from safehand.vault.vault import BATCH_MAX, Kind, Private, Vault

LOOK_AT_ADDRESSES = JobKind("parcels.look_at_addresses")
"""Somebody has to look at the addresses of new shipments before a driver does."""
LOOKED_AT_ONCE = 100
SHIPMENTS_AT_ONCE = 500
"""Shipments of one call: the rest of the installation waits for its arithmetic."""
DISCLOSED_AT_ONCE = BATCH_MAX // 2
"""Parcels whose two bodies are opened in one call."""

_SELECT = (
    "SELECT p.*, s.merchant, s.recipient, s.service, s.promised_on, s.body, s.depot, s.lane,"
    " s.route"
    " FROM parcels p JOIN shipments s USING (shipment)"
)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment on record, with its parcels."""

    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    reference: str | None
    """Id of the vault's body with the merchant's own word for it, if there is one."""
    parcels: list[Parcel]
    facts: tuple[ParcelCreated, ...] = ()
    """The first fact of each parcel, where they were recorded just now."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is private about a parcel."""

    recipient: Recipient
    contents: str | None
    value_cents: int | None


@dataclass(frozen=True, slots=True)
class ParcelsDesk:
    """Creates shipments and finds parcels, in the caller's transaction."""

    ledger: Ledger
    vault: Vault
    clock: Clock
    carrier: Carrier
    sorting: Sorting
    services: Services = field(default_factory=Services)

    @property
    def lookups(self) -> Lookups:
        """By what recipients are found again."""
        return Lookups(self.vault)

    async def create(self, tx: Tx, merchant: PartyId, draft: ShipmentDraft) -> Shipment:
        """Record a shipment: numbers, private bodies and the first fact of each parcel, all or nothing.

        Errors
            NoSuchService, ServiceNotOffered, NeverOpen, NumberTaken
        """
        [made] = await self.create_many(tx, merchant, [draft])
        return made

    async def create_many(
        self, tx: Tx, merchant: PartyId, drafts: Sequence[ShipmentDraft], manifest: str | None = None
    ) -> list[Shipment]:
        """The same for many, at the price of a dozen round trips; in the order of the drafts.

        Shapes
            drafts  at most SHIPMENTS_AT_ONCE.
        Errors
            NoSuchService, ServiceNotOffered, NeverOpen, NumberTaken  of one of them; then none is recorded.
        """
        now_ms = self.clock.now_ms()
        promised = await self._promised(tx, drafts, now_ms)
        people = await self.vault.new_persons(tx, len(drafts), now_ms)
        bodies = await self._put_away(tx, people, drafts)
        sent = [
            Sent(
                shipment=ShipmentId(new_id(SHIPMENT, now_ms)),
                merchant=merchant,
                recipient=person,
                draft=draft,
                destination=destination,
                promised_on=day,
                bodies=kept,
            )
            for person, draft, (destination, day), kept in zip(people, drafts, promised, bodies, strict=True)
        ]
        await record_shipments(tx, sent, manifest, now_ms)
        made = await record_parcels(tx, self.carrier, sent, now_ms)
        facts = [tuple(_created(one, now_ms) for one in shipment) for shipment in made]
        await self.ledger.append(tx, [Append(fact.parcel, 0, [fact]) for told in facts for fact in told])
        for some in batched((one.shipment for one in sent), LOOKED_AT_ONCE):
            await enqueue(tx, LOOK_AT_ADDRESSES, {"shipments": some}, now_ms=now_ms)
        return [
            Shipment(one.shipment, merchant, one.recipient, one.bodies.reference, parcels, told)
            for one, parcels, told in zip(sent, made, facts, strict=True)
        ]

    async def _promised(self, tx: Tx, drafts: Sequence[ShipmentDraft], now_ms: int) -> list[tuple[Destination, date]]:
        """Where each goes, and the day that its service promises there."""
        where = await self.sorting.destinations(
            tx, [(draft.recipient.country, draft.recipient.postal_code) for draft in drafts]
        )
        services = await self.services.many(tx, [draft.service for draft in drafts])
        found = []
        for draft, destination in zip(drafts, where, strict=True):
            service = services.get(draft.service)
            if service is None:
                raise NoSuchService(draft.service[:40])
            if draft.promised_on is None and not service.offered:
                raise ServiceNotOffered(service.code)
            found.append((destination, draft.promised_on or service.promise(destination.calendar, now_ms)))
        return found

    async def _put_away(self, tx: Tx, people: Sequence[PersonId], drafts: Sequence[ShipmentDraft]) -> list[Bodies]:
        """Seal what is private of each, and let each recipient be found again."""
        private = []
        for person, draft in zip(people, drafts, strict=True):
            private.append(Private(person, Kind.RECIPIENT, msgspec.json.encode(draft.recipient)))
            private += [Private(person, Kind.CONTENTS, _contents(parcel)) for parcel in draft.parcels]
            if draft.reference is not None:
                private.append(Private(person, Kind.REFERENCE, draft.reference.encode()))
        ids = iter(await self.vault.put_many(tx, private))
        await self.lookups.note_many(
            tx, {person: draft.recipient.clues() for person, draft in zip(people, drafts, strict=True)}
        )
        return [
            Bodies(
                recipient=next(ids),
                contents=tuple(next(ids) for _ in draft.parcels),
                reference=next(ids) if draft.reference is not None else None,
            )
            for draft in drafts
        ]

    async def shipment(self, tx: Tx, shipment: str) -> Shipment:
        """One shipment.

        Errors
            NoSuchShipment
        """
        rows = await tx.fetch("SELECT * FROM shipments WHERE shipment = $1", shipment)
        if not rows:
            raise NoSuchShipment(shipment)
        parcels = await tx.fetch(f"{_SELECT} WHERE p.shipment = $1 ORDER BY p.parcel", shipment)
        found = rows[0]
        return Shipment(
            found["shipment"],
            found["merchant"],
            found["recipient"],
            found["reference_body"],
            [_parcel(row) for row in parcels],
        )

    async def reference(self, tx: Tx, shipment: Shipment, to: Principal, action: Action) -> str | None:
        """What the merchant calls a shipment, once it is on record who reads it: it may well be a name."""
        if shipment.reference is None:
            return None
        await note_read(tx, Read(to, action, shipment.recipient), self.clock.now_ms())
        told = await self.vault.get(tx, shipment.reference)
        return None if told is None else told.decode()

    async def find(self, tx: Tx, given: str) -> Parcel:
        """The parcel that any of its numbers, or its id, names; of another carrier's number the newest that bears it.

        Errors
            WrongCheckDigit, WrongLength, NumberUnreadable  it is not a number.
            NoSuchNumber  it is one, and no parcel bears it.
        """
        column, text, unread = _column_of(given)
        rows = await tx.fetch(f"{_SELECT} WHERE p.{column} = $1 ORDER BY p.parcel DESC LIMIT 1", text)
        if not rows:
            raise unread or NoSuchNumber(given)
        return _parcel(rows[0])

    async def many(self, tx: Tx, parcels: list[str]) -> dict[ParcelId, Parcel]:
        """Several parcels by id; unknown ones are left out."""
        rows = await tx.fetch(f"{_SELECT} WHERE p.parcel = ANY($1::text[])", parcels)
        return {row["parcel"]: _parcel(row) for row in rows}

    async def of_shipments(self, tx: Tx, shipments: Sequence[str]) -> dict[ShipmentId, list[Parcel]]:
        """The parcels of several shipments, in their order; unknown ones are left out."""
        rows = await tx.fetch(f"{_SELECT} WHERE p.shipment = ANY($1::text[]) ORDER BY p.parcel", list(shipments))
        found: dict[ShipmentId, list[Parcel]] = {}
        for row in rows:
            found.setdefault(row["shipment"], []).append(_parcel(row))
        return found

    async def values(self, tx: Tx, parcels: Sequence[Parcel]) -> dict[ParcelId, int]:
        """What these are worth, in cents, for a rule of ours and nobody's eyes; of whom was erased, nothing.

        A body that somebody altered is worth nothing either, and stands in no other's way.
        """
        found: dict[ParcelId, int] = {}
        for some in batched(parcels, DISCLOSED_AT_ONCE):
            try:
                bodies = await self.vault.get_many(tx, [one.contents for one in some])
            except Altered:
                half = len(some) // 2
                for part in (some[:half], some[half:]) if half else ():
                    found |= await self.values(tx, part)
                continue
            for one in some:
                said = msgspec.json.decode(bodies.get(one.contents) or b"{}")
                found[one.parcel] = said.get("value_cents", 0)
        return found

    async def disclose(self, tx: Tx, parcel: Parcel, to: Principal, action: Action) -> Disclosed | None:
        """Name, address, contents and value, once it is on record who reads them; None if the person was erased.

        The row is written in this transaction: without it nothing is disclosed.
        """
        return (await self.disclose_many(tx, [parcel], to, action))[parcel.parcel]

    async def disclose_many(
        self, tx: Tx, parcels: Sequence[Parcel], to: Principal, action: Action
    ) -> dict[ParcelId, Disclosed | None]:
        """The same of many at the price of one, a row for each.

        Shapes
            parcels  at most DISCLOSED_AT_ONCE.
        """
        reads = [Read(to, action, parcel.recipient, parcel.parcel) for parcel in parcels]
        await note_reads(tx, reads, self.clock.now_ms())
        wanted = [body for parcel in parcels for body in (parcel.body, parcel.contents)]
        bodies = await self.vault.get_many(tx, wanted)
        return {one.parcel: _disclosed(bodies.get(one.body), bodies.get(one.contents)) for one in parcels}


def _disclosed(who: bytes | None, what: bytes | None) -> Disclosed | None:
    if who is None:
        return None
    about = msgspec.json.decode(what or b"{}")
    recipient = msgspec.json.decode(who, type=Recipient)
    return Disclosed(recipient, about.get("contents"), about.get("value_cents"))


_COLUMNS = {NumberKind.SSCC: "sscc", NumberKind.S10: "s10", NumberKind.TRACKING: "tracking"}


def _column_of(given: str) -> tuple[str, str, SafehandError | None]:
    """Which column holds what somebody typed or scanned, in which form, and why it is none of our numbers."""
    if is_id(PARCEL, given):
        return "parcel", given, None
    try:
        number = read_number(given)
    except (NumberUnreadable, WrongLength, WrongCheckDigit) as error:
        other = other_number(given[:INPUT_CHARS_MAX])
        if OTHER_NUMBER_SHAPE.fullmatch(other) is None:
            raise
        return "other_number", other, error
    return _COLUMNS[number.kind], number.text, None


def _contents(parcel: ParcelDraft) -> bytes:
    said = {"contents": parcel.contents, "value_cents": parcel.value_cents, "class": parcel.contents_class.value}
    return msgspec.json.encode(said | {"cover_cents": parcel.cover_cents, "collect_cents": parcel.collect_cents})


def _created(parcel: Parcel, now_ms: int) -> ParcelCreated:
    return ParcelCreated(
        at_ms=now_ms,
        received_ms=now_ms,
        by=parcel.merchant,
        parcel=parcel.parcel,
        shipment=parcel.shipment,
        merchant=parcel.merchant,
        recipient=parcel.recipient,
        promised_on=day_number(parcel.promised_on),
        sealed=parcel.sealed,
    )


def _parcel(row: Record) -> Parcel:
    return Parcel(
        parcel=row["parcel"],
        shipment=row["shipment"],
        merchant=row["merchant"],
        recipient=row["recipient"],
        sscc=row["sscc"],
        s10=row["s10"],
        tracking=row["tracking"],
        sealed=row["sealed"],
        weight_g=row["weight_g"],
        promised_on=row["promised_on"],
        service=row["service"],
        body=row["body"],
        contents=row["contents"],
        other_number=row["other_number"],
        dangerous=tuple(row["dangerous"]),
        age_min=row["age_min"],
        collects=row["collects"],
        depot=row["depot"],
        lane=row["lane"],
        route=row["route"],
    )
