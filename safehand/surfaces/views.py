"""What pages are given: frozen views, already filtered to what their viewer may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from safehand.events.vocabulary import Evidence, ExceptionKind, ExceptionState, Reason, State, Way
from safehand.identity.model import Action
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, PersonId, PlaceId, ShipmentId, UserId


class PartyKind(StrEnum):
    """What somebody is to a parcel; pages say the role with the name."""

    MERCHANT = "merchant"
    DEPOT = "depot"
    DRIVER = "driver"
    PARTNER = "partner"
    RECIPIENT = "recipient"
    STAFF = "staff"
    UNKNOWN = "unknown"


class EntryKind(StrEnum):
    """What one line of a timeline tells."""

    CREATED = "created"
    HANDOVER = "handover"
    OFFER = "offer"
    READING = "reading"
    SEAL = "seal"
    EXCEPTION = "exception"
    RESOLUTION = "resolution"
    ASSIGNMENT = "assignment"
    CORRECTION = "correction"
    OVERRIDE = "override"
    CANCELLED = "cancelled"


class Signed(StrEnum):
    """Who signed a change of hands. `evidence` is what a person without a device left, beside our signature."""

    BOTH = "both"
    GIVER = "giver"
    TAKER = "taker"
    EVIDENCE = "evidence"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Name:
    """A party, a person or a user as pages call it."""

    text: str
    kind: PartyKind


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place and its IANA zone: its hours are told by its own clock."""

    text: str
    zone: str


@dataclass(frozen=True, slots=True)
class Names:
    """The words for opaque ids. An id without a name is told as unknown, never shown raw."""

    parties: Mapping[str, Name] = field(default_factory=dict)
    """Parties, recipients and users, by id."""
    places: Mapping[str, PlaceName] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a custody timeline. `by` is the party, user or device that told it, by id."""

    seq: int
    position: int | None
    verified: bool
    at_ms: int
    received_ms: int
    kind: EntryKind
    state: State | None = None
    reason: Reason | None = None
    place: PlaceId | None = None
    giver: PartyId | None = None
    taker: PartyId | None = None
    way: Way | None = None
    signed: Signed = Signed.NONE
    evidence: tuple[Evidence, ...] = ()
    seal: str | None = None
    exception_kind: ExceptionKind | None = None
    exception: ExceptionId | None = None
    recorded: str | None = None
    told: str | None = None
    by: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers that a parcel answers to."""

    sscc: str
    s10: str
    tracking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelHead:
    """Where a parcel stands. `promised_on` is a local day, YYYYMMDD."""

    parcel: ParcelId
    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    promised_on: int
    state: State
    reason: Reason | None
    custodian: PartyId
    seal: str | None
    sealed: bool
    since_ms: int
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelFacts:
    """What the merchant told of a parcel, as far as the viewer may read it."""

    service: str
    to_lines: tuple[str, ...] = ()
    weight_g: int | None = None
    value_cents: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCase:
    """An exception with its owner and state. `recorded` and `told` are the two facts that disagree."""

    exception: ExceptionId
    parcel: ParcelId
    tracking: str
    kind: ExceptionKind
    state: ExceptionState
    opened_ms: int
    owner: UserId | None = None
    recorded: str | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMark:
    """Where a parcel's newest checkpointed fact stands in the log. `root` is base64 of the checkpoint's root."""

    position: int
    size: int
    root: str
    signed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """A parcel for staff: one consistent reading. Entries are in the order in which they took effect."""

    head: ParcelHead
    facts: ParcelFacts
    entries: tuple[Entry, ...]
    cases: tuple[ExceptionCase, ...]
    names: Names
    log: LogMark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One exception and its parcel, with the parties that a correction may name."""

    case: ExceptionCase
    parcel: ParcelView
    parties: tuple[tuple[PartyId, Name], ...]
    staff: tuple[tuple[UserId, str], ...]
    """Who may look after it, by user id and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRow:
    """A parcel in a list."""

    parcel: ParcelId
    tracking: str
    state: State
    reason: Reason | None
    custodian: PartyId
    since_ms: int
    promised_on: int
    exceptions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelList:
    """A page of parcels, latest moved first. `more` is the cursor of the next page."""

    rows: tuple[ParcelRow, ...]
    names: Names
    more: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """A page of exceptions, newest first."""

    rows: tuple[ExceptionCase, ...]
    names: Names
    counts: Mapping[ExceptionState, int]
    more: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one pair of hands has today: still held, delivered, attempted."""

    party: PartyId
    holding: int
    delivered: int
    attempted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of some parcel's timeline, for the list of the latest."""

    parcel: ParcelId
    tracking: str
    state: State
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The day so far. `lag_ms` is the age of the oldest fact that the log or the pages do not hold yet."""

    states: Mapping[State, int]
    open_exceptions: int
    log_size: int
    lag_ms: int
    cases: tuple[ExceptionCase, ...]
    movements: tuple[Movement, ...]
    holdings: tuple[Holding, ...]
    names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicView:
    """What a number alone shows: status words and the service's promised day."""

    tracking: str
    state: State
    promised_on: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """A parcel for whoever holds its link. `pin` is None once it is of no more use."""

    head: ParcelHead
    entries: tuple[Entry, ...]
    names: Names
    to_lines: tuple[str, ...]
    pin: str | None
    log: LogMark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who is signed in. `may` holds the actions that the policies allow; a page hides what it lacks."""

    user: UserId
    name: str
    roles: tuple[str, ...]
    may: frozenset[Action]


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A receipt as it is saved: the bytes and the name to save them under."""

    body: bytes
    file_name: str
