"""A phone: says what happened, keeps it until the system has answered, and forgets only what was answered."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from safehand.demo.device import DeviceAuth, DeviceKey, SignedStatement, enrolment, signed
from safehand.demo.errors import Unexpected
from safehand.demo.line import Line
from safehand.events.statement import HandedOver, Scanned, SealPut, Statement
from safehand.events.vocabulary import Evidence, Reason, Side, State, Way
from safehand.kernel.canonical import Canonical
from safehand.kernel.clock import Clock
from safehand.kernel.ids import DeviceId, ParcelId, PartyId, PersonId, PlaceId

BATCH_ITEMS_MAX = 200
BATCH_BYTES_MAX = 1_500_000
"""Room for the frame round the items, below the 2 MiB that the server reads."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A statement, and the final word about it."""

    sent: SignedStatement
    outcome: str
    seq: int | None
    exceptions: tuple[str, ...]
    """Kinds of the exceptions that it opened."""
    why: str | None


type Journal = Callable[[Answered], None]


@dataclass(slots=True)
class Phone:
    """A device that is enrolled. Its outbox is empty once everything said has been answered."""

    key: DeviceKey
    device: DeviceId
    party: PartyId
    line: Line
    auth: DeviceAuth
    journal: Journal
    place: PlaceId | None = None
    """Where the phone always is, if it is a scanner that never leaves; told with every statement."""
    sequence: int = 0
    outbox: list[SignedStatement] = field(default_factory=list)
    _posting: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """One post of the outbox at a time: what is posted is what is forgotten."""

    @classmethod
    async def enrol(cls, line: Line, code: str, clock: Clock, journal: Journal) -> "Phone":
        """Make a key and enrol with the code that a person read out."""
        key = DeviceKey.fresh()
        answer = await line.post("/v1/devices", enrolment(key, code))
        device = DeviceId(answer["device"])
        return cls(key, device, PartyId(answer["party"]), line, DeviceAuth(device, key, clock), journal)

    def hand_over(
        self,
        parcel: ParcelId,
        at_ms: int,
        *,
        after: str,
        giver: PartyId,
        taker: PartyId | PersonId,
        way: Way,
        state: State,
        seal: str | None = None,
        evidence: tuple[Evidence, ...] = (),
        reason: Reason | None = None,
        private: Mapping[str, Canonical] | None = None,
    ) -> SignedStatement:
        """Tell of a handover, for the side that this phone's party is on."""
        said = HandedOver(
            device=self.device,
            sequence=self._next(),
            at_ms=at_ms,
            parcel=parcel,
            after=after,
            giver=giver,
            taker=PartyId(taker),  # a recipient is named by the person's id
            side=Side.GIVER if giver == self.party else Side.TAKER,
            way=way,
            state=state,
            evidence=evidence,
            reason=reason,
            place=self.place,
            seal=seal,
        )
        return self._keep(signed(self.key, said, private))

    def scan(
        self, parcel: ParcelId, at_ms: int, state: State, *, reason: Reason | None = None, seal: str | None = None
    ) -> SignedStatement:
        """Tell that the parcel was read, and where it stands."""
        said = Scanned(
            device=self.device,
            sequence=self._next(),
            at_ms=at_ms,
            parcel=parcel,
            party=self.party,
            state=state,
            reason=reason,
            place=self.place,
            seal=seal,
        )
        return self._keep(signed(self.key, said))

    def put_seal(self, parcel: ParcelId, at_ms: int, seal: str) -> SignedStatement:
        """Tell that a seal was put on."""
        said = SealPut(
            device=self.device,
            sequence=self._next(),
            at_ms=at_ms,
            parcel=parcel,
            party=self.party,
            seal=seal,
            place=self.place,
        )
        return self._keep(signed(self.key, said))

    def say(self, kind: type[Statement], parcel: ParcelId, at_ms: int, **more: object) -> SignedStatement:
        """Tell whatever else there is to tell of a parcel or a cage."""
        named: dict[str, Any] = {"device": self.device, "sequence": self._next(), "at_ms": at_ms, "parcel": parcel}
        named |= {"party": self.party, "place": self.place} | more
        return self._keep(signed(self.key, kind(**named)))

    async def flush(self) -> list[Answered]:
        """Post the outbox, batch by batch. A statement leaves it only once its answer is here.

        Errors
            Unexpected  the system stayed away, refused the batch, or answered something else than was asked.
        """
        answers: list[Answered] = []
        async with self._posting:
            while self.outbox:
                batch = next(batches(self.outbox))
                answers += await self.post(batch)
                del self.outbox[: len(batch)]
        return answers

    async def post(self, batch: Sequence[SignedStatement]) -> list[Answered]:
        """Post one batch as it is, whatever the outbox holds, and note what is answered."""
        said = {"statements": [sent.item() for sent in batch]}
        answer = await self.line.post("/v1/statements", said, auth=self.auth)
        answers = _matched(batch, answer)
        for answered in answers:
            self.line.seen = max(self.line.seen, answered.seq or 0)
            self.journal(answered)
        return answers

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def _keep(self, sent: SignedStatement) -> SignedStatement:
        self.outbox.append(sent)
        return sent


def batches(sent: Sequence[SignedStatement]) -> Iterator[Sequence[SignedStatement]]:
    """Cut an outbox into batches that the server reads: not too many items, not too many bytes."""
    start = 0
    while start < len(sent):
        end, size = start, 0
        while end < len(sent) and end - start < BATCH_ITEMS_MAX:
            size += 400 + len(sent[end].raw) + len(sent[end].body or b"") * 4 // 3
            if size > BATCH_BYTES_MAX and end > start:
                break
            end += 1
        yield sent[start:end]
        start = end


def _matched(batch: Sequence[SignedStatement], answer: Any) -> list[Answered]:
    """The answers, each with what it answers. One that names another hash answers nothing."""
    found = answer.get("answers", []) if isinstance(answer, dict) else []
    if [one.get("hash") for one in found] != [sent.hash for sent in batch]:
        raise Unexpected("POST /v1/statements", 200, "the answers are not those to what was posted")
    return [
        Answered(
            sent=sent,
            outcome=one["outcome"],
            seq=one["seq"],
            exceptions=tuple(opened["kind"] for opened in one["exceptions"]),
            why=one["why"],
        )
        for sent, one in zip(batch, found, strict=True)
    ]
