"""Cages on a real database: one handover moves what lies in them, whoever packs at the same time."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from safehand.custody.aggregates import AggregateDraft
from safehand.custody.commands import load_heads
from safehand.custody.contents import contents_of
from safehand.custody.errors import (
    AggregateNumberTaken,
    Contradiction,
    NoSuchAggregate,
    NoSuchParcel,
    NotPackable,
    TooManyInside,
)
from safehand.custody.exceptions import EXCEPTIONS
from safehand.custody.head import Head
from safehand.custody.holdings import HOLDINGS, counts
from safehand.custody.overview import cases
from safehand.custody.packing import contents_digest
from safehand.custody.statements import Answer, Outcome
from safehand.events.aggregates import AggregateClosed
from safehand.events.event import decode
from safehand.events.statement import CONTENTS_MAX, FIRST_AFTER, Closed, Emptied, Opened, Packed, Unpacked, Weighed
from safehand.events.vocabulary import AggregateKind, ExceptionKind, Side, State, Way
from safehand.identity.reach import Reach
from safehand.kernel.ids import AGGREGATE, PARCEL, AggregateId, ParcelId, PartyId
from safehand.labels.numbers import make_sscc
from safehand.ledger.ledger import Append
from safehand.ledger.projections import Projector
from safehand.ledger.sequencer import Sequencer
from safehand.ledger.signing import load_or_create_key
from tests.rooms import Rooms, arrival
from tests.servers import Database
from tests.world import ANA, BEN, DEPOT, SHOP, Phones, _id, created_box, handed_over, scanned

BOXES = tuple(ParcelId(_id(PARCEL, f"box {n}")) for n in range(4))
NOWHERE = AggregateId(ParcelId(_id(AGGREGATE, "nowhere")))


async def boxes(rooms: Rooms, parcels: Sequence[ParcelId] = BOXES) -> None:
    async with rooms.store.transaction() as tx:
        await rooms.ledger.append(tx, [Append(box, 0, [created_box(parcel=box)]) for box in parcels])


async def a_cage(rooms: Rooms, *contents: ParcelId, holder: PartyId = SHOP) -> AggregateId:
    async with rooms.store.transaction() as tx:
        draft = AggregateDraft(kind=AggregateKind.CAGE, holder=holder, merchant=SHOP, contents=contents)
        return (await rooms.aggregates.create(tx, draft)).aggregate


async def heads(rooms: Rooms, *things: str) -> list[Head]:
    async with rooms.store.transaction() as tx:
        found = await load_heads(tx, rooms.ledger, things)
    return [found[thing] for thing in things]


def received(phones: Phones, thing: ParcelId) -> Any:
    """The depot takes it over the ramp."""
    way = {"way": Way.COUNTER, "state": State.RECEIVED, "parcel": thing}
    return handed_over(phones, SHOP, DEPOT, Side.TAKER, FIRST_AFTER, **way)


def of(phones: Phones, party: PartyId, thing: str, **rest: Any) -> dict[str, Any]:
    return {**phones.next(party), "party": party, "parcel": thing, **rest}


def kinds(answer: Answer) -> list[str]:
    return [kind for _, kind in answer.exceptions]


async def test_one_handover_moves_a_cage_and_everything_in_it(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage = await a_cage(rooms, *BOXES[:3])

    [answer] = await rooms.custody.record([arrival(received(phones, cage))])

    assert answer.outcome is Outcome.STORED
    cage_head, *inside, outside = await heads(rooms, cage, *BOXES)
    assert {head.custodian for head in (cage_head, *inside)} == {DEPOT}
    assert {head.state for head in inside} == {State.RECEIVED}
    assert outside.custodian == SHOP
    async with rooms.store.transaction() as tx:
        moved = [decode(fact.fact) for fact in await rooms.ledger.read(tx, BOXES[0])][-1]
    assert moved.cause == answer.hash.hex()
    assert set(rooms.announced) == {cage, *BOXES[:3]}


async def test_who_packs_while_a_cage_moves_is_in_it_or_is_told_that_it_is_gone(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    many = [ParcelId(_id(PARCEL, f"many {n}")) for n in range(12)]
    await boxes(rooms, many)
    cage = await a_cage(rooms, many[0])
    desks = [Rooms(database.store()).custody for _ in range(3)]
    packs = [arrival(Packed(**of(phones, SHOP, box, into=cage))) for box in many[1:]]

    answers = await asyncio.gather(
        *(desks[place % 2].record([one]) for place, one in enumerate(packs)),
        desks[2].record([arrival(received(phones, cage))]),
    )

    assert {answer.outcome for [answer] in answers} <= {Outcome.STORED, Outcome.STORED_WITH_EXCEPTION}
    assert {kind for [answer] in answers for kind in kinds(answer)} <= {
        ExceptionKind.NOT_CUSTODIAN,
        ExceptionKind.NOT_PACKED,
    }
    cage_head, *found = await heads(rooms, cage, *many)
    async with rooms.store.transaction() as tx:
        rows = (await contents_of(tx, [cage]))[cage]
    assert cage_head.custodian == DEPOT
    assert rows == {head.parcel for head in found if head.within}
    assert {head.custodian for head in found if head.within} == {DEPOT}
    assert {head.custodian for head in found if not head.within} <= {SHOP}


async def test_a_closed_cage_says_what_it_held_and_who_takes_from_it_is_noticed(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage = await a_cage(rooms, *BOXES[:2])
    [closed] = await rooms.custody.record([arrival(Closed(**of(phones, SHOP, cage, count=2)))])
    [late] = await rooms.custody.record([arrival(Packed(**of(phones, SHOP, BOXES[2], into=cage)))])
    [taken] = await rooms.custody.record([arrival(scanned(phones, SHOP, State.SORTED, parcel=BOXES[0]))])

    assert (closed.outcome, kinds(late), kinds(taken)) == (
        Outcome.STORED,
        [ExceptionKind.NOT_PACKED],
        [ExceptionKind.TAKEN_FROM_CLOSED],
    )
    async with rooms.store.transaction() as tx:
        [_, fact] = [decode(one.fact) for one in await rooms.ledger.read(tx, cage)]
    assert isinstance(fact, AggregateClosed)
    assert (fact.count, fact.contents) == (2, contents_digest(BOXES[:2]))


async def test_what_was_not_read_when_a_cage_is_emptied_is_short(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage = await a_cage(rooms, *BOXES[:3])
    await rooms.custody.record([arrival(received(phones, cage))])
    await rooms.custody.record(
        [
            arrival(scanned(phones, DEPOT, State.SORTED, parcel=BOXES[0])),
            arrival(scanned(phones, DEPOT, State.DAMAGED, parcel=BOXES[1])),
        ]
    )

    [emptied] = await rooms.custody.record([arrival(Emptied(**of(phones, DEPOT, cage)))])

    assert kinds(emptied) == [ExceptionKind.SHORT]
    *_, third = found = await heads(rooms, *BOXES[:3])
    assert [head.within for head in found] == [None] * 3
    assert [open.kind for open in third.exceptions.values()] == [ExceptionKind.SHORT]


async def test_a_stranger_packs_opens_and_empties_nothing(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage = await a_cage(rooms, BOXES[0])
    told = [
        Packed(**of(phones, BEN, BOXES[1], into=cage)),
        Unpacked(**of(phones, BEN, BOXES[0], out_of=cage)),
        Opened(**of(phones, BEN, cage)),
        Emptied(**of(phones, BEN, cage)),
    ]

    answers = await rooms.custody.record([arrival(said) for said in told])

    assert [kinds(answer) for answer in answers] == [[ExceptionKind.NOT_CUSTODIAN]] * 4
    first, second = await heads(rooms, *BOXES[:2])
    assert (first.within is not None, second.within) == (True, None)


async def test_a_cage_in_a_cage_and_an_unknown_one_are_not_packed(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage, other = await a_cage(rooms), await a_cage(rooms)

    [nested] = await rooms.custody.record([arrival(Packed(**of(phones, SHOP, cage, into=other)))])
    [unknown] = await rooms.custody.record([arrival(Packed(**of(phones, SHOP, BOXES[0], into=NOWHERE)))])
    with pytest.raises(Contradiction):
        await rooms.custody.request(arrival(Packed(**of(phones, SHOP, other, into=cage))))

    assert kinds(nested) == [ExceptionKind.NOT_PACKED]
    assert (unknown.outcome, unknown.why) == (Outcome.QUARANTINED, "custody.unknown_aggregate")


async def test_a_cage_that_stood_open_is_open_from_then_on(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage = await a_cage(rooms, *BOXES[:2])
    await rooms.custody.record([arrival(Closed(**of(phones, SHOP, cage, count=3, seal="S-1")))])

    [found] = await rooms.custody.record([arrival(scanned(phones, SHOP, State.HELD, parcel=cage, found_open=True))])
    [taken] = await rooms.custody.record([arrival(scanned(phones, SHOP, State.SORTED, parcel=BOXES[0]))])

    assert kinds(found) == [ExceptionKind.FOUND_OPEN]
    assert taken.outcome is Outcome.STORED
    [head] = await heads(rooms, cage)
    assert {open.kind for open in head.exceptions.values()} == {
        ExceptionKind.OVER,
        ExceptionKind.SEAL_UNISSUED,
        ExceptionKind.FOUND_OPEN,
    }


async def test_a_person_who_corrects_a_cage_corrects_what_lies_in_it(database: Database, tmp_path: Path) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage = await a_cage(rooms, BOXES[0])
    wrong = handed_over(phones, ANA, BEN, Side.TAKER, FIRST_AFTER, parcel=cage)
    [answer] = await rooms.custody.record([arrival(wrong)])
    exception = answer.exceptions[0][0]
    await _fold(rooms, tmp_path)

    await rooms.decisions.correct(exception, BEN, State.LOADED, "usr_1")  # type: ignore[arg-type]

    assert {head.custodian for head in await heads(rooms, cage, BOXES[0])} == {BEN}


async def test_what_is_weighed_is_held_against_what_was_declared_and_weighed(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    async with rooms.store.transaction() as tx:
        await tx.run(
            "INSERT INTO parcels (parcel, shipment, sscc, s10, tracking, sealed, weight_g, contents)"
            " VALUES ($1, 's', '1', '1', '1', false, 1000, 'c')",
            BOXES[0],
        )

    told = [Weighed(**of(phones, SHOP, BOXES[0], weight_g=grams)) for grams in (1_020, 1_021, 1_100, 900)]
    answers = [(await rooms.custody.record([arrival(said)]))[0] for said in told]

    assert [kinds(answer) for answer in answers] == [
        [],
        [],
        [ExceptionKind.WEIGHT_DIFFERS],
        [ExceptionKind.WEIGHT_DIFFERS],
    ]


async def test_what_is_measured_is_held_against_the_declared_sides_however_it_lies(database: Database) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    async with rooms.store.transaction() as tx:
        await tx.run(
            "INSERT INTO parcels (parcel, shipment, sscc, s10, tracking, sealed, weight_g, length_mm, width_mm,"
            " height_mm, contents) VALUES ($1, 's', '1', '1', '1', false, 1000, 300, 200, 1000, 'c'),"
            " ($2, 's', '2', '2', '2', false, 1000, NULL, NULL, NULL, 'c')",
            *BOXES[:2],
        )

    measured = [
        (BOXES[0], 1_050, 220, 320),
        (BOXES[0], 1_051, 220, 320),
        (BOXES[0], 200, 321, 900),
        (BOXES[0], 9_000, 9_000, None),
        (BOXES[1], 9_000, 9_000, 9_000),
    ]
    answers = []
    for parcel, length, width, height in measured:
        sides = {"length_mm": length, "width_mm": width, "height_mm": height}
        said = Weighed(**of(phones, SHOP, parcel, weight_g=1000, **sides))
        answers += await rooms.custody.record([arrival(said)])

    assert [kinds(answer) for answer in answers] == [[], [ExceptionKind.OVERSIZE], [ExceptionKind.OVERSIZE], [], []]


async def test_cages_have_rows_of_their_own_and_their_exceptions_are_listed(database: Database, tmp_path: Path) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await boxes(rooms)
    cage = await a_cage(rooms, BOXES[0])
    await rooms.custody.record([arrival(Closed(**of(phones, SHOP, cage, count=2)))])
    await _fold(rooms, tmp_path)

    async with rooms.store.transaction() as tx:
        assert await counts(tx) == {State.CREATED: len(BOXES)}
        [row] = await tx.fetch("SELECT custodian, closed FROM aggregate_holdings WHERE aggregate = $1", cage)
        [case] = (await cases(tx, Reach(everything=True))).rows
        found = await rooms.aggregates.find(tx, cage)
    assert (row["custodian"], row["closed"]) == (SHOP, True)
    assert (case.parcel, case.tracking, case.custodian) == (cage, found.sscc, SHOP)


async def test_a_number_counts_once_within_a_year(database: Database) -> None:
    rooms = Rooms(database.store())
    draft = AggregateDraft(kind=AggregateKind.BAG, holder=SHOP, sscc=make_sscc(3, "6400001", 7))

    async with rooms.store.transaction() as tx:
        first = await rooms.aggregates.create(tx, draft)
    with pytest.raises(AggregateNumberTaken):
        async with rooms.store.transaction() as tx:
            await rooms.aggregates.create(tx, draft)
    with pytest.raises(AggregateNumberTaken):
        async with rooms.store.transaction() as tx:
            await rooms.aggregates.create_many(tx, [_own(draft), _own(draft)])
    rooms.clock.advance(400 * 24 * 3_600_000)
    async with rooms.store.transaction() as tx:
        second = await rooms.aggregates.create(tx, draft)
        assert await rooms.aggregates.find(tx, f"(00){draft.sscc}") == second
        assert await rooms.aggregates.find(tx, first.aggregate) == first
        with pytest.raises(NoSuchAggregate):
            await rooms.aggregates.find(tx, NOWHERE)


def _own(draft: AggregateDraft) -> AggregateDraft:
    return AggregateDraft(kind=draft.kind, holder=draft.holder, sscc=make_sscc(4, "6400001", 8))


async def test_what_cannot_lie_in_a_cage_is_refused_and_nothing_is_made(database: Database) -> None:
    rooms = Rooms(database.store())
    await boxes(rooms)
    await a_cage(rooms, BOXES[0])
    refusals: list[tuple[type[Exception], tuple[ParcelId, ...], PartyId]] = [
        (NotPackable, (BOXES[0],), SHOP),
        (NotPackable, (BOXES[1],), DEPOT),
        (NotPackable, (BOXES[1], BOXES[1]), SHOP),
        (NoSuchParcel, (ParcelId(_id(PARCEL, "unknown")),), SHOP),
        (TooManyInside, BOXES * (CONTENTS_MAX // len(BOXES) + 1), SHOP),
    ]
    for error, contents, holder in refusals:
        with pytest.raises(error):
            await a_cage(rooms, *contents, holder=holder)
    async with rooms.store.transaction() as tx:
        assert len(await tx.fetch("SELECT 1 FROM aggregates")) == 1


async def _fold(rooms: Rooms, folder: Path) -> None:
    """Let the projections see what was told."""
    key = load_or_create_key(folder / "log.key", "log.example/one")
    sequencer = Sequencer(rooms.store, rooms.ledger, rooms.clock, folder / "log", key)
    while await sequencer.run_once():
        pass
    await sequencer.close()
    projector = Projector(rooms.store, rooms.ledger, (HOLDINGS, EXCEPTIONS))
    await projector.run_once()
    while await projector.run_once():
        pass
