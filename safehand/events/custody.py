"""Who holds a parcel, what it was sealed with, and what did not fit."""

from dataclasses import dataclass

from safehand.events.event import Event
from safehand.events.vocabulary import Evidence, ExceptionKind, Reason, Resolution, Side, State, Way
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, PlaceId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyOffered(Event):
    """One side of a handover has signed; custody is unchanged until the other has.

    `handover` is the hash that both sides derive from (after, giver, parcel, taker); `side` is who signed.
    `accepted` says that the policy takes this one-sided way, and only its turn has not come. `state` is where
    the parcel will stand.
    EPCIS: none; an offer is not yet an event of the parcel.
    """

    name = "custody.offered.v1"
    parcel: ParcelId
    handover: str
    after: str
    giver: PartyId
    taker: PartyId
    side: Side
    way: Way
    state: State
    accepted: bool = False
    evidence: tuple[Evidence, ...] = ()
    reason: Reason | None = None
    place: PlaceId | None = None
    seal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyTransferred(Event):
    """A parcel changed hands.

    `giver` had it and `taker` holds it now. Both signed (`way` is `devices`), or the policy accepts this
    one-sided way: then `side` signed, and `evidence` is what the other side left. `counter_cause` is the
    statement of the side that signed first. `state` is where the parcel stands from now on. `seal` is the
    number read at the handover: a claim about the packaging is settled by comparing two of these.
    EPCIS: ObjectEvent, action OBSERVE, bizStep `accepting` (CBV 2.0).
    """

    name = "custody.transferred.v1"
    parcel: ParcelId
    handover: str
    after: str
    giver: PartyId
    taker: PartyId
    way: Way
    side: Side
    state: State
    counter_cause: str | None = None
    evidence: tuple[Evidence, ...] = ()
    reason: Reason | None = None
    place: PlaceId | None = None
    seal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyCorrected(Event):
    """A person recorded who really holds the parcel, after an exception; nothing earlier is changed.

    `handover` is the joint that the next handover continues from.
    EPCIS: ObjectEvent with a persistent disposition; the earlier event gets an errorDeclaration.
    """

    name = "custody.corrected.v1"
    parcel: ParcelId
    handover: str
    after: str
    giver: PartyId
    taker: PartyId
    state: State
    exception: ExceptionId
    by_user: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyTakenOver(Event):
    """At the carrier's change to Safehand, its earlier system named this custodian. Nobody signed here.

    `cause` is the hex SHA-256 of the row that said so; `at_ms` is since when, by that system's word. `handover` is the
    joint that the next handover continues from.
    EPCIS: ObjectEvent, action OBSERVE, without a bizTransaction: the earlier system's events are not ours.
    """

    name = "custody.taken_over.v1"
    parcel: ParcelId
    handover: str
    after: str
    giver: PartyId
    taker: PartyId
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class SealApplied(Event):
    """A seal was put on, or a broken one replaced.

    EPCIS: ObjectEvent, action OBSERVE, bizStep `packing` with a sensor-free `seal` extension.
    """

    name = "seal.applied.v1"
    parcel: ParcelId
    party: PartyId
    seal: str
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOverridden(Event):
    """A supervisor read a seal again and accepted the parcel with `seal`, whatever was on record before.

    EPCIS: none; the exception that it answers is ours.
    """

    name = "seal.overridden.v1"
    parcel: ParcelId
    seal: str
    recorded: str | None = None
    exception: ExceptionId
    by_user: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionOpened(Event):
    """Two facts disagree, and a person decides. `recorded` and `told` are those two;
    `handover` is the handover it is about, if it is about one.

    EPCIS: none; the events it is about may later get an errorDeclaration.
    """

    name = "exception.opened.v1"
    exception: ExceptionId
    parcel: ParcelId
    kind: ExceptionKind
    recorded: str | None = None
    told: str | None = None
    handover: str | None = None
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionAssigned(Event):
    """Somebody looks after an exception from now on.

    EPCIS: none.
    """

    name = "exception.assigned.v1"
    exception: ExceptionId
    parcel: ParcelId
    owner: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionResolved(Event):
    """A person closed an exception and says how.

    EPCIS: none.
    """

    name = "exception.resolved.v1"
    exception: ExceptionId
    parcel: ParcelId
    resolution: Resolution
    by_user: UserId
