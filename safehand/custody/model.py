"""The rule: what follows from what a device says. Pure: no I/O, no clock, no randomness.

A statement has happened and is never refused: `told` turns it into facts, exceptions included. A request
may be refused: `commands.py` refuses one for which `told` would open an exception.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from safehand.custody.clocks import jumped
from safehand.custody.head import ENDED, OFFERS_MAX, Half, Head, Offer, folded, joined
from safehand.events.custody import CustodyCorrected, CustodyOffered, CustodyTransferred, ExceptionOpened, SealApplied
from safehand.events.event import Event
from safehand.events.parcels import ParcelObserved
from safehand.events.statement import HandedOver, Reported, Scanned, SealPut, Statement
from safehand.events.vocabulary import Demand, ExceptionKind, Side, State, Way
from safehand.kernel.ids import EXCEPTION, DeviceId, ExceptionId, PartyId, derived_id

SCANNED_STATES = frozenset(
    {
        State.SORTED,
        State.OUT_FOR_DELIVERY,
        State.ATTEMPTED,
        State.HELD,
        State.REFUSED,
        State.DAMAGED,
        State.AWAITING_COLLECTION,
        State.LOST,
        State.FOUND,
    }
)
"""What a reading may say. The others follow from a change of hands, or from the merchant."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the policy says of a handover that one side tells: `problem` is what it lacks."""

    accepted: bool
    problem: ExceptionKind | None = None
    recorded: str | None = None


BOTH_MUST_SIGN = Proof(accepted=False)


@dataclass(frozen=True, slots=True)
class Declared:
    """What the merchant said of a parcel. `sides_mm` are in any order."""

    weight_g: int
    sides_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Barred:
    """Why somebody may not carry a parcel: what it asks for, and the word for what the record of training lacks."""

    asks: Demand
    lacks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A statement as it reached us. `cause` is the hex hash of its bytes."""

    said: Statement
    cause: str
    received_ms: int
    proof: Proof = BOTH_MUST_SIGN
    sequence_used: str | None = None
    """The hash of another statement with this device and sequence."""
    seal_elsewhere: str | None = None
    """Another parcel that bears the serial being put on."""
    seal_unknown: bool = False
    """The serial being put on was never issued."""
    retired_ms: int | None = None
    """When another device took the place of the one that signed."""
    declared: Declared | None = None
    """What the merchant said of the parcel, where it is weighed."""
    aggregates: Mapping[str, Head] = field(default_factory=dict)
    """The cages and bags that it may be about."""
    contents: Mapping[str, Collection[str]] = field(default_factory=dict)
    """What lies in those of them that the statement names."""


@dataclass(slots=True)
class Story:
    """The facts so far, and the head that they leave."""

    head: Head
    told: Told
    facts: list[Event] = field(default_factory=list)

    def tell(self, fact: Event) -> None:
        """Add a fact and fold it in, so that the next question sees it."""
        self.facts.append(fact)
        self.head = folded(self.head, fact)


def told(head: Head, what: Told) -> list[Event]:
    """Facts that follow from what a device says of the thing itself, in order; at least one."""
    story = Story(head, what)
    tell(story)
    return story.facts


def tell(story: Story) -> None:
    """The same, added to a story."""
    head, what, said = story.head, story.told, story.told.said
    if what.sequence_used is not None:
        open_exception(story, ExceptionKind.SEQUENCE_REUSED, what.sequence_used, what.cause)
        return
    match said:
        case HandedOver():
            _handed_over(story, said)
        case Scanned():
            _scanned(story, said)
        case SealPut():
            _seal_put(story, said)
        case Reported():
            kind = said.problem or ExceptionKind.REPORTED
            open_exception(story, kind, head.state, said.state or said.reason or said.problem or State.DAMAGED)
    note_clock(story)


def note_clock(story: Story) -> None:
    """Open the exceptions that the teller's clock deserves."""
    said, what = story.told.said, story.told
    if jumped(said.at_ms, what.received_ms):  # when it happened is not believed; that it happened is
        open_exception(story, ExceptionKind.CLOCK_JUMPED, moment(what.received_ms), moment(said.at_ms))
    if what.retired_ms is not None:  # its clock is only its word: a person looks
        open_exception(story, ExceptionKind.LATE_FROM_RETIRED, moment(what.retired_ms), moment(said.at_ms))


def settled(head: Head, facts: Sequence[Event]) -> tuple[Head, list[Event]]:
    """The head, and the further facts, once what waited for these decisions has taken effect."""
    corrections = [fact for fact in facts if isinstance(fact, CustodyCorrected)]
    if not corrections:
        return head, []
    last = corrections[-1]
    half = Reported(device=DeviceId(""), sequence=0, at_ms=last.at_ms, parcel=head.parcel, party=last.taker)
    story = Story(head, Told(said=half, cause="", received_ms=last.received_ms))
    settle(story)
    return story.head, story.facts


def overdue(head: Head, handover: str, what: Told) -> list[Event]:
    """The exception about a handover whose predecessor never came; none if it has come, or was opened before."""
    offer = head.offers.get(handover)
    if offer is None or offer.contested or offer.after in head.chain:
        return []
    story = Story(head, what)
    open_exception(story, ExceptionKind.UNKNOWN_AFTER, head.last_handover, offer.after, handover)
    return story.facts


def _handed_over(story: Story, said: HandedOver) -> None:
    head, proof = story.head, story.told.proof
    half = _offered(story, said, accepted=proof.accepted)
    if said.handover in head.chain:
        story.tell(half)  # a second word about what has taken effect: kept, without effect
        return
    offer = joined(head.offers.get(said.handover), half)
    due = said.after == head.last_handover and offer.complete and said.giver == head.custodian
    if due and head.state not in ENDED:
        _transfer(story, offer)
        settle(story)
    else:
        story.tell(half)
        _contest(story, offer)
    if proof.problem is not None:
        open_exception(story, proof.problem, proof.recorded, said.way)


def settle(story: Story) -> None:
    """Let what waited for this moment take effect, one handover after the other, and notice what contradicts it."""
    moved = True
    while moved:
        moved = False
        for offer in sorted(story.head.offers.values(), key=lambda offer: (offer.halves[-1].at_ms, offer.handover)):
            head = story.head
            ready = offer.complete and offer.after == head.last_handover and offer.giver == head.custodian
            if ready and head.state not in ENDED:
                _transfer(story, offer)
                moved = True
                break
            _contest(story, offer)


def _contest(story: Story, offer: Offer) -> None:
    """Open the exception that an offer deserves beside what is on record; at most one an offer."""
    head, newest = story.head, offer.halves[-1]
    if offer.contested:
        return
    if head.state in ENDED:
        open_exception(story, ExceptionKind.AFTER_END, head.state, newest.state, offer.handover, cause=newest)
    elif offer.after == head.last_handover:
        if offer.giver != head.custodian:
            open_exception(
                story, ExceptionKind.NOT_CUSTODIAN, head.custodian, offer.giver, offer.handover, cause=newest
            )
        elif offer.claimed and (rival := _rival(head, offer)):
            open_exception(story, ExceptionKind.FORK, rival.handover, offer.handover, offer.handover, cause=newest)
    elif offer.after in head.chain:
        if offer.claimed:
            stands = head.chain[head.chain.index(offer.after) + 1]
            open_exception(story, ExceptionKind.FORK, stands, offer.handover, offer.handover, cause=newest)
    elif len(head.offers) >= OFFERS_MAX:
        open_exception(
            story, ExceptionKind.UNKNOWN_AFTER, head.last_handover, offer.after, offer.handover, cause=newest
        )


def _rival(head: Head, offer: Offer) -> Offer | None:
    """Another claim on the same parcel from the same moment, told before."""
    others = (other for other in head.offers.values() if other.handover != offer.handover)
    return next((other for other in others if other.after == offer.after and other.claimed), None)


def _transfer(story: Story, offer: Offer) -> None:
    """Custody moves. What the two sides read on the seal is compared with the record first."""
    head = story.head
    last = max(offer.halves, key=lambda half: half.side is Side.TAKER) if len(offer.halves) == 2 else offer.halves[0]
    newest = offer.halves[-1]
    counter = next((half for half in offer.halves if half is not newest), None)
    state = state_after(head, offer.taker, last.state)
    story.tell(
        CustodyTransferred(
            at_ms=max(half.at_ms for half in offer.halves),
            received_ms=story.told.received_ms,
            cause=newest.cause,
            device=newest.device,
            sequence=newest.sequence,
            parcel=head.parcel,
            handover=offer.handover,
            after=offer.after,
            giver=offer.giver,
            taker=offer.taker,
            way=Way.DEVICES if counter else offer.way,
            side=newest.side,
            state=state,
            counter_cause=counter.cause if counter else None,
            evidence=offer.evidence,
            reason=offer.reason,
            place=last.place or newest.place,
            seal=last.seal or newest.seal,
        )
    )
    _compare_seals(story, head, offer, newest)
    if state != last.state:
        open_exception(story, ExceptionKind.OFF_COURSE, state, last.state, cause=newest)


def state_after(head: Head, taker: PartyId, said: State) -> State:
    """Where it stands: who holds a parcel decides about its two ends, the sides' word about the rest.

    A cage or bag has no ends.
    """
    if not head.aggregate and taker == head.recipient:
        return State.DELIVERED
    if not head.aggregate and taker == head.merchant:
        return State.RETURNED
    return State.HELD if said in {State.DELIVERED, State.RETURNED, State.CREATED, State.CANCELLED} else said


def _compare_seals(story: Story, before: Head, offer: Offer, cause: Half) -> None:
    read = list(dict.fromkeys(half.seal for half in offer.halves if half.seal is not None))
    if before.sealed and offer.giver != before.merchant and not read:
        open_exception(story, ExceptionKind.SEAL_MISSING, before.seal, None, cause=cause)
    expected = before.seal if before.seal is not None else (read[0] if read else None)
    for serial in read:
        if serial != expected and serial not in before.readings:
            open_exception(story, ExceptionKind.SEAL_MISMATCH, expected, serial, cause=cause)


def _scanned(story: Story, said: Scanned) -> None:
    head = story.head
    story.tell(
        ParcelObserved(
            **origin(story),
            parcel=said.parcel,
            party=said.party,
            state=said.state if said.state in SCANNED_STATES else head.state,
            reason=said.reason,
            place=said.place,
            seal=said.seal,
        )
    )
    if said.state not in SCANNED_STATES:
        open_exception(story, ExceptionKind.OFF_COURSE, head.state, said.state)
    elif head.state in ENDED or (head.custodian == head.recipient and said.at_ms > head.since_ms):
        open_exception(story, ExceptionKind.AFTER_END, head.state, said.state)
    if said.seal is not None and head.seal not in {None, said.seal} and said.seal not in head.readings:
        open_exception(story, ExceptionKind.SEAL_MISMATCH, head.seal, said.seal)


def _seal_put(story: Story, said: SealPut) -> None:
    head, what = story.head, story.told
    story.tell(SealApplied(**origin(story), parcel=said.parcel, party=said.party, seal=said.seal, place=said.place))
    if what.seal_elsewhere is not None:
        open_exception(story, ExceptionKind.SEAL_REUSED, what.seal_elsewhere, said.seal)
    if what.seal_unknown:
        open_exception(story, ExceptionKind.SEAL_UNISSUED, None, said.seal)
    if head.seal not in {None, said.seal}:
        open_exception(story, ExceptionKind.SEAL_MISMATCH, head.seal, said.seal)
    elif head.seal is None:
        for read in head.readings:
            if read != said.seal:
                open_exception(story, ExceptionKind.SEAL_MISMATCH, said.seal, read)


def _offered(story: Story, said: HandedOver, *, accepted: bool) -> CustodyOffered:
    return CustodyOffered(
        **origin(story),
        parcel=said.parcel,
        handover=said.handover,
        after=said.after,
        giver=said.giver,
        taker=said.taker,
        side=said.side,
        way=said.way,
        state=said.state,
        accepted=accepted,
        evidence=said.evidence,
        reason=said.reason,
        place=said.place,
        seal=said.seal,
    )


def moment(at_ms: int) -> str:
    """UTC to the second, as ISO 8601; the raw number where no calendar reaches."""
    try:
        return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(at_ms)


def origin(story: Story) -> dict[str, Any]:
    """What each fact says of the statement that it follows from."""
    said, what = story.told.said, story.told
    return {
        "at_ms": said.at_ms,
        "received_ms": what.received_ms,
        "cause": what.cause,
        "device": said.device,
        "sequence": said.sequence,
    }


def open_exception(
    story: Story,
    kind: ExceptionKind,
    recorded: str | None,
    told: str | None,
    handover: str | None = None,
    *,
    cause: Half | None = None,
) -> None:
    """Open an exception. Its id follows from what it is about: told again, it is the same exception."""
    what = story.told
    hash = cause.cause if cause else what.cause
    about = "\n".join((kind, hash, story.head.parcel, handover or "", told or ""))
    exception = ExceptionId(derived_id(EXCEPTION, hashlib.sha256(about.encode("ascii")).digest()))
    if exception in story.head.exceptions:
        return
    story.tell(
        ExceptionOpened(
            at_ms=cause.at_ms if cause else what.said.at_ms,
            received_ms=what.received_ms,
            cause=hash,
            device=cause.device if cause else what.said.device,
            sequence=cause.sequence if cause else what.said.sequence,
            exception=exception,
            parcel=story.head.parcel,
            kind=kind,
            recorded=recorded,
            told=told,
            handover=handover,
            place=getattr(what.said, "place", None),
        )
    )
