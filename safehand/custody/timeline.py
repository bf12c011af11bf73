"""The timeline of a parcel: its facts in words that pages and machines share, each with its mark in the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.events.aggregates import (
    AggregateClosed,
    AggregateCreated,
    AggregateEmptied,
    AggregateOpened,
    AggregatePacked,
    AggregateUnpacked,
)
from safehand.events.custody import (
    CustodyCorrected,
    CustodyOffered,
    CustodyTakenOver,
    CustodyTransferred,
    ExceptionAssigned,
    ExceptionOpened,
    ExceptionResolved,
    SealApplied,
    SealOverridden,
)
from safehand.events.event import Event, decode
from safehand.events.parcels import ParcelCancelled, ParcelCreated, ParcelMeasured, ParcelObserved
from safehand.events.vocabulary import Evidence, ExceptionKind, Reason, Resolution, Side, State, Way
from safehand.kernel.ids import ExceptionId, PartyId, PlaceId
from safehand.ledger.ledger import Recorded


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
    TAKEOVER = "takeover"
    OVERRIDE = "override"
    CANCELLED = "cancelled"
    WEIGHED = "weighed"
    PACKED = "packed"
    UNPACKED = "unpacked"
    CLOSED = "closed"
    OPENED = "opened"
    EMPTIED = "emptied"


class Signed(StrEnum):
    """Who signed a change of hands. `evidence` is what a person without a device left, beside our signature."""

    BOTH = "both"
    GIVER = "giver"
    TAKER = "taker"
    EVIDENCE = "evidence"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line. `position` is its place in the public log, `verified` that a signed checkpoint covers it.

    `by` is the party, user or device that told it; `cause` the hash of the statement that it follows from.
    """

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
    resolution: Resolution | None = None
    recorded: str | None = None
    told: str | None = None
    handover: str | None = None
    by: str | None = None
    cause: str | None = None
    counter_cause: str | None = None


HANDED = ("state", "reason", "place", "giver", "taker", "way", "evidence", "seal", "handover")


def entries(facts: Sequence[Recorded], checkpointed: int) -> list[Entry]:
    """The timeline that facts tell; `checkpointed` is the size of the newest signed checkpoint."""
    return [_entry(fact, decode(fact.fact), checkpointed) for fact in facts]


def _entry(fact: Recorded, event: Event, checkpointed: int) -> Entry:
    said = _said(event)
    return Entry(
        seq=fact.seq,
        position=fact.position,
        verified=fact.position is not None and fact.position < checkpointed,
        at_ms=event.at_ms,
        received_ms=event.received_ms,
        by=event.by or _teller(event),
        cause=event.cause,
        **said,  # type: ignore[arg-type]  # the fields of Entry, by name
    )


def _teller(event: Event) -> str | None:
    return getattr(event, "party", None) or event.device


def _said(event: Event) -> dict[str, object]:
    match event:
        case ParcelCreated():
            return {"kind": EntryKind.CREATED, "state": State.CREATED, "taker": event.merchant}
        case ParcelObserved():
            return {"kind": EntryKind.READING, **_of(event, "state", "reason", "place", "seal")}
        case ParcelCancelled():
            return {"kind": EntryKind.CANCELLED, "state": State.CANCELLED, "reason": event.reason}
        case CustodyOffered():
            return {"kind": EntryKind.OFFER, "signed": _side(event.side), **_of(event, *HANDED)}
        case CustodyTransferred() | CustodyTakenOver():
            return _handover(event)
        case CustodyCorrected():
            return {"kind": EntryKind.CORRECTION, **_of(event, "state", "giver", "taker", "exception", "handover")}
        case SealApplied():
            return {"kind": EntryKind.SEAL, **_of(event, "place", "seal")}
        case SealOverridden():
            return {"kind": EntryKind.OVERRIDE, **_of(event, "seal", "recorded", "exception")}
        case ExceptionOpened():
            line = {"kind": EntryKind.EXCEPTION, "exception_kind": event.kind}
            return line | _of(event, "exception", "recorded", "told", "place", "handover")
        case ExceptionAssigned():
            return {"kind": EntryKind.ASSIGNMENT, "exception": event.exception, "told": event.owner}
        case ExceptionResolved():
            return {"kind": EntryKind.RESOLUTION, **_of(event, "exception", "resolution")}
        case _:
            return _packing(event)


def _packing(event: Event) -> dict[str, object]:
    """What is told of a scale, a cage or a bag: `told` is the weight, where the parcel lies, or how many there are."""
    match event:
        case ParcelMeasured():
            return {"kind": EntryKind.WEIGHED, "told": str(event.weight_g), **_of(event, "place")}
        case AggregateCreated():
            return {"kind": EntryKind.CREATED, "state": State.CREATED, "taker": event.holder}
        case AggregatePacked():
            return {"kind": EntryKind.PACKED, "told": event.into, **_of(event, "place")}
        case AggregateUnpacked():
            return {"kind": EntryKind.UNPACKED, "recorded": event.out_of, **_of(event, "place")}
        case AggregateClosed():
            return {"kind": EntryKind.CLOSED, "told": str(event.count), **_of(event, "place", "seal")}
        case AggregateOpened():
            return {"kind": EntryKind.OPENED, **_of(event, "place")}
        case AggregateEmptied():
            return {"kind": EntryKind.EMPTIED, "told": str(event.taken), **_of(event, "place")}
        case _:
            raise TypeError(f"no line for {event.name}")


def _handover(event: CustodyTransferred | CustodyTakenOver) -> dict[str, object]:
    if isinstance(event, CustodyTakenOver):
        return {"kind": EntryKind.TAKEOVER, **_of(event, "state", "giver", "taker", "handover")}
    if event.counter_cause is not None:
        signed = Signed.BOTH
    else:
        signed = Signed.EVIDENCE if event.evidence else _side(event.side)
    return {"kind": EntryKind.HANDOVER, "signed": signed, "counter_cause": event.counter_cause, **_of(event, *HANDED)}


def _side(side: Side) -> Signed:
    return Signed.GIVER if side is Side.GIVER else Signed.TAKER


def _of(event: Event, *names: str) -> dict[str, object]:
    return {name: getattr(event, name) for name in names}
