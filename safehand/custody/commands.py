"""The desk: load, decide, append. The one writer of custody facts."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from safehand.custody.carrying import note_unauthorised
from safehand.custody.contents import contents_of
from safehand.custody.declared import declared
from safehand.custody.errors import ContentsChanged, NoSuchParcel
from safehand.custody.head import Head, created, decode_head, folded, is_aggregate
from safehand.custody.model import BOTH_MUST_SIGN, Proof
from safehand.custody.ports import Announcer, Anybody, Arrival, Bodies, Carriers, ProofPolicy
from safehand.custody.rule import MOVING
from safehand.custody.seals import SealNote, note_seals
from safehand.custody.sitting import Noted, Sitting
from safehand.custody.statements import Answer, Claimed, Outcome, SetAside, claim, set_aside
from safehand.events.aggregates import AggregateCreated
from safehand.events.event import Event, decode
from safehand.events.parcels import ParcelCreated
from safehand.events.statement import Closed, HandedOver, Packed, SealPut, Statement, Unpacked, Weighed
from safehand.kernel.clock import Clock
from safehand.ledger.group_commit import GroupCommit
from safehand.ledger.ledger import Ledger
from safehand.store.database import Store, Tx

NOTHING_READ = SealNote()
UNKNOWN_PARCEL = "custody.unknown_parcel"
UNKNOWN_AGGREGATE = "custody.unknown_aggregate"
NOT_YOUR_PARTY = "custody.not_your_party"
GATHER_TRIES = 6
"""How often a statement about a cage or bag looks again, when others pack or unpack it at the same time."""


@dataclass(slots=True)
class CustodyDesk:
    """Turns what devices say into facts. Its fields are all it depends on; `app/` fills them in once."""

    store: Store
    ledger: Ledger
    clock: Clock
    proofs: ProofPolicy
    bodies: Bodies
    announcer: Announcer
    carriers: Carriers = field(default_factory=Anybody)
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

        async def ask(tx: Tx) -> Answer:
            answer = (await self._decide(tx, [arrival], refuse=True))[0]
            if answer.outcome is Outcome.QUARANTINED:
                raise NoSuchParcel(arrival.said.parcel)
            return answer

        return await in_one_go(self.store, ask)

    async def record_together(self, arrivals: Sequence[Arrival]) -> list[Answer]:
        """Store many statements in one transaction."""
        return await in_one_go(self.store, lambda tx: self._decide(tx, arrivals, refuse=False))

    async def _decide(self, tx: Tx, arrivals: Sequence[Arrival], *, refuse: bool) -> list[Answer]:
        """Heads first, then sequences, then seals: everybody locks in this order."""
        received_ms = self.clock.now_ms()
        things = [thing for a in arrivals for thing in about(a.said)]
        moving = {a.said.parcel for a in arrivals if isinstance(a.said, MOVING) and is_aggregate(a.said.parcel)}
        heads, contents = await gather(tx, self.ledger, things, moving)
        desk = Sitting(heads, contents, received_ms, refuse)
        known = [a for a in dict.fromkeys(arrivals) if why_not(a, desk.heads) is None]
        claimed = await claim(tx, known)
        fresh = [a for a in {a.hash: a for a in known}.values() if a.hash not in claimed.repeats]
        puts = [put for a in fresh if a.hash not in claimed.used and (put := _seal_put(a.said)) is not None]
        seals = await note_seals(tx, puts)
        weighed = [a.said.parcel for a in fresh if isinstance(a.said, Weighed)]
        merchants = await declared(tx, weighed) if weighed else {}
        for arrival in fresh:
            seal = seals.get(arrival.said.sequence_key, NOTHING_READ)
            proof = await self._proof(tx, desk, arrival)
            desk.hear(arrival, proof, claimed, Noted(seal, merchants.get(arrival.said.parcel)))
        await note_unauthorised(tx, self.carriers, desk)
        await desk.append(tx, self.ledger)
        tx.after_commit(lambda: self.announcer.moved(list(desk.facts)))
        await self._keep(tx, desk, fresh)
        return [await self._answer(tx, desk, arrival, claimed) for arrival in arrivals]

    async def _proof(self, tx: Tx, desk: Sitting, arrival: Arrival) -> Proof:
        if not isinstance(arrival.said, HandedOver):
            return BOTH_MUST_SIGN
        head = desk.heads[arrival.said.parcel]
        return (await self.proofs.judge(tx, [(head, arrival.said, arrival.body)]))[0]

    async def _keep(self, tx: Tx, desk: Sitting, fresh: Sequence[Arrival]) -> None:
        with_body = [a for a in fresh if a.body is not None]
        owners = [(desk.heads[a.said.parcel].recipient or None, cast(bytes, a.body)) for a in with_body]
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

    async def _answer(self, tx: Tx, desk: Sitting, arrival: Arrival, claimed: Claimed) -> Answer:
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


def why_not(arrival: Arrival, heads: dict[str, Head]) -> str | None:
    """Why an arrival cannot be taken as a statement, by message id; None if it can."""
    said = arrival.said
    if said.parcel not in heads:
        return UNKNOWN_PARCEL
    if any(thing not in heads for thing in about(said)):
        return UNKNOWN_AGGREGATE
    if said.teller != arrival.party:
        return NOT_YOUR_PARTY
    return None


def about(said: Statement) -> tuple[str, ...]:
    """The parcel, cage or bag that a statement is about, and the cage or bag that it names besides."""
    match said:
        case Packed():
            return said.parcel, said.into
        case Unpacked():
            return said.parcel, said.out_of
    return (said.parcel,)


def _seal_put(said: Statement) -> SealPut | None:
    """The seal that a statement puts on; a cage or bag may get one as it is closed."""
    match said:
        case SealPut():
            return said
        case Closed(seal=str(seal)):
            at = {"device": said.device, "sequence": said.sequence, "at_ms": said.at_ms}
            return SealPut(**at, parcel=said.parcel, party=said.party, seal=seal)  # type: ignore[arg-type]  # by name
    return None


async def in_one_go[Result](store: Store, work: Callable[[Tx], Awaitable[Result]]) -> Result:
    """Do `work` in a transaction; again from the start, where a cage was packed while its contents were gathered.

    Errors
        ContentsChanged  each time: whoever asked may try again.
    """
    for _ in range(GATHER_TRIES - 1):
        try:
            async with store.transaction() as tx:
                return await work(tx)
        except ContentsChanged:
            continue
    async with store.transaction() as tx:
        return await work(tx)


async def gather(
    tx: Tx, ledger: Ledger, things: Sequence[str], moving: Collection[str] = ()
) -> tuple[dict[str, Head], dict[str, set[str]]]:
    """Lock and read the heads of these, with the cages and bags that they lie in, and what lies in those named.

    Parcels first, then cages and bags, each in the order of their ids: everybody locks in this order.

    Shapes
        moving  those of `things` whose contents may move with them: the heads of the contents come along.
    Errors
        ContentsChanged  one of `moving` was packed meanwhile.
    """
    named = {thing for thing in things if is_aggregate(thing)}
    inside = await contents_of(tx, moving)
    parcels = (set(things) - named).union(*inside.values())
    heads = await load_heads(tx, ledger, list(parcels)) if parcels else {}
    around = {head.within.aggregate for head in heads.values() if head.within is not None}
    if not named and not around:
        return heads, {}
    heads |= await load_heads(tx, ledger, list(named | around))
    contents = await contents_of(tx, named)
    for aggregate in moving:
        if not contents[aggregate] <= heads.keys():
            raise ContentsChanged(aggregate)
    return heads, contents


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
    head = created(cast(ParcelCreated | AggregateCreated, first))
    for event in rest:
        head = folded(head, event)
    return head
