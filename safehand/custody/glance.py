"""A glance: what a number alone shows, in one question that costs the same whether a parcel bears it or not."""

from dataclasses import dataclass
from datetime import date

from safehand.custody.commands import fold
from safehand.custody.head import decode_head
from safehand.events.event import decode
from safehand.events.vocabulary import State
from safehand.kernel.ids import ParcelId, PartyId
from safehand.labels.numbers import Kind, Number
from safehand.store.database import Tx

COLUMNS = {Kind.SSCC: "sscc", Kind.S10: "s10", Kind.TRACKING: "tracking"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One parcel's state word and promised day. The ids are for the policies, never shown."""

    parcel: ParcelId
    merchant: PartyId
    custodian: PartyId
    state: State
    promised_on: date


async def glance(tx: Tx, number: Number) -> Glance | None:
    """The parcel that bears the number; None if there is none."""
    rows = await tx.fetch(
        "SELECT p.parcel, s.promised_on, k.state AS head, CASE WHEN k.state = '' THEN"  # noqa: S608
        " (SELECT array_agg(fact ORDER BY version) FROM facts WHERE stream = p.parcel) END AS facts"
        " FROM parcels p JOIN shipments s USING (shipment) JOIN heads k ON k.stream = p.parcel"
        f" WHERE p.{COLUMNS[number.kind]} = $1",  # one of three names of our own
        number.text,
    )
    if not rows:
        return None
    [row] = rows
    head = decode_head(row["head"]) if row["head"] else fold([decode(fact) for fact in row["facts"]])
    return Glance(
        parcel=row["parcel"],
        merchant=head.merchant,
        custodian=head.custodian,
        state=head.state,
        promised_on=row["promised_on"],
    )
