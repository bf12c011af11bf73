"""A row: one line of the custody timeline, in words, and the words that both kinds of reader share."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from safehand.custody.timeline import Entry, EntryKind, Signed
from safehand.events.vocabulary import ExceptionKind, State
from safehand.kernel.catalogue import Catalogue
from safehand.surfaces.views import ExceptionCase
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
    if entry.kind is EntryKind.TAKEOVER:
        return ""  # the earlier system's word; nobody signed here
    return words.say("line.proof_one") if entry.cause else ""


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Puts the two facts of an exception into words. `handovers` tells who took the parcel in each known handover."""

    words: Catalogue
    people: People
    handovers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def along(cls, words: Catalogue, people: People, entries: Sequence[Entry]) -> "Disagreements":
        """With the handovers of a timeline at hand."""
        return cls(words, people, {line.handover: line.taker for line in entries if line.handover and line.taker})

    def say(self, about: Entry | ExceptionCase, kind: ExceptionKind) -> str:
        """The two facts in one sentence; what to do, where they are hashes that would tell nobody anything."""
        told = [self._resolved(about.recorded), self._resolved(about.told)]
        if any(fact is not None and DIGEST.fullmatch(fact) for fact in told):
            return self.words.say(f"exception_kind.{kind}.todo")
        recorded, new = (self.fact(fact) for fact in told)
        return self.words.say(f"exception_kind.{kind}.detail", recorded=recorded, told=new)

    def fact(self, value: str | None) -> str:
        """One side of a disagreement: a name, a state, a way, or the value itself."""
        if not value:
            return self.words.say("line.nothing")
        if value in self.people.names.parties:
            return self.people.say(value)
        for group in ("state", "exception_kind", "reason", "way", "not_packed", "demand", "lacking"):
            known = self.words.words.get(f"{group}.{value}.word")
            if known:
                return known
        return value

    def _resolved(self, value: str | None) -> str | None:
        return self.handovers.get(value, value) if value else value


def count(words: Catalogue, id: str, number: int) -> str:
    """A number with its noun, in the singular or the plural."""
    return words.say(f"{id}_one" if number == 1 else f"{id}_many", count=number)


def changes_hands(entry: Entry) -> bool:
    """Whether custody moved with this line."""
    return entry.kind in {"handover", "correction", "takeover"}


def now_holding(entries: Sequence[Entry]) -> int:
    """Index of the line since which the parcel is in its present hands; -1 before the first handover."""
    moved = [index for index, entry in enumerate(entries) if changes_hands(entry)]
    return moved[-1] if moved else -1
