"""The rule of cages and bags: an aggregate and its contents never disagree on who holds them. Pure.

A parcel is packed where both are in the same hands. From then on it changes hands with the aggregate; what is told of
it alone and cannot be true inside (another custodian, a reading on a conveyor) takes it out.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from safehand.custody.clocks import happened_ms, jumped
from safehand.custody.head import ENDED, Head
from safehand.custody.model import SCANNED_STATES, Story, Told, open_exception, origin, settle, state_after
from safehand.events.aggregates import (
    AggregateClosed,
    AggregateEmptied,
    AggregateOpened,
    AggregatePacked,
    AggregateUnpacked,
)
from safehand.events.custody import CustodyCorrected, CustodyTransferred
from safehand.events.event import Event
from safehand.events.parcels import ParcelObserved
from safehand.events.statement import (
    CONTENTS_MAX,
    Closed,
    Emptied,
    Opened,
    Packed,
    Scanned,
    Unpacked,
    Weighed,
    handover_id,
)
from safehand.events.vocabulary import ExceptionKind, NotPacked, State
from safehand.kernel.ids import AggregateId

OUT_STATES = SCANNED_STATES - {State.HELD, State.DAMAGED, State.OUT_FOR_DELIVERY}
"""What a reading cannot say of a parcel that lies in a cage or bag."""

type Moved = CustodyTransferred | CustodyCorrected


def contents_digest(parcels: Iterable[str]) -> str:
    """What a closed cage or bag held: hex SHA-256 of the sorted ids, joined by newlines."""
    return hashlib.sha256("\n".join(sorted(parcels)).encode("ascii")).hexdigest()


def packed(story: Story, said: Packed) -> None:
    """The parcel was put into an aggregate."""
    head, into = story.head, story.told.aggregates[said.into]
    if _stranger(story, said.party) or _told_late(story):
        return
    why = _why_not_packed(head, into, story.told.contents.get(said.into, ()))
    if why is not None:
        _keep(story)
        open_exception(story, ExceptionKind.NOT_PACKED, said.into, why)
        return
    if head.within is not None and head.within.aggregate != said.into:
        first = head.within.aggregate
        _unpack(story)
        open_exception(story, ExceptionKind.TWO_AGGREGATES, first, said.into)
    story.tell(AggregatePacked(**origin(story), parcel=said.parcel, into=said.into, party=said.party, place=said.place))


def _why_not_packed(head: Head, into: Head, contents: Iterable[str]) -> NotPacked | None:
    inside = set(contents)
    if head.aggregate:
        return NotPacked.NESTED
    if head.state in ENDED:
        return NotPacked.ENDED
    if head.custodian != into.custodian:
        return NotPacked.ELSEWHERE
    if into.closed and head.parcel not in inside:
        return NotPacked.CLOSED
    return NotPacked.FULL if len(inside - {head.parcel}) >= CONTENTS_MAX else None


def unpacked(story: Story, said: Unpacked) -> None:
    """The parcel was taken out of an aggregate."""
    within = story.head.within
    if _stranger(story, said.party) or _told_late(story):
        return
    if within is None:
        _keep(story)  # something else has told already that it is out
    elif within.aggregate != said.out_of:
        _keep(story)
        open_exception(story, ExceptionKind.TWO_AGGREGATES, within.aggregate, said.out_of)
    else:
        _take_out(story)


def closed(story: Story, said: Closed) -> None:
    """The aggregate was closed over what it holds."""
    if _stranger(story, said.party):
        return
    head, what = story.head, story.told
    inside = what.contents.get(head.parcel, ())
    story.tell(
        AggregateClosed(
            **origin(story),
            parcel=AggregateId(head.parcel),
            party=said.party,
            count=len(inside),
            contents=contents_digest(inside),
            seal=said.seal,
            place=said.place,
        )
    )
    if said.count != len(inside):
        kind = ExceptionKind.SHORT if said.count < len(inside) else ExceptionKind.OVER
        open_exception(story, kind, str(len(inside)), str(said.count))
    if said.seal is not None:
        if what.seal_elsewhere is not None:
            open_exception(story, ExceptionKind.SEAL_REUSED, what.seal_elsewhere, said.seal)
        if what.seal_unknown:
            open_exception(story, ExceptionKind.SEAL_UNISSUED, None, said.seal)
        if head.seal not in {None, said.seal}:
            open_exception(story, ExceptionKind.SEAL_MISMATCH, head.seal, said.seal)


def opened(story: Story, said: Opened) -> None:
    """The aggregate was opened."""
    if not _stranger(story, said.party):
        story.tell(
            AggregateOpened(**origin(story), parcel=AggregateId(story.head.parcel), party=said.party, place=said.place)
        )


def found_open(story: Story, said: Scanned) -> None:
    """A closed aggregate stood open: from now on it is open, so that its contents can be looked at one by one."""
    if story.head.aggregate and story.head.closed:
        open_exception(story, ExceptionKind.FOUND_OPEN, story.head.seal, None)
        story.tell(
            AggregateOpened(**origin(story), parcel=AggregateId(story.head.parcel), party=said.party, place=said.place)
        )


def emptied(story: Story, said: Emptied, contents: Sequence[Head]) -> dict[str, list[Event]]:
    """Nothing is left in the aggregate; the facts of each parcel that was in it by the record."""
    if _stranger(story, said.party):
        return {}
    short = {child.parcel for child in contents if not _read_since_it_came(child)}
    story.tell(
        AggregateEmptied(
            **origin(story),
            parcel=AggregateId(story.head.parcel),
            party=said.party,
            taken=len(contents) - len(short),
            short=len(short),
            place=said.place,
        )
    )
    facts: dict[str, list[Event]] = {}
    for child in contents:
        line = Story(child, story.told)
        _unpack(line)
        if child.parcel in short:
            open_exception(line, ExceptionKind.SHORT, AggregateId(story.head.parcel), None)
        facts[child.parcel] = line.facts
    return facts


def _read_since_it_came(child: Head) -> bool:
    packed_ms = child.within.since_ms if child.within else 0
    return child.state_ms > max(child.since_ms, packed_ms)


def left(story: Story, before: Head) -> None:
    """Take a parcel out that lies in an aggregate, if what was just told of it alone says that it is out."""
    head, said = story.head, story.told.said
    if head.within is None or head.within != before.within:
        return
    elsewhere = head.custodian != before.custodian or head.last_handover != before.last_handover
    seen = isinstance(said, Scanned | Weighed) and said.party == head.custodian and not _told_late(story, keep=False)
    out = isinstance(said, Weighed) or (isinstance(said, Scanned) and said.state in OUT_STATES)
    if elsewhere or (seen and out) or head.state in ENDED:
        _take_out(story)


def left_by_decision(head: Head, facts: Sequence[Event], what: Told) -> list[Event]:
    """The facts that take a parcel out of its aggregate, once a person has decided that it is with somebody else."""
    story = Story(head, what)
    for fact in facts:
        story.tell(fact)
    decided = len(story.facts)
    left(story, head)
    return story.facts[decided:]


def carried(child: Head, moved: Sequence[Moved], what: Told) -> list[Event]:
    """What follows for a parcel from its aggregate's changes of hands: the same changes, in its own chain."""
    story = Story(child, what)
    for fact in moved:
        if story.head.within is None:
            break
        before = story.head
        if before.custodian != fact.giver or before.state in ENDED:
            _unpack(story)
            break
        after = before.last_handover
        own = replace(
            fact,
            parcel=before.parcel,
            handover=handover_id(after, fact.giver, before.parcel, fact.taker),
            after=after,
            state=state_after(before, fact.taker, fact.state),
        )
        story.tell(replace(own, seal=None) if isinstance(own, CustodyTransferred) else own)
        if story.head.state in ENDED or _seen_out(story.head, fact):
            _unpack(story)
    joint = story.head.last_handover
    settle(story)
    if story.head.last_handover != joint:
        _unpack(story)
    return story.facts


def _seen_out(head: Head, moved: Moved) -> bool:
    """Whether the taker had read it elsewhere already, and it was only told before the change of hands."""
    sighting = head.sightings.get(moved.taker)
    return sighting is not None and sighting.at_ms > happened_ms(moved) and sighting.state in OUT_STATES


def _take_out(story: Story) -> None:
    """Out of the aggregate; a closed one must have been opened, and nobody told of it."""
    within = story.head.within
    if within is None:
        return
    _unpack(story)
    aggregate = story.told.aggregates.get(within.aggregate)
    if aggregate is not None and aggregate.closed:
        open_exception(story, ExceptionKind.TAKEN_FROM_CLOSED, within.aggregate, story.head.state)


def _unpack(story: Story) -> None:
    if story.head.within is not None:
        said = story.told.said
        story.tell(
            AggregateUnpacked(
                **origin(story),
                parcel=story.head.parcel,
                out_of=story.head.within.aggregate,
                party=said.teller,
                place=getattr(said, "place", None),
            )
        )


def _stranger(story: Story, party: str) -> bool:
    """Whether somebody packs, opens or closes what is in another's hands: an exception, and no effect."""
    if party == story.head.custodian:
        return False
    _keep(story)
    open_exception(story, ExceptionKind.NOT_CUSTODIAN, story.head.custodian, party)
    return True


def _told_late(story: Story, *, keep: bool = True) -> bool:
    """Whether something newer is known of where it lies; then this is kept, without effect."""
    head, what = story.head, story.told
    at_ms = what.received_ms if jumped(what.said.at_ms, what.received_ms) else what.said.at_ms
    late = at_ms < max(head.out_ms, head.within.since_ms if head.within else 0)
    if late and keep:
        _keep(story)
    return late


def _keep(story: Story) -> None:
    """A fact that names the statement and changes nothing: it was told where the thing is, and it stands as it did."""
    said = story.told.said
    story.tell(
        ParcelObserved(
            **origin(story),
            parcel=said.parcel,
            party=said.teller,
            state=story.head.state,
            place=getattr(said, "place", None),
        )
    )
