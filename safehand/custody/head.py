"""The head of a parcel: what custody must know to judge the next statement. Folded from the facts, pure."""

from dataclasses import dataclass, field, replace

import msgspec

from safehand.custody.clocks import happened_ms
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
from safehand.events.event import Event
from safehand.events.parcels import ParcelCancelled, ParcelCreated, ParcelMeasured, ParcelObserved
from safehand.events.statement import FIRST_AFTER
from safehand.events.vocabulary import Evidence, ExceptionKind, ExceptionState, Reason, Side, State, Way
from safehand.kernel.ids import (
    AGGREGATE,
    AggregateId,
    ExceptionId,
    ParcelId,
    PartyId,
    PersonId,
    PlaceId,
    ShipmentId,
    UserId,
    is_id,
)

OFFERS_MAX = 32
"""Handovers of one parcel that may wait for their other side or their predecessor at one time."""
SIGHTINGS_MAX = 16
EXCEPTIONS_MAX = 256
READINGS_MAX = 16

ENDED = frozenset({State.CANCELLED, State.RETURNED})

NOBODY = PersonId(PartyId(""))
"""In the place of who is meant to get a cage, and of whoever sent one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One side's signature under a handover: the statement it made."""

    side: Side
    cause: str
    device: str
    sequence: int
    at_ms: int
    state: State
    seal: str | None = None
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A handover that has not taken effect: half signed, or ahead of its predecessor."""

    handover: str
    after: str
    giver: PartyId
    taker: PartyId
    way: Way
    halves: tuple[Half, ...]
    accepted: bool
    """The policy takes this one-sided way with the evidence it brings."""
    evidence: tuple[Evidence, ...] = ()
    reason: Reason | None = None
    contested: bool = False
    """An exception already says that it contradicts another."""

    @property
    def complete(self) -> bool:
        """Whether it may take effect: both sides signed, or the policy accepts one side."""
        return self.accepted or len(self.halves) == 2

    @property
    def claimed(self) -> bool:
        """Whether somebody says that he holds the parcel by it."""
        return self.complete or any(half.side is Side.TAKER for half in self.halves)

    def half(self, side: Side) -> Half | None:
        """The signature of one side, if it is there."""
        return next((half for half in self.halves if half.side is side), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The newest state that somebody who is not the custodian told: counts once the parcel is his."""

    at_ms: int
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenException:
    """An exception that nobody has resolved."""

    kind: ExceptionKind
    state: ExceptionState
    owner: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The cage or bag that a parcel lies in, and since when."""

    aggregate: AggregateId
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One parcel, or one cage or bag, as its facts leave it."""

    parcel: ParcelId
    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    promised_on: int
    sealed: bool
    """The policy asks for a seal."""
    version: int
    custodian: PartyId
    since_ms: int
    state: State
    state_ms: int
    reason: Reason | None = None
    chain: tuple[str, ...] = (FIRST_AFTER,)
    """The handovers that took effect, oldest first; the last is what the next one continues from."""
    offers: dict[str, Offer] = field(default_factory=dict)
    sightings: dict[str, Sighting] = field(default_factory=dict)
    exceptions: dict[str, OpenException] = field(default_factory=dict)
    seal: str | None = None  # the serial on record
    readings: tuple[str, ...] = ()
    """Other serials that were read: each raised its exception once, or waits for the seal to be told."""
    place: PlaceId | None = None
    within: Within | None = None
    out_ms: int = 0
    """When it was last out of a cage or bag: what is told of a moment before does not put it back."""
    closed: bool = False
    weight_g: int | None = None
    """As it was last weighed."""
    stalled_ms: int | None = None
    """Since when it had stood still, when that was last told: one stay, one exception."""

    @property
    def last_handover(self) -> str:
        """What the next handover continues from."""
        return self.chain[-1]

    @property
    def aggregate(self) -> bool:
        """Whether it is a cage or bag, and no parcel."""
        return is_aggregate(self.parcel)

    @property
    def moved_ms(self) -> int:
        """Since when it has stood still."""
        return max(self.since_ms, self.state_ms)


def is_aggregate(thing: str) -> bool:
    """Whether an id names a cage or bag."""
    return is_id(AGGREGATE, thing)


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Head)


def encode_head(head: Head) -> bytes:
    """The head as it is kept beside the facts: a cache of `fold`, never a source."""
    return _encoder.encode(head)


def decode_head(raw: bytes) -> Head:
    """The head from its kept form."""
    return _decoder.decode(raw)


def created(event: ParcelCreated | AggregateCreated) -> Head:
    """The head after the first fact: the merchant holds a parcel, and whoever has it a cage or bag."""
    if isinstance(event, AggregateCreated):
        return _in_use(event)
    return Head(
        parcel=event.parcel,
        shipment=event.shipment,
        merchant=event.merchant,
        recipient=event.recipient,
        promised_on=event.promised_on,
        sealed=event.sealed,
        version=1,
        custodian=event.merchant,
        since_ms=event.at_ms,
        state=State.CREATED,
        state_ms=event.at_ms,
    )


def _in_use(event: AggregateCreated) -> Head:
    return Head(
        parcel=event.parcel,
        shipment=ShipmentId(""),
        merchant=event.merchant or NOBODY,
        recipient=NOBODY,
        promised_on=0,
        sealed=False,
        version=1,
        custodian=event.holder,
        since_ms=event.at_ms,
        state=State.CREATED,
        state_ms=event.at_ms,
    )


def folded(head: Head, event: Event) -> Head:
    """The head after one more fact. Every change of a head goes through here."""
    head = replace(head, version=head.version + 1)
    match event:
        case CustodyTransferred():
            return _transferred(head, event)
        case CustodyCorrected() | CustodyTakenOver():
            return _corrected(head, event)
        case ParcelObserved():
            return _observed(head, event)
        case ParcelCancelled():
            return replace(head, state=State.CANCELLED, state_ms=event.at_ms, reason=event.reason)
        case SealApplied():
            return replace(head, seal=event.seal) if head.seal is None else head
        case SealOverridden():
            return replace(head, seal=event.seal, readings=())
        case ExceptionOpened():
            return _opened(head, event)
        case ExceptionAssigned():
            return _exception(head, event.exception, state=ExceptionState.ASSIGNED, owner=event.owner)
        case ExceptionResolved():
            rest = {id: open for id, open in head.exceptions.items() if id != event.exception}
            return replace(head, exceptions=rest)
        case CustodyOffered():
            return _offered(head, event)
        case ParcelMeasured():
            return replace(head, weight_g=event.weight_g)
        case _:
            return _packing(head, event)


def _packing(head: Head, event: Event) -> Head:
    """What a fact says of a cage or bag, or of a parcel that may lie in one."""
    match event:
        case AggregatePacked():
            return replace(head, within=Within(aggregate=event.into, since_ms=happened_ms(event)))
        case AggregateUnpacked():
            within = None if head.within and head.within.aggregate == event.out_of else head.within
            return replace(head, within=within, out_ms=max(head.out_ms, happened_ms(event)))
        case AggregateClosed():
            return replace(head, closed=True, seal=event.seal if head.seal is None else head.seal)
        case AggregateOpened() | AggregateEmptied():
            return replace(head, closed=False, seal=None, readings=())
        case _:
            return head


def joined(known: Offer | None, event: CustodyOffered) -> Offer:
    """The offer after one more side has signed. A side that signs twice is held to its first word, unless the
    policy accepts only the later one: then the earlier stays on record as an offer without effect.

    Both sides' words count once both are there: `way` and `state` are then the taker's.
    """
    half = Half(
        side=event.side,
        cause=event.cause or "",
        device=event.device or "",
        sequence=event.sequence or 0,
        at_ms=event.at_ms,
        state=event.state,
        seal=event.seal,
        place=event.place,
    )
    if known is None:
        return Offer(
            handover=event.handover,
            after=event.after,
            giver=event.giver,
            taker=event.taker,
            way=event.way,
            halves=(half,),
            accepted=event.accepted,
            evidence=event.evidence,
            reason=event.reason,
        )
    if known.half(event.side) is not None:
        if not event.accepted:
            return known
        halves = tuple(half if one.side is event.side else one for one in known.halves)
        return replace(known, accepted=True, way=event.way, evidence=event.evidence, halves=halves)
    return replace(known, halves=(*known.halves, half), reason=known.reason or event.reason)


def _offered(head: Head, event: CustodyOffered) -> Head:
    if event.handover in head.chain:
        return head  # a second word about what has taken effect
    known = head.offers.get(event.handover)
    if known is None and len(head.offers) >= OFFERS_MAX:
        return head
    return replace(head, offers={**head.offers, event.handover: joined(known, event)})


def _transferred(head: Head, event: CustodyTransferred) -> Head:
    sighting, at_ms = head.sightings.get(event.taker), happened_ms(event)
    ahead = sighting is not None and sighting.at_ms > at_ms
    return replace(
        head,
        custodian=event.taker,
        since_ms=at_ms,
        chain=(*head.chain, event.handover),
        state=sighting.state if ahead and sighting else event.state,
        state_ms=sighting.at_ms if ahead and sighting else at_ms,
        reason=event.reason,
        place=event.place or head.place,
        offers={id: offer for id, offer in head.offers.items() if id != event.handover},
        readings=_read(head, event.seal) if head.seal is None else head.readings,
    )


def _corrected(head: Head, event: CustodyCorrected | CustodyTakenOver) -> Head:
    return replace(
        head,
        custodian=event.taker,
        since_ms=event.at_ms,
        chain=(*head.chain, event.handover),
        state=event.state,
        state_ms=event.at_ms,
        offers={id: offer for id, offer in head.offers.items() if id != event.handover},
    )


def _observed(head: Head, event: ParcelObserved) -> Head:
    at_ms = happened_ms(event)
    if event.party == head.custodian:
        if at_ms < head.state_ms:
            return head  # told late: the newer state stands
        return replace(
            head,
            state=event.state,
            state_ms=at_ms,
            reason=event.reason,
            place=event.place or head.place,
        )
    known = head.sightings.get(event.party)
    if (known is None and len(head.sightings) >= SIGHTINGS_MAX) or (known and known.at_ms > at_ms):
        return head
    sighting = Sighting(at_ms=at_ms, state=event.state)
    return replace(head, sightings={**head.sightings, event.party: sighting})


def _opened(head: Head, event: ExceptionOpened) -> Head:
    if event.kind is ExceptionKind.STALLED:
        head = replace(head, stalled_ms=head.moved_ms)
    if len(head.exceptions) >= EXCEPTIONS_MAX:
        return head
    opened = OpenException(kind=event.kind, state=ExceptionState.OPEN)
    offers = head.offers
    if event.handover in offers:
        offers = {**offers, event.handover: replace(offers[event.handover], contested=True)}
    return replace(
        head,
        exceptions={**head.exceptions, event.exception: opened},
        offers=offers,
        readings=_read(head, event.told) if event.kind is ExceptionKind.SEAL_MISMATCH else head.readings,
    )


def _read(head: Head, seal: str | None) -> tuple[str, ...]:
    if seal is None or seal in head.readings or len(head.readings) >= READINGS_MAX:
        return head.readings
    return (*head.readings, seal)


def _exception(head: Head, id: ExceptionId, *, state: ExceptionState, owner: UserId) -> Head:
    known = head.exceptions.get(id)
    if known is None:
        return head
    return replace(head, exceptions={**head.exceptions, id: replace(known, state=state, owner=owner)})
