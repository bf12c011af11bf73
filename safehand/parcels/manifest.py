"""A manifest: many shipments in one call, and what became of each row. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from safehand.kernel.ids import ParcelId, PartyId, ShipmentId
from safehand.parcels.model import ShipmentDraft

MANIFEST = "mft"
ROWS_MAX = 10_000
"""Rows of one call; a shipment with several parcels has as many rows in a CSV, and one in JSON."""
REFERENCE_CHARS_MAX = 35


class Outcome(StrEnum):
    """What became of a shipment. All are final."""

    TAKEN = "taken"
    KNOWN = "known"
    """It was told before, under the same reference or number: nothing was recorded twice."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What disagrees, in which field, and what is wanted. What was sent is not repeated: it may be somebody's name."""

    field: str
    code: str
    wanted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """A shipment as a manifest tells it: the row it began in, and the draft or what is wrong with it.

    `aggregates` names for each parcel the SSCC of the cage or bag that it comes in.
    """

    row: int
    draft: ShipmentDraft | None
    problems: tuple[Problem, ...] = ()
    aggregates: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A parcel and the numbers that it has from now on."""

    parcel: ParcelId
    sscc: str
    s10: str
    tracking: str
    lane: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What became of one shipment."""

    row: int
    outcome: Outcome
    shipment: ShipmentId | None = None
    parcels: tuple[Numbers, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a manifest. `manifest` is None where nothing of it was kept, as was asked."""

    manifest: str | None
    merchant: PartyId
    received_ms: int
    taken: int
    known: int
    refused: int
    parcels: int
    rows: tuple[RowReport, ...] = ()


def keys_of(draft: ShipmentDraft) -> list[str]:
    """By what a shipment is recognised when it is told again: its reference, and the numbers that it brings along."""
    keys = [f"reference {draft.reference}"] if draft.reference is not None else []
    for parcel in draft.parcels:
        keys += [f"number {number}" for number in (parcel.sscc, parcel.s10, parcel.other_number) if number]
    return keys
