"""Cages, bags and pallets: made with a number and what lies in them, found by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from safehand.custody.commands import load_heads
from safehand.custody.contents import write_contents
from safehand.custody.errors import AggregateNumberTaken, NoSuchAggregate, NoSuchParcel, NotPackable, TooManyInside
from safehand.custody.head import ENDED, Head, Within, created, encode_head, folded, is_aggregate
from safehand.events.aggregates import AggregateCreated, AggregatePacked
from safehand.events.statement import CONTENTS_MAX
from safehand.events.vocabulary import AggregateKind, NotPacked
from safehand.kernel.clock import Clock
from safehand.kernel.ids import AGGREGATE, AggregateId, ParcelId, PartyId, new_id
from safehand.labels.errors import NumberUnreadable
from safehand.labels.numbers import Kind, make_sscc, read_number
from safehand.ledger.ledger import Append, Ledger
from safehand.store.database import Record, Tx

SSCC_EXTENSION = 1
"""Our cages' numbers begin with it, our parcels' with 0."""
SSCC_REUSE_MS = 366 * 24 * 60 * 60 * 1000
"""An SSCC is not used again within a year (GS1 General Specifications, section 2.2.1)."""
CREATE_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateDraft:
    """A cage, bag or pallet as it is declared. `merchant` is who sends it; `sscc` None: it gets one of ours."""

    kind: AggregateKind
    holder: PartyId
    merchant: PartyId | None = None
    sscc: str | None = None
    contents: tuple[ParcelId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A cage, bag or pallet on record."""

    aggregate: AggregateId
    sscc: str
    kind: AggregateKind
    merchant: PartyId | None
    created_ms: int


@dataclass(frozen=True, slots=True)
class AggregatesDesk:
    """Makes and finds them, in the caller's transaction."""

    ledger: Ledger
    clock: Clock
    company_prefix: str

    async def create(self, tx: Tx, draft: AggregateDraft) -> Aggregate:
        """One of them. Errors: as `create_many`."""
        return (await self.create_many(tx, [draft]))[0]

    async def create_many(
        self, tx: Tx, drafts: Sequence[AggregateDraft], known: Mapping[str, Head] | None = None
    ) -> list[Aggregate]:
        """Record cages with what lies in them: their numbers and facts, and a fact of each parcel, all or nothing.

        Shapes
            drafts  at most CREATE_MAX, each with at most CONTENTS_MAX parcels.
            known   how these parcels stand, where this transaction has recorded them itself; else they are looked up.
        Errors
            TooManyInside         a draft, or the number of drafts, is beyond its limit.
            AggregateNumberTaken  an SSCC is in use, was within a year, or comes twice.
            NoSuchParcel          a parcel is not known.
            NotPackable           a parcel lies elsewhere, is with somebody else than the cage, or has ended.
        """
        now_ms = self.clock.now_ms()
        _bounded(drafts)
        made = await self._numbered(tx, drafts, now_ms)
        wanted = {parcel: place for place, draft in enumerate(drafts) for parcel in draft.contents}
        heads = dict[str, Head](known.items() if known else ())
        if unknown := [parcel for parcel in wanted if parcel not in heads]:
            heads |= await load_heads(tx, self.ledger, unknown)
        appends = [self._created(one, draft, now_ms) for one, draft in zip(made, drafts, strict=True)]
        places: dict[str, Within | None] = {}
        for parcel, place in wanted.items():
            append, head = _put(heads.get(parcel), parcel, made[place], drafts[place], now_ms)
            appends.append(append)
            places[parcel] = head.within
        await self.ledger.append(tx, appends)
        await write_contents(tx, places)
        return made

    def _created(self, made: Aggregate, draft: AggregateDraft, now_ms: int) -> Append:
        fact = AggregateCreated(
            at_ms=now_ms,
            received_ms=now_ms,
            by=draft.merchant or draft.holder,
            parcel=made.aggregate,
            kind=draft.kind,
            holder=draft.holder,
            merchant=draft.merchant,
        )
        return Append(made.aggregate, 0, [fact], encode_head(created(fact)))

    async def _numbered(self, tx: Tx, drafts: Sequence[AggregateDraft], now_ms: int) -> list[Aggregate]:
        own = await tx.fetch(
            "SELECT nextval('sscc_serial') AS n FROM generate_series(1, $1::int)",
            sum(draft.sscc is None for draft in drafts),
        )
        serials = iter([row["n"] for row in own])
        made = [
            Aggregate(
                aggregate=AggregateId(ParcelId(new_id(AGGREGATE, now_ms))),
                sscc=draft.sscc or make_sscc(SSCC_EXTENSION, self.company_prefix, next(serials)),
                kind=draft.kind,
                merchant=draft.merchant,
                created_ms=now_ms,
            )
            for draft in drafts
        ]
        await _free(tx, [one.sscc for one in made], now_ms)
        rows = await tx.fetch(
            "INSERT INTO aggregates (aggregate, sscc, kind, merchant, created_ms)"
            " SELECT *, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
            " ON CONFLICT (sscc) WHERE current DO NOTHING RETURNING sscc",
            [one.aggregate for one in made],
            [one.sscc for one in made],
            [one.kind for one in made],
            [one.merchant for one in made],
            now_ms,
        )
        taken = {one.sscc for one in made} - {row["sscc"] for row in rows}
        if taken or len(rows) < len(made):
            twice = [one.sscc for place, one in enumerate(made) if one.sscc in {other.sscc for other in made[:place]}]
            raise AggregateNumberTaken(min(taken or twice))
        return made

    async def find(self, tx: Tx, given: str) -> Aggregate:
        """The one that bears an SSCC now, or has this id.

        Errors
            WrongCheckDigit, WrongLength, NumberUnreadable  it is not a number.
            NoSuchAggregate
        """
        if is_aggregate(given):
            rows = await tx.fetch("SELECT * FROM aggregates WHERE aggregate = $1", given)
        else:
            number = read_number(given)
            if number.kind is not Kind.SSCC:
                raise NumberUnreadable(given)
            rows = await tx.fetch("SELECT * FROM aggregates WHERE sscc = $1 AND current", number.text)
        if not rows:
            raise NoSuchAggregate(given[:40])
        return _aggregate(rows[0])

    async def in_use(self, tx: Tx, numbers: Collection[str]) -> set[str]:
        """Which of these SSCC numbers cannot be a new cage's yet."""
        rows = await tx.fetch(
            "SELECT sscc FROM aggregates WHERE sscc = ANY($1::text[]) AND current AND created_ms >= $2",
            list(numbers),
            self.clock.now_ms() - SSCC_REUSE_MS,
        )
        return {row["sscc"] for row in rows}

    async def many(self, tx: Tx, aggregates: Sequence[str]) -> dict[str, Aggregate]:
        """Several by id; unknown ones are left out."""
        rows = await tx.fetch("SELECT * FROM aggregates WHERE aggregate = ANY($1::text[])", list(aggregates))
        return {row["aggregate"]: _aggregate(row) for row in rows}


def _bounded(drafts: Sequence[AggregateDraft]) -> None:
    if len(drafts) > CREATE_MAX:
        raise TooManyInside(len(drafts), CREATE_MAX)
    for draft in drafts:
        if len(draft.contents) > CONTENTS_MAX:
            raise TooManyInside(len(draft.contents), CONTENTS_MAX)
    seen: set[str] = set()
    for parcel in (parcel for draft in drafts for parcel in draft.contents):
        if parcel in seen:
            raise NotPackable(parcel, NotPacked.ELSEWHERE)
        seen.add(parcel)


async def _free(tx: Tx, numbers: Sequence[str], now_ms: int) -> None:
    """Give numbers free that were used long ago.

    Errors
        AggregateNumberTaken  a parcel bears one of them.
    """
    borne = await tx.fetch("SELECT sscc FROM parcels WHERE sscc = ANY($1::text[]) LIMIT 1", list(numbers))
    if borne:
        raise AggregateNumberTaken(borne[0]["sscc"])
    await tx.run(
        "UPDATE aggregates SET current = false WHERE sscc = ANY($1::text[]) AND current AND created_ms < $2",
        list(numbers),
        now_ms - SSCC_REUSE_MS,
    )


def _put(head: Head | None, parcel: str, into: Aggregate, draft: AggregateDraft, now_ms: int) -> tuple[Append, Head]:
    if head is None:
        raise NoSuchParcel(parcel)
    if head.aggregate:
        raise NotPackable(parcel, NotPacked.NESTED)
    if head.state in ENDED:
        raise NotPackable(parcel, NotPacked.ENDED)
    if head.custodian != draft.holder or head.within is not None:
        raise NotPackable(parcel, NotPacked.ELSEWHERE)
    fact = AggregatePacked(
        at_ms=now_ms,
        received_ms=now_ms,
        by=draft.merchant or draft.holder,
        parcel=head.parcel,
        into=into.aggregate,
        party=draft.merchant or draft.holder,
    )
    packed = folded(head, fact)
    return Append(parcel, head.version, [fact], encode_head(packed)), packed


def _aggregate(row: Record) -> Aggregate:
    return Aggregate(
        aggregate=row["aggregate"],
        sscc=row["sscc"],
        kind=AggregateKind(row["kind"]),
        merchant=row["merchant"],
        created_ms=row["created_ms"],
    )
