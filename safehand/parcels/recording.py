"""Recording: rows of shipments and parcels, and the numbers that parcels get, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from safehand.kernel.ids import PARCEL, ParcelId, PartyId, PersonId, ShipmentId, new_id
from safehand.labels.numbers import make_s10, make_sscc, new_tracking
from safehand.parcels.errors import NumberTaken
from safehand.parcels.model import Carrier, Parcel, ParcelDraft, ShipmentDraft
from safehand.parcels.ports import Destination
from safehand.store.database import Tx

S10_SERVICE = "CE"
SSCC_EXTENSION = 0
DRAWS_MAX = 8
"""So often tracking numbers that were taken are drawn again: of 10**11, a million are in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """Ids of what the vault keeps of a shipment."""

    recipient: str
    contents: tuple[str, ...]
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A shipment that is being recorded."""

    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    draft: ShipmentDraft
    destination: Destination
    promised_on: date
    bodies: Bodies


@dataclass(slots=True)
class _Unnumbered:
    """A parcel that waits for its numbers."""

    of: Sent
    draft: ParcelDraft
    contents: str
    parcel: ParcelId
    numbers: tuple[str, str, str] = field(default=("", "", ""))
    """SSCC, S10, tracking number."""


async def record_shipments(tx: Tx, sent: Sequence[Sent], manifest: str | None, now_ms: int) -> None:
    """A row for each shipment."""
    columns = (
        "shipment", "merchant", "recipient", "reference_body", "service", "promised_on", "body", "created_ms",
        "manifest", "depot", "lane", "route",
    )  # fmt: skip
    await tx.copy(
        "shipments",
        columns,
        [
            (
                one.shipment,
                one.merchant,
                one.recipient,
                one.bodies.reference,
                one.draft.service,
                one.promised_on,
                one.bodies.recipient,
                now_ms,
                manifest,
                one.destination.depot,
                one.destination.lane,
                one.destination.route,
            )
            for one in sent
        ],
    )


async def record_parcels(tx: Tx, carrier: Carrier, sent: Sequence[Sent], now_ms: int) -> list[list[Parcel]]:
    """A row for each parcel, with its numbers; for each shipment its parcels. A tracking number in use is drawn anew.

    Errors
        NumberTaken  another parcel bears a number that one of these brings along.
    """
    waiting = [
        _Unnumbered(one, draft, contents, ParcelId(new_id(PARCEL, now_ms)))
        for one in sent
        for draft, contents in zip(one.draft.parcels, one.bodies.contents, strict=True)
    ]
    await _refuse_taken(tx, [parcel.draft for parcel in waiting])
    await _number(tx, carrier, waiting)
    left = waiting
    for _ in range(DRAWS_MAX):
        made = await _insert(tx, left)
        left = [parcel for parcel in left if parcel.parcel not in made]
        if not left:
            break
        for parcel in left:
            parcel.numbers = (*parcel.numbers[:2], new_tracking())
    if left:  # not by its tracking number: somebody else was quicker with a number that it brings along
        raise NumberTaken(left[0].draft.sscc or left[0].draft.s10 or left[0].numbers[2])
    done: dict[ShipmentId, list[Parcel]] = {one.shipment: [] for one in sent}
    for parcel in waiting:
        done[parcel.of.shipment].append(_parcel(parcel))
    return list(done.values())


async def taken(tx: Tx, numbers: Sequence[str]) -> dict[str, tuple[ParcelId, PartyId]]:
    """Which of these SSCC and S10 numbers parcels bear already, and whose: the parcel and its merchant."""
    rows = await tx.fetch(
        "SELECT said.number, p.parcel, s.merchant FROM unnest($1::text[]) AS said(number)"
        " JOIN parcels p ON p.sscc = said.number OR p.s10 = said.number JOIN shipments s USING (shipment)",
        list(numbers),
    )
    return {row["number"]: (row["parcel"], row["merchant"]) for row in rows}


async def _refuse_taken(tx: Tx, drafts: Sequence[ParcelDraft]) -> None:
    brought = [number for draft in drafts for number in (draft.sscc, draft.s10) if number]
    seen: set[str] = set()
    for number in brought:
        if number in seen:
            raise NumberTaken(number)
        seen.add(number)
    for number in await taken(tx, brought) if brought else {}:
        raise NumberTaken(number)


async def _number(tx: Tx, carrier: Carrier, waiting: Sequence[_Unnumbered]) -> None:
    """Give each the numbers that it does not bring along."""
    ssccs = iter(await _next(tx, "sscc_serial", sum(not one.draft.sscc for one in waiting)))
    s10s = iter(await _next(tx, "s10_serial", sum(not one.draft.s10 for one in waiting)))
    for one in waiting:
        one.numbers = (
            one.draft.sscc or make_sscc(SSCC_EXTENSION, carrier.company_prefix, next(ssccs)),
            one.draft.s10 or make_s10(S10_SERVICE, next(s10s), carrier.country),
            new_tracking(),
        )


async def _next(tx: Tx, sequence: str, count: int) -> list[int]:
    rows = await tx.fetch("SELECT nextval($1::regclass) AS n FROM generate_series(1, $2)", sequence, count)
    return [int(row["n"]) for row in rows]


async def _insert(tx: Tx, parcels: Sequence[_Unnumbered]) -> set[str]:
    """Ids of those that could be recorded."""
    rows = await tx.fetch(
        "INSERT INTO parcels (parcel, shipment, sscc, s10, tracking, sealed, weight_g, length_mm, width_mm, height_mm,"
        " contents, other_number, dangerous, age_min, collects)"
        " SELECT parcel, shipment, sscc, s10, tracking, sealed, weight_g, length_mm, width_mm, height_mm, contents,"
        " other_number, string_to_array(dangerous, ' '), age_min, collects"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::int[], $8::int[],"
        " $9::int[], $10::int[], $11::text[], $12::text[], $13::text[], $14::int[], $15::bool[]) AS said (parcel,"
        " shipment, sscc, s10, tracking, sealed, weight_g, length_mm, width_mm, height_mm, contents, other_number,"
        " dangerous, age_min, collects) ON CONFLICT DO NOTHING RETURNING parcel",
        *(list(column) for column in zip(*(_row(one) for one in parcels), strict=True)),
    )
    return {row["parcel"] for row in rows}


def _row(one: _Unnumbered) -> tuple[object, ...]:
    draft = one.draft
    return (
        one.parcel,
        one.of.shipment,
        *one.numbers,
        draft.sealed,
        draft.weight_g,
        draft.length_mm,
        draft.width_mm,
        draft.height_mm,
        one.contents,
        draft.other_number,
        " ".join(draft.dangerous),
        draft.age_min,
        draft.collect_cents > 0,
    )


def _parcel(one: _Unnumbered) -> Parcel:
    sscc, s10, tracking = one.numbers
    where = one.of.destination
    return Parcel(
        parcel=one.parcel,
        shipment=one.of.shipment,
        merchant=one.of.merchant,
        recipient=one.of.recipient,
        sscc=sscc,
        s10=s10,
        tracking=tracking,
        sealed=one.draft.sealed,
        weight_g=one.draft.weight_g,
        promised_on=one.of.promised_on,
        service=one.of.draft.service,
        body=one.of.bodies.recipient,
        contents=one.contents,
        other_number=one.draft.other_number,
        dangerous=one.draft.dangerous,
        age_min=one.draft.age_min,
        collects=one.draft.collect_cents > 0,
        depot=where.depot,
        lane=where.lane,
        route=where.route,
    )
