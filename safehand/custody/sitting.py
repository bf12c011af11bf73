"""A sitting: the heads and facts of one transaction, while statements are heard one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from safehand.custody import model, packing
from safehand.custody.contents import write_contents
from safehand.custody.errors import Contradiction, SequenceUsed
from safehand.custody.head import Head, Within, encode_head
from safehand.custody.model import Declared, Proof, Told
from safehand.custody.ports import Arrival
from safehand.custody.rule import MOVING, Heard, after, following, heard
from safehand.custody.seals import SealNote
from safehand.custody.statements import Claimed
from safehand.events.custody import CustodyTransferred, ExceptionOpened
from safehand.events.event import Event
from safehand.events.statement import Reported
from safehand.kernel.ids import DeviceId, PartyId
from safehand.ledger.ledger import Append, Ledger
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class Noted:
    """What tables say about a statement: of the seal that it puts on, of what was declared."""

    seal: SealNote
    declared: Declared | None = None


NOTHING_NOTED = Noted(SealNote())


@dataclass(frozen=True, slots=True)
class Span:
    """Where a statement's facts begin and end among those that one thing gets in this sitting."""

    thing: str
    start: int
    end: int


@dataclass(slots=True)
class Sitting:
    """One transaction's worth of heads and facts. `contents` is what lies in each cage or bag that is named in it."""

    heads: dict[str, Head]
    contents: dict[str, set[str]]
    received_ms: int
    refuse: bool = False
    rule: Callable[[Head, Told, Sequence[Head]], Heard] = heard
    versions: dict[str, int] = field(default_factory=dict)
    places: dict[str, Within | None] = field(default_factory=dict)
    facts: dict[str, list[Event]] = field(default_factory=dict)
    seqs: dict[str, list[int]] = field(default_factory=dict)
    spans: dict[bytes, list[Span]] = field(default_factory=dict)
    answered: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Remember what the heads were read at."""
        self.versions = {thing: head.version for thing, head in self.heads.items()}
        self.places = {thing: head.within for thing, head in self.heads.items()}

    def hear(self, arrival: Arrival, proof: Proof, claimed: Claimed, noted: Noted) -> None:
        """Turn one statement into facts, or refuse it."""
        said, thing = arrival.said, arrival.said.parcel
        used = claimed.used.get(arrival.hash)
        if used is not None and self.refuse:
            raise SequenceUsed(said.device, said.sequence)
        what = Told(
            said=said,
            cause=arrival.hash.hex(),
            received_ms=self.received_ms,
            proof=proof,
            sequence_used=used.hex() if used else None,
            seal_elsewhere=noted.seal.elsewhere,
            seal_unknown=noted.seal.unknown,
            retired_ms=arrival.retired_ms,
            declared=noted.declared,
            aggregates=self.heads,
            contents=self.contents,
        )
        follows = self.rule(self.heads[thing], what, self.inside(thing) if isinstance(said, MOVING) else ())
        if self.refuse:
            _refuse([*follows.facts, *(fact for facts in follows.within.values() for fact in facts)])
        self.spans[arrival.hash] = [self.tell(thing, follows.facts, follows.head)]
        for child, facts in follows.within.items():
            if facts:
                self.spans[arrival.hash].append(self.tell(child, facts))

    def transfers(self) -> list[tuple[bytes, CustodyTransferred]]:
        """The changes of hands so far, each with the hash of the statement that it follows from."""
        return [
            (hash, fact)
            for hash, spans in self.spans.items()
            for span in spans
            for fact in self.facts[span.thing][span.start : span.end]
            if isinstance(fact, CustodyTransferred)
        ]

    def add(self, hash: bytes, opened: ExceptionOpened) -> None:
        """One more exception that follows from a statement; where it was a request, it is refused."""
        if self.refuse:
            _refuse([opened])
        self.spans[hash].append(self.tell(opened.parcel, [opened]))

    def decide(self, thing: str, facts: list[Event]) -> None:
        """Add what a person decided about one thing, with what follows from it there and in what lies in it."""
        head = self.heads[thing]
        _, more = model.settled(after(head, facts), facts)
        if not (facts := [*facts, *more]):
            return
        last = facts[-1]
        said = Reported(device=DeviceId(""), sequence=0, at_ms=last.at_ms, parcel=head.parcel, party=_decider(last))
        what = Told(said=said, cause="", received_ms=last.received_ms, aggregates=self.heads)
        self.tell(thing, [*facts, *packing.left_by_decision(head, facts, what)])
        for child, follows in following(facts, self.inside(thing), what).items():
            self.tell(child, follows)

    def inside(self, thing: str) -> list[Head]:
        """The heads of what lies in a cage or bag, in the order of their ids."""
        return [self.heads[parcel] for parcel in sorted(self.contents.get(thing, ()))]

    def tell(self, thing: str, facts: Sequence[Event], leaves: Head | None = None) -> Span:
        """Add facts to one thing, and fold them in; `leaves` is the head that they leave, where it is known."""
        before = self.facts.setdefault(thing, [])
        span = Span(thing, len(before), len(before) + len(facts))
        before.extend(facts)
        place = self.heads[thing].within
        head = leaves if leaves is not None else after(self.heads[thing], facts)
        self.heads[thing] = head
        if head.within != place:
            self._move(thing, place, head.within)
        return span

    def _move(self, thing: str, place: Within | None, now: Within | None) -> None:
        if place is not None:
            self.contents.get(place.aggregate, set()).discard(thing)
        if now is not None:
            self.contents.setdefault(now.aggregate, set()).add(thing)

    async def append(self, tx: Tx, ledger: Ledger) -> None:
        """Write the facts, the heads and where each parcel lies."""
        touched = [thing for thing, facts in self.facts.items() if facts]
        appends = [
            Append(thing, self.versions[thing], self.facts[thing], encode_head(self.heads[thing])) for thing in touched
        ]
        for thing, seqs in zip(touched, await ledger.append(tx, appends), strict=True):
            self.seqs[thing] = seqs
        moved = {thing: self.heads[thing].within for thing in touched if self.heads[thing].within != self.places[thing]}
        if moved:
            await write_contents(tx, moved)

    def outcome(self, arrival: Arrival) -> tuple[int, tuple[tuple[str, str], ...]]:
        """The seq of the statement's first fact, and the exceptions it opened."""
        spans = self.spans[arrival.hash]
        facts = [fact for span in spans for fact in self.facts[span.thing][span.start : span.end]]
        opened = tuple((fact.exception, fact.kind.value) for fact in facts if isinstance(fact, ExceptionOpened))
        return self.seqs[spans[0].thing][spans[0].start], opened


def _decider(fact: Event) -> PartyId:
    return PartyId(fact.by or "")


def _refuse(facts: Sequence[Event]) -> None:
    for fact in facts:
        if isinstance(fact, ExceptionOpened):
            raise Contradiction(fact.kind, fact.recorded, fact.told)
