"""What pages are given: frozen views, already filtered to what their viewer may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from safehand.custody.timeline import Entry
from safehand.events.vocabulary import ExceptionKind, ExceptionState, Reason, State
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, PersonId, ShipmentId, UserId


class NameKind(StrEnum):
    """What somebody is to a parcel; pages say the role with the name."""

    MERCHANT = "merchant"
    DEPOT = "depot"
    DRIVER = "driver"
    PARTNER = "partner"
    SUBCONTRACTOR = "subcontractor"
    RECIPIENT = "recipient"
    STAFF = "staff"
    CAGE = "cage"
    BAG = "bag"
    PALLET = "pallet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Name:
    """A party, a person or a user as pages call it."""

    text: str
    kind: NameKind


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
class Numbers:
    """The numbers that a parcel answers to."""

    sscc: str
    s10: str
    tracking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelHead:
    """Where a parcel stands. `promised_on` is the service's day at the destination."""

    parcel: ParcelId
    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    promised_on: date
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
    may: frozenset[Action]
    """What the viewer may do to it: a page shows no button for the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRow:
    """A parcel in a list."""

    parcel: ParcelId
    tracking: str
    state: State
    reason: Reason | None
    custodian: PartyId
    since_ms: int
    promised_on: date
    exceptions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelList:
    """A page of parcels, latest moved first. `more` is the cursor of the next page."""

    rows: tuple[ParcelRow, ...]
    names: Names
    more: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """A page of exceptions. `more` is the cursor of the next page."""

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
    """The day so far. `behind` counts the facts that no signed checkpoint covers yet."""

    states: Mapping[State, int]
    open_exceptions: int
    log_size: int
    behind: int
    cases: tuple[ExceptionCase, ...]
    movements: tuple[Movement, ...]
    holdings: tuple[Holding, ...]
    names: Names


class DataWish(StrEnum):
    """What a recipient may want done with what is held of them."""

    EXPORT = "export"
    ERASE = "erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicView:
    """What a number alone shows: status words and the service's promised day."""

    state: State
    promised_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """A parcel for whoever holds its link. `pin` is None once it is of no more use."""

    head: ParcelHead
    entries: tuple[Entry, ...]
    names: Names
    to_lines: tuple[str, ...]
    pin: str | None
    log: LogMark | None
    changed: bool = False
    """A rate has done something to it by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who is signed in."""

    me: Principal
    user: UserId
    name: str
    roles: tuple[str, ...]
    follows: bool
    """May listen to what moves."""
    sees: frozenset[str]
    """The pages that there are for this viewer, by the name that the head of each page has for them."""


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A receipt as it is saved: the bytes and the name to save them under."""

    body: bytes
    file_name: str
