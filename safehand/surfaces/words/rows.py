"""A row: one line of the custody timeline, in words, and the words that both kinds of reader share."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from safehand.custody.timeline import Entry, EntryKind, Signed
from safehand.events.vocabulary import ExceptionKind, State
from safehand.kernel.catalogue import Catalogue
from safehand.surfaces.views import ExceptionCase
from safehand.surfaces.words.numbers import short_hash
from safehand.surfaces.words.people import People

STATUS = {
    State.CREATED: "waiting",
    State.RECEIVED: "stop",
    State.SORTED: "stop",
    State.LOADED: "moving",
    State.OUT_FOR_DELIVERY: "moving",
    State.OFFERED: "offered",
    State.DELIVERED: "delivered",
    State.ATTEMPTED: "attempted",
    State.HELD: "held",
    State.REFUSED: "attempted",
    State.DAMAGED: "exception",
    State.AWAITING_COLLECTION: "stop",
    State.RETURNED: "attempted",
    State.CANCELLED: "ended",
    State.LOST: "exception",
    State.FOUND: "stop",
}
"""The shape and tone of each state (docs/look.md)."""
ENDED = frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED})
LATE_MS = 10 * 60 * 1000
"""Told later than this, a line says when it reached us."""
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line. `joint` is a change of hands and who signed it; without one the line is a reading."""

    title: str
    at: str = ""
    iso: str = ""
    notes: tuple[str, ...] = ()
    joint: Signed | None = None
    status: str | None = None
    proof: str = ""
    seal: bool | None = None
    position: int | None = None
    now: str = ""
    ahead: bool = False


def hands(words: Catalogue, giver: str, taker: str) -> str:
    """From whom to whom."""
    return words.say("line.hands", giver=giver[:1].upper() + giver[1:], taker=taker)


def proof(words: Catalogue, entry: Entry) -> str:
    """What stands behind a line, counted in signatures and evidence."""
    if entry.evidence:
        return ", ".join(words.say(f"evidence.{item}.word") for item in entry.evidence)
    if entry.kind is EntryKind.EXCEPTION:
        return ""  # found by a rule; nobody signs it
    match entry.signed:
        case Signed.BOTH:
            return words.say("line.proof_two")
        case Signed.GIVER | Signed.TAKER | Signed.EVIDENCE:
            return words.say("line.proof_one")
    return words.say("line.proof_one") if entry.cause else ""


def disagreement(words: Catalogue, people: People, about: Entry | ExceptionCase, kind: ExceptionKind) -> str:
    """The two facts that disagree, in one sentence."""
    return words.say(
        f"exception_kind.{kind}.detail",
        recorded=fact(words, people, about.recorded),
        told=fact(words, people, about.told),
    )


def fact(words: Catalogue, people: People, value: str | None) -> str:
    """One side of a disagreement: a name, a state, the ends of a hash, or the value itself."""
    if value is None or not value:
        return words.say("line.nothing")
    if value in people.names.parties:
        return people.say(value)
    if value in State or value in ExceptionKind:
        group = "state" if value in State else "exception_kind"
        return words.say(f"{group}.{value}.word")
    known = words.words.get(f"reason.{value}.word") or words.words.get(f"way.{value}.word")
    if known:
        return known
    return short_hash(value) if DIGEST.fullmatch(value) else value


def count(words: Catalogue, id: str, number: int) -> str:
    """A number with its noun, in the singular or the plural."""
    return words.say(f"{id}_one" if number == 1 else f"{id}_many", count=number)


def changes_hands(entry: Entry) -> bool:
    """Whether custody moved with this line."""
    return entry.kind in {"handover", "correction"}


def now_holding(entries: Sequence[Entry]) -> int:
    """Index of the line since which the parcel is in its present hands; -1 before the first handover."""
    moved = [index for index, entry in enumerate(entries) if changes_hands(entry)]
    return moved[-1] if moved else -1
