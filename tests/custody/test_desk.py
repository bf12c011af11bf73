"""The desk on a real database: what is acknowledged is stored, once, whoever tells it and however often."""

import asyncio
import dataclasses

import pytest

from safehand.custody.commands import load_heads
from safehand.custody.errors import Contradiction, NoSuchParcel, SequenceUsed
from safehand.custody.statements import Outcome
from safehand.custody.timeline import EntryKind, entries
from safehand.events.statement import FIRST_AFTER
from safehand.events.vocabulary import Evidence, ExceptionKind, Side, State, Way
from safehand.kernel.ids import PARCEL, ParcelId, derived_id
from tests.asvs import asvs
from tests.rooms import Rooms, arrival
from tests.servers import Database
from tests.world import ANA, BEN, BOX, DEPOT, EVE, NOON_MS, SHOP, Phones, handed_over, honest_day, scanned, seal_put


async def facts_of(rooms: Rooms) -> list[str]:
    async with rooms.store.transaction() as tx:
        return [fact.name for fact in await rooms.ledger.read(tx, BOX)]


async def test_a_statement_is_stored_once_and_its_repeat_is_a_duplicate(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    received = arrival(
        handed_over(Phones(), SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED)
    )

    [first] = await rooms.custody.record([received])
    [again] = await rooms.custody.record([received])

    assert (first.outcome, again.outcome) == (Outcome.STORED, Outcome.DUPLICATE)
    assert again.seq == first.seq
    assert await facts_of(rooms) == ["parcel.created.v1", "custody.transferred.v1"]


@asvs("2.3.4")
async def test_the_same_statement_told_by_many_at_once_counts_once(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    received = arrival(
        handed_over(Phones(), SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED)
    )
    desks = [Rooms(database.store()).custody for _ in range(4)]

    answers = await asyncio.gather(*(desk.record([received, received]) for desk in desks * 3))

    outcomes = [answer.outcome for pair in answers for answer in pair]
    assert outcomes.count(Outcome.STORED) == 1
    assert outcomes.count(Outcome.DUPLICATE) == len(outcomes) - 1
    assert await facts_of(rooms) == ["parcel.created.v1", "custody.transferred.v1"]


async def test_a_reused_sequence_number_is_stored_as_an_exception_without_effect(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    phones = Phones()
    [first] = await rooms.custody.record([arrival(scanned(phones, DEPOT, State.SORTED))])
    phones.used.clear()

    [clone] = await rooms.custody.record([arrival(scanned(phones, DEPOT, State.HELD))])

    assert first.outcome is Outcome.STORED
    assert [kind for _, kind in clone.exceptions] == [ExceptionKind.SEQUENCE_REUSED]


async def test_an_unknown_parcel_is_set_aside_and_uses_no_sequence_number(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    unknown = scanned(Phones(), DEPOT, State.SORTED, parcel=ParcelId(derived_id(PARCEL, b"nowhere-at-all--")))

    [answer] = await rooms.custody.record([arrival(unknown)])
    [known] = await rooms.custody.record([arrival(scanned(Phones(), DEPOT, State.SORTED))])

    assert (answer.outcome, answer.why) == (Outcome.QUARANTINED, "custody.unknown_parcel")
    assert known.outcome is Outcome.STORED


@asvs("2.3.1", "2.3.3")
async def test_a_request_that_contradicts_is_refused_and_leaves_nothing(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    wrong = handed_over(Phones(), ANA, BEN, Side.GIVER, FIRST_AFTER)

    with pytest.raises(Contradiction) as refused:
        await rooms.custody.request(arrival(wrong))

    assert refused.value.params["kind"] == ExceptionKind.NOT_CUSTODIAN
    assert await facts_of(rooms) == ["parcel.created.v1"]
    [told] = await rooms.custody.record([arrival(wrong)])
    assert told.outcome is Outcome.STORED_WITH_EXCEPTION


async def test_a_request_may_not_speak_for_another_party(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    said = arrival(scanned(Phones(), DEPOT, State.SORTED))
    stolen = dataclasses.replace(said, party=BEN)

    with pytest.raises(NoSuchParcel):
        await rooms.custody.request(stolen)


async def test_a_request_with_a_used_sequence_number_is_refused(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    await rooms.custody.record([arrival(scanned(Phones(), DEPOT, State.SORTED))])

    with pytest.raises(SequenceUsed):
        await rooms.custody.request(arrival(scanned(Phones(), DEPOT, State.HELD)))


async def test_a_day_told_in_one_batch_ends_at_the_door(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    async with rooms.store.transaction() as tx:
        pin = await rooms.pins.of(tx, BOX, EVE)
    day = honest_day()
    last = dataclasses.replace(day[-1], evidence=(Evidence.PIN,))  # type: ignore[call-arg]

    answers = await rooms.custody.record([arrival(s) for s in day[:-1]] + [arrival(last, {"pin": pin})])

    assert {answer.outcome for answer in answers} == {Outcome.STORED}
    async with rooms.store.transaction() as tx:
        line = entries(await rooms.ledger.read(tx, BOX), 0)
    assert [e.kind for e in line if e.kind is EntryKind.HANDOVER] == [EntryKind.HANDOVER] * 3
    assert (line[-1].taker, line[-1].state, line[-1].signed) == (EVE, State.DELIVERED, "evidence")


async def test_a_wrong_pin_leaves_the_parcel_with_the_driver(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    async with rooms.store.transaction() as tx:
        pin = await rooms.pins.of(tx, BOX, EVE)
    wrong = "000000" if pin != "000000" else "000001"
    day = honest_day()
    last = dataclasses.replace(day[-1], evidence=(Evidence.PIN,))  # type: ignore[call-arg]

    answers = await rooms.custody.record([arrival(s) for s in day[:-1]] + [arrival(last, {"pin": wrong})])

    assert [kind for _, kind in answers[-1].exceptions] == [ExceptionKind.PIN_MISMATCH]
    async with rooms.store.transaction() as tx:
        line = entries(await rooms.ledger.read(tx, BOX), 0)
    assert [e.taker for e in line if e.kind is EntryKind.HANDOVER] == [DEPOT, ANA]


@asvs("2.3.4")
async def test_a_seal_serial_belongs_to_one_parcel_and_must_have_been_issued(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()

    [answer] = await rooms.custody.record([arrival(seal_put(Phones(), DEPOT, "S-made-up"))])

    assert [kind for _, kind in answer.exceptions] == [ExceptionKind.SEAL_UNISSUED]


async def test_a_right_pin_after_a_wrong_one_delivers_and_both_stay_on_record(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    async with rooms.store.transaction() as tx:
        pin = await rooms.pins.of(tx, BOX, EVE)
    day = honest_day()
    first = dataclasses.replace(day[-1], evidence=(Evidence.PIN,))  # type: ignore[call-arg]
    second = dataclasses.replace(first, sequence=first.sequence + 1, at_ms=first.at_ms + 60_000)
    await rooms.custody.record([arrival(said) for said in day[:-1]])

    [wrong] = await rooms.custody.record([arrival(first, {"pin": "1"})])
    [right] = await rooms.custody.record([arrival(second, {"pin": pin})])

    assert [kind for _, kind in wrong.exceptions] == [ExceptionKind.PIN_MISMATCH]
    assert right.outcome is Outcome.STORED
    async with rooms.store.transaction() as tx:
        line = entries(await rooms.ledger.read(tx, BOX), 0)
    assert line[-1].taker == EVE
    assert {arrival(first).hash.hex(), arrival(second).hash.hex()} <= {entry.cause for entry in line}


@pytest.mark.parametrize("at_ms", [0, NOON_MS + 40 * 365 * 86_400_000])
async def test_a_clock_that_jumped_is_told_and_stops_nothing_that_comes_after(database: Database, at_ms: int) -> None:
    rooms, phones = Rooms(database.store()), Phones()
    await rooms.a_box()
    await rooms.custody.record(
        [arrival(handed_over(phones, SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED))]
    )
    rooms.clock.advance(3_600_000)

    [jumped] = await rooms.custody.record([arrival(scanned(phones, DEPOT, State.SORTED, at_ms=at_ms))])
    async with rooms.store.transaction() as tx:
        sorted_head = (await load_heads(tx, rooms.ledger, [BOX]))[BOX]
    rooms.clock.advance(3_600_000)
    later = scanned(phones, DEPOT, State.HELD, at_ms=rooms.clock.now_ms())
    await rooms.custody.record([arrival(later)])

    assert [kind for _, kind in jumped.exceptions] == [ExceptionKind.CLOCK_JUMPED]
    assert (sorted_head.state, sorted_head.state_ms) == (State.SORTED, NOON_MS + 3_600_000)
    async with rooms.store.transaction() as tx:
        assert (await load_heads(tx, rooms.ledger, [BOX]))[BOX].state is State.HELD
