"""The demo's own book: what was acknowledged, what must have been caught, and what disagreed."""

from collections import Counter
from dataclasses import dataclass, field

from safehand.demo.phone import Answered
from safehand.events.vocabulary import ExceptionKind
from safehand.kernel.ids import ParcelId

STORED = frozenset({"stored", "stored_with_exception", "duplicate"})
QUARANTINED = "quarantined"
DISAGREEMENTS_MAX = 200


@dataclass(slots=True)
class Book:
    """Filled while the day is played; read by the reckoning."""

    acknowledged: dict[ParcelId, set[str]] = field(default_factory=dict)
    """Hashes of the statements that the system said it has, by parcel."""
    answers: dict[str, Answered] = field(default_factory=dict)
    """The first answer to each statement, by its hash."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """How many answers of each kind."""
    expected: Counter[tuple[ParcelId, ExceptionKind]] = field(default_factory=Counter)
    """The exceptions that must be open in the evening."""
    to_set_aside: set[str] = field(default_factory=set)
    """Hashes of the statements that must have been quarantined."""
    set_aside: dict[str, str | None] = field(default_factory=dict)
    """Hashes of those that were, and why."""
    disagreements: list[str] = field(default_factory=list)

    def note(self, answered: Answered) -> None:
        """Write down one final answer."""
        self.outcomes[answered.outcome] += 1
        sent = answered.sent
        self.answers.setdefault(sent.hash, answered)
        if answered.outcome in STORED:
            self.acknowledged.setdefault(sent.said.parcel, set()).add(sent.hash)
        elif answered.outcome == QUARANTINED:
            self.set_aside[sent.hash] = answered.why
        else:
            self.disagree(f"{sent.hash}: nobody knows the outcome {answered.outcome!r}")

    def expect(self, parcel: ParcelId, kind: ExceptionKind) -> None:
        """Something was planted that must open this exception."""
        self.expected[parcel, kind] += 1

    def disagree(self, what: str) -> None:
        """Something is not as it should be; after DISAGREEMENTS_MAX only counting goes on elsewhere."""
        if len(self.disagreements) < DISAGREEMENTS_MAX:
            self.disagreements.append(what)

    def check(self, holds: bool, what: str) -> None:
        """Write down what disagrees unless it holds."""
        if not holds:
            self.disagree(what)


def compared(
    expected: Counter[tuple[ParcelId, ExceptionKind]], raised: Counter[tuple[ParcelId, ExceptionKind]]
) -> list[str]:
    """What was planted and not caught, and what was raised though nothing was planted."""
    missed = [
        f"{parcel}: {kind} was planted {n} times more than it was raised"
        for (parcel, kind), n in sorted((expected - raised).items())
    ]
    false = [
        f"{parcel}: {kind} was raised {n} times more than it was planted"
        for (parcel, kind), n in sorted((raised - expected).items())
    ]
    return missed + false
