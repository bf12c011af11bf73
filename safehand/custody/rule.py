"""The whole rule: what follows from any statement, for the thing it is about and for what lies in it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safehand.custody import model, packing
from safehand.custody.head import Head, folded
from safehand.custody.model import Story, Told
from safehand.custody.packing import Moved
from safehand.custody.weighing import weighed
from safehand.events.custody import CustodyCorrected, CustodyTransferred
from safehand.events.event import Event
from safehand.events.statement import Closed, Emptied, HandedOver, Opened, Packed, Scanned, Unpacked, Weighed

MOVING = (HandedOver, Emptied)
"""Statements about a cage or bag that change what is known of its contents."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The facts of the thing that a statement is about, the head that they leave, and the facts of what lies in it."""

    facts: list[Event]
    head: Head
    within: Mapping[str, list[Event]]


def heard(head: Head, what: Told, contents: Sequence[Head] = ()) -> Heard:
    """What follows from a statement, in order; at least one fact about the thing itself.

    Shapes
        contents  the heads of what lies in it, if it is a cage or bag and the statement one of MOVING.
    """
    said = what.said
    story, within = Story(head, what), dict[str, list[Event]]()
    if what.sequence_used is None:
        match said:
            case Packed():
                packing.packed(story, said)
            case Unpacked():
                packing.unpacked(story, said)
            case Closed():
                packing.closed(story, said)
            case Opened():
                packing.opened(story, said)
            case Emptied():
                within = packing.emptied(story, said, contents)
            case Weighed():
                weighed(story, said)
    if story.facts:
        packing.left(story, head)
        model.note_clock(story)
        return Heard(story.facts, story.head, within)
    model.tell(story)
    if what.sequence_used is None:
        if isinstance(said, Scanned) and said.found_open:
            packing.found_open(story, said)
        packing.left(story, head)
    return Heard(story.facts, story.head, following(story.facts, contents, what))


def following(facts: Sequence[Event], contents: Sequence[Head], what: Told) -> dict[str, list[Event]]:
    """What follows for the contents of a cage or bag from its own facts."""
    moved: list[Moved] = [fact for fact in facts if isinstance(fact, CustodyTransferred | CustodyCorrected)]
    if not moved:
        return {}
    return {child.parcel: packing.carried(child, moved, what) for child in contents}


def after(head: Head, facts: Sequence[Event]) -> Head:
    """The head once these facts are folded in."""
    for fact in facts:
        head = folded(head, fact)
    return head
