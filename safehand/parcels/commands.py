"""The parcels desk: a merchant's shipment becomes parcels with numbers, each with its first fact."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec

from safehand.events.parcels import ParcelCreated
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_read
from safehand.kernel.clock import Clock
from safehand.kernel.days import day_number
from safehand.kernel.ids import PARCEL, SHIPMENT, ParcelId, PartyId, PersonId, ShipmentId, is_id, new_id
from safehand.labels.numbers import Kind as NumberKind
from safehand.labels.numbers import make_s10, make_sscc, new_tracking, read_number
from safehand.ledger.ledger import Append, Ledger
from safehand.parcels.errors import NoSuchNumber, NoSuchShipment, NumberTaken
from safehand.parcels.model import Parcel, ParcelDraft, Recipient, Service, ShipmentDraft, promised_on
from safehand.store.database import Record, Tx
from safehand.vault.lookups import Lookups
from safehand.vault.vault import Kind, Private, Vault

S10_SERVICE = "CE"
SSCC_EXTENSION = 0

_SELECT = (
    "SELECT p.*, s.merchant, s.recipient, s.service, s.promised_on, s.body"
    " FROM parcels p JOIN shipments s USING (shipment)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who issues the numbers: the GS1 company prefix, the country of the S10, the zone of the promised day."""

    company_prefix: str
    country: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment on record, with its parcels."""

    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    reference: str | None
    """Id of the vault's body with the merchant's own word for it, if there is one."""
    parcels: list[Parcel]


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

    @property
    def lookups(self) -> Lookups:
        """By what recipients are found again."""
        return Lookups(self.vault)

    async def create(self, tx: Tx, merchant: PartyId, draft: ShipmentDraft) -> Shipment:
        """Record a shipment: numbers, private bodies and the first fact of each parcel, all or nothing."""
        now_ms = self.clock.now_ms()
        shipment = ShipmentId(new_id(SHIPMENT, now_ms))
        person = await self.vault.new_person(tx, now_ms)
        private = [Private(person, Kind.RECIPIENT, msgspec.json.encode(draft.recipient))]
        private += [Private(person, Kind.CONTENTS, _contents(parcel)) for parcel in draft.parcels]
        if draft.reference is not None:
            private.append(Private(person, Kind.REFERENCE, draft.reference.encode()))
        body, *rest = await self.vault.put_many(tx, private)
        lists = rest[: len(draft.parcels)]
        reference = rest[-1] if draft.reference is not None else None
        await self.lookups.note(tx, person, draft.recipient.clues())
        day = draft.promised_on or promised_on(draft.service, now_ms, self.carrier.zone)
        await tx.copy(
            "shipments",
            ("shipment", "merchant", "recipient", "reference_body", "service", "promised_on", "body", "created_ms"),
            [(shipment, merchant, person, reference, draft.service.value, day, body, now_ms)],
        )
        for parcel, contents_body in zip(draft.parcels, lists, strict=True):
            await self._number(tx, shipment, parcel, contents_body, now_ms)
        made = await self.shipment(tx, shipment)
        await self.ledger.append(tx, [Append(p.parcel, 0, [_created(p, now_ms)]) for p in made.parcels])
        return made

    async def _number(self, tx: Tx, shipment: ShipmentId, parcel: ParcelDraft, contents: str, now_ms: int) -> None:
        """Give a parcel its numbers. A tracking number that is taken is drawn again.

        Errors
            NumberTaken  another parcel bears a number that this one brings along.
        """
        brought = parcel.sscc or parcel.s10
        if brought and await tx.fetch("SELECT 1 FROM parcels WHERE sscc = $1 OR s10 = $1", brought):
            raise NumberTaken(brought)
        made = 0
        while not made:
            made = await tx.run(
                "INSERT INTO parcels (parcel, shipment, sscc, s10, tracking, sealed, weight_g, length_mm, width_mm,"
                " height_mm, contents) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
                new_id(PARCEL, now_ms),
                shipment,
                parcel.sscc or make_sscc(SSCC_EXTENSION, self.carrier.company_prefix, await _next(tx, "sscc_serial")),
                parcel.s10 or make_s10(S10_SERVICE, await _next(tx, "s10_serial"), self.carrier.country),
                new_tracking(),
                parcel.sealed,
                parcel.weight_g,
                parcel.length_mm,
                parcel.width_mm,
                parcel.height_mm,
                contents,
            )

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
        """The parcel that any of its numbers, or its id, names.

        Errors
            WrongCheckDigit, WrongLength, NumberUnreadable  it is not a number.
            NoSuchNumber  it is one, and no parcel bears it.
        """
        if is_id(PARCEL, given):
            column, text = "parcel", given
        else:
            number = read_number(given)
            column, text = _COLUMNS[number.kind], number.text
        rows = await tx.fetch(f"{_SELECT} WHERE p.{column} = $1", text)
        if not rows:
            raise NoSuchNumber(given)
        return _parcel(rows[0])

    async def many(self, tx: Tx, parcels: list[str]) -> dict[ParcelId, Parcel]:
        """Several parcels by id; unknown ones are left out."""
        rows = await tx.fetch(f"{_SELECT} WHERE p.parcel = ANY($1::text[])", parcels)
        return {row["parcel"]: _parcel(row) for row in rows}

    async def disclose(self, tx: Tx, parcel: Parcel, to: Principal, action: Action) -> Disclosed | None:
        """Name, address, contents and value, once it is on record who reads them; None if the person was erased.

        The row is written in this transaction: without it nothing is disclosed.
        """
        await note_read(tx, Read(to, action, parcel.recipient, parcel.parcel), self.clock.now_ms())
        bodies = await self.vault.get_many(tx, [parcel.body, parcel.contents])
        who, what = bodies.get(parcel.body), bodies.get(parcel.contents)
        if who is None:
            return None
        about = msgspec.json.decode(what or b"{}")
        recipient = msgspec.json.decode(who, type=Recipient)
        return Disclosed(recipient, about.get("contents"), about.get("value_cents"))


_COLUMNS = {NumberKind.SSCC: "sscc", NumberKind.S10: "s10", NumberKind.TRACKING: "tracking"}


async def _next(tx: Tx, sequence: str) -> int:
    rows = await tx.fetch("SELECT nextval($1::regclass) AS n", sequence)
    return int(rows[0]["n"])


def _contents(parcel: ParcelDraft) -> bytes:
    return msgspec.json.encode({"contents": parcel.contents, "value_cents": parcel.value_cents})


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
        service=Service(row["service"]),
        body=row["body"],
        contents=row["contents"],
    )
