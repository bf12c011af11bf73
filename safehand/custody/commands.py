"""The desk: load, decide, append. The one writer of custody facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from safehand.custody import model
from safehand.custody.errors import Contradiction, NoSuchParcel, SequenceUsed
from safehand.custody.head import Head, created, decode_head, encode_head, folded
from safehand.custody.model import BOTH_MUST_SIGN, Proof, Told
from safehand.custody.ports import Announcer, Arrival, Bodies, ProofPolicy
from safehand.custody.seals import SealNote, note_seals
from safehand.custody.statements import Answer, Claimed, Outcome, SetAside, claim, set_aside
from safehand.events.custody import ExceptionOpened
from safehand.events.event import Event, decode
from safehand.events.parcels import ParcelCreated
from safehand.events.statement import HandedOver, SealPut
from safehand.kernel.clock import Clock
from safehand.ledger.group_commit import GroupCommit
from safehand.ledger.ledger import Append, Ledger
from safehand.store.database import Store, Tx

NOTHING_READ = SealNote()
UNKNOWN_PARCEL = "custody.unknown_parcel"
NOT_YOUR_PARTY = "custody.not_your_party"


@dataclass(slots=True)
class CustodyDesk:
    """Turns what devices say into facts. Its fields are all it depends on; `app/` fills them in once."""

    store: Store
    ledger: Ledger
    clock: Clock
    proofs: ProofPolicy
    bodies: Bodies
    announcer: Announcer
    _commits: GroupCommit[Arrival, Answer] = field(init=False)

    def __post_init__(self) -> None:
        """Statements of many devices share a commit."""
        self._commits = GroupCommit(self.record_together)

    async def record(self, arrivals: Sequence[Arrival]) -> list[Answer]:
        """Store statements, in the order that their devices gave them; the answers are in the order of `arrivals`.

        Returns after the commit. Errors
            Unavailable  the database is gone; none of these is acknowledged, telling them again is right.
        """
        ordered = sorted(range(len(arrivals)), key=lambda at: (arrivals[at].said.device, arrivals[at].said.sequence))
        answers = await self._commits.put_many([arrivals[at] for at in ordered])
        by_place = dict(zip(ordered, answers, strict=True))
        return [by_place[at] for at in range(len(arrivals))]

    async def set_aside(self, what: SetAside) -> Answer:
        """Keep bytes that cannot be taken as a statement."""
        async with self.store.transaction() as tx:
            return await set_aside(tx, what, self.clock.now_ms())

    async def request(self, arrival: Arrival) -> Answer:
        """May this be? Stores the statement if nothing contradicts it, refuses it and stores nothing otherwise.

        Errors
            Contradiction  what would open an exception if it were told.
            SequenceUsed   the device used the sequence number before.
            NoSuchParcel   the parcel is unknown, or the device tells for somebody else.
        """
        async with self.store.transaction() as tx:
            answer = (await self._decide(tx, [arrival], refuse=True))[0]
            if answer.outcome is Outcome.QUARANTINED:
                raise NoSuchParcel(arrival.said.parcel)
            return answer

    async def record_together(self, arrivals: Sequence[Arrival]) -> list[Answer]:
        """Store many statements in one transaction."""
        async with self.store.transaction() as tx:
            return await self._decide(tx, arrivals, refuse=False)

    async def _decide(self, tx: Tx, arrivals: Sequence[Arrival], *, refuse: bool) -> list[Answer]:
        """Heads first, then sequences, then seals: everybody locks in this order."""
        received_ms = self.clock.now_ms()
        desk = _Sitting(await load_heads(tx, self.ledger, [a.said.parcel for a in arrivals]), received_ms, refuse)
        known = [a for a in dict.fromkeys(arrivals) if why_not(a, desk.heads) is None]
        claimed = await claim(tx, known)
        fresh = [a for a in {a.hash: a for a in known}.values() if a.hash not in claimed.repeats]
        seals = await note_seals(
            tx, [a.said for a in fresh if isinstance(a.said, SealPut) and a.hash not in claimed.used]
        )
        for arrival in fresh:
            proof = await self._proof(tx, desk, arrival)
            desk.hear(arrival, proof, claimed, seals.get(arrival.said.sequence_key, NOTHING_READ))
        await self._append(tx, desk)
        await self._keep(tx, desk, fresh)
        return [await self._answer(tx, desk, arrival, claimed) for arrival in arrivals]

    async def _proof(self, tx: Tx, desk: "_Sitting", arrival: Arrival) -> Proof:
        if not isinstance(arrival.said, HandedOver):
            return BOTH_MUST_SIGN
        head = desk.heads[arrival.said.parcel]
        return (await self.proofs.judge(tx, [(head, arrival.said, arrival.body)]))[0]

    async def _append(self, tx: Tx, desk: "_Sitting") -> None:
        touched = list(desk.facts)
        appends = [
            Append(parcel, desk.versions[parcel], desk.facts[parcel], encode_head(desk.heads[parcel]))
            for parcel in touched
        ]
        for parcel, seqs in zip(touched, await self.ledger.append(tx, appends), strict=True):
            desk.seqs[parcel] = seqs
        tx.after_commit(lambda: self.announcer.moved(touched))

    async def _keep(self, tx: Tx, desk: "_Sitting", fresh: Sequence[Arrival]) -> None:
        with_body = [a for a in fresh if a.body is not None]
        owners = [(desk.heads[a.said.parcel].recipient, cast(bytes, a.body)) for a in with_body]
        ids = await self.bodies.keep(tx, owners) if owners else []
        body_of = {a.hash: id for a, id in zip(with_body, ids, strict=True)}
        rows = []
        for arrival in fresh:
            seq, _ = desk.outcome(arrival)
            rows.append(
                (
                    arrival.hash,
                    arrival.said.device,
                    arrival.said.sequence,
                    arrival.said.parcel,
                    desk.received_ms,
                    arrival.raw,
                    arrival.signature,
                    body_of.get(arrival.hash),
                    seq,
                )
            )
        columns = (
            "hash",
            "device",
            "sequence",
            "parcel",
            "received_ms",
            "raw",
            "signature",
            "body",
            "seq",
        )
        if rows:
            await tx.copy("statements", columns, rows)

    async def _answer(self, tx: Tx, desk: "_Sitting", arrival: Arrival, claimed: Claimed) -> Answer:
        why = why_not(arrival, desk.heads)
        if why is not None:
            aside = SetAside(device=arrival.device, raw=arrival.raw, signature=arrival.signature, why=why)
            return await set_aside(tx, aside, desk.received_ms)
        if repeat := claimed.repeats.get(arrival.hash):
            return repeat
        seq, opened = desk.outcome(arrival)
        if arrival.hash in desk.answered:
            return Answer(hash=arrival.hash, outcome=Outcome.DUPLICATE, seq=seq)
        desk.answered.add(arrival.hash)
        outcome = Outcome.STORED_WITH_EXCEPTION if opened else Outcome.STORED
        return Answer(hash=arrival.hash, outcome=outcome, seq=seq, exceptions=opened)


@dataclass(slots=True)
class _Sitting:
    """One transaction's worth of heads and facts."""

    heads: dict[str, Head]
    received_ms: int
    refuse: bool
    versions: dict[str, int] = field(default_factory=dict)
    facts: dict[str, list[Event]] = field(default_factory=dict)
    seqs: dict[str, list[int]] = field(default_factory=dict)
    spans: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    """For each statement, where its facts begin and end among those of its parcel."""
    answered: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Remember what the heads were read at."""
        self.versions = {parcel: head.version for parcel, head in self.heads.items()}

    def hear(self, arrival: Arrival, proof: Proof, claimed: Claimed, seal: SealNote) -> None:
        """Turn one statement into facts, or refuse it."""
        said, parcel = arrival.said, arrival.said.parcel
        used = claimed.used.get(arrival.hash)
        if used is not None and self.refuse:
            raise SequenceUsed(said.device, said.sequence)
        what = Told(
            said=said,
            cause=arrival.hash.hex(),
            received_ms=self.received_ms,
            proof=proof,
            sequence_used=used.hex() if used else None,
            seal_elsewhere=seal.elsewhere,
            seal_unknown=seal.unknown,
            retired_ms=arrival.retired_ms,
        )
        head = self.heads[parcel]
        facts = model.told(head, what)
        if self.refuse:
            for fact in facts:
                if isinstance(fact, ExceptionOpened):
                    raise Contradiction(fact.kind, fact.recorded, fact.told)
        said_before = self.facts.setdefault(parcel, [])
        self.spans[arrival.hash] = (len(said_before), len(said_before) + len(facts))
        said_before.extend(facts)
        for fact in facts:
            head = folded(head, fact)
        self.heads[parcel] = head

    def outcome(self, arrival: Arrival) -> tuple[int, tuple[tuple[str, str], ...]]:
        """The seq of the statement's first fact, and the exceptions it opened."""
        parcel = arrival.said.parcel
        start, end = self.spans[arrival.hash]
        facts = self.facts[parcel][start:end]
        opened = tuple((fact.exception, fact.kind.value) for fact in facts if isinstance(fact, ExceptionOpened))
        return self.seqs[parcel][start], opened


def why_not(arrival: Arrival, heads: dict[str, Head]) -> str | None:
    """Why an arrival cannot be taken as a statement, by message id; None if it can."""
    said = arrival.said
    if said.parcel not in heads:
        return UNKNOWN_PARCEL
    if said.teller != arrival.party:
        return NOT_YOUR_PARTY
    return None


async def load_heads(tx: Tx, ledger: Ledger, parcels: Sequence[str]) -> dict[str, Head]:
    """Lock and read heads; one that is not kept is folded from its facts."""
    stored = await ledger.heads(tx, parcels)
    unkept = [parcel for parcel, head in stored.items() if not head.state]
    facts = await ledger.read_streams(tx, unkept) if unkept else {}
    return {
        parcel: replace(
            decode_head(head.state) if head.state else fold([decode(fact.fact) for fact in facts[parcel]]),
            version=head.version,
        )
        for parcel, head in stored.items()
    }


def fold(events: Sequence[Event]) -> Head:
    """The head that facts leave, from the first on."""
    first, *rest = events
    head = created(cast(ParcelCreated, first))
    for event in rest:
        head = folded(head, event)
    return head
