"""Who may not carry a parcel and has it: told of once, and custody follows the hands. Planted faults beside."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.custody.carrying import note_unauthorised
from safehand.custody.commands import load_heads
from safehand.custody.errors import Contradiction
from safehand.custody.model import Barred
from safehand.custody.ports import Anybody
from safehand.custody.sitting import Sitting
from safehand.events.custody import CustodyTransferred, ExceptionOpened
from safehand.events.statement import FIRST_AFTER
from safehand.events.vocabulary import Demand, ExceptionKind, Side, State, Way
from safehand.kernel.ids import PartyId
from safehand.store.database import Tx
from tests.custody.test_aggregate_laws import BOXES, story
from tests.rooms import Rooms, arrival
from tests.servers import Database
from tests.world import ANA, BOX, DEPOT, SHOP, Phones, handed_over

UNTRAINED = Barred(Demand.CARRY, "course_expired")
NO_TX = cast(Tx, None)


class NotAna:
    """Ana may carry nothing."""

    async def bars(self, tx: Tx, cases: Sequence[tuple[str, PartyId]]) -> dict[tuple[str, PartyId], Barred]:
        """What she took."""
        return {(parcel, taker): UNTRAINED for parcel, taker in cases if taker == ANA}


NOT_ANA = NotAna()

type Note = Callable[[Sitting], Coroutine[Any, Any, None]]


def held(seed: int, note: Note) -> bool:
    """Whether custody is as it was without the note, and each taking of Ana's is told of, once."""
    desk = story(seed).desk
    before = {thing: (head.custodian, head.chain) for thing, head in desk.heads.items()}
    asyncio.run(note(desk))
    facts = [fact for box in BOXES for fact in desk.facts.get(box, [])]
    taken = [fact.handover for fact in facts if isinstance(fact, CustodyTransferred) and fact.taker == ANA]
    opened = [fact for fact in facts if isinstance(fact, ExceptionOpened) and fact.kind is ExceptionKind.UNAUTHORISED]
    told = sorted(fact.handover or "" for fact in opened)
    untouched = before == {thing: (head.custodian, head.chain) for thing, head in desk.heads.items()}
    return untouched and told == sorted(taken) and len({fact.exception for fact in opened}) == len(opened)


@given(st.integers(0, 2**32))
def test_no_order_of_handovers_to_who_may_not_carry_loses_custody_or_goes_untold(seed: int) -> None:
    assert held(seed, lambda desk: note_unauthorised(NO_TX, NOT_ANA, desk))


async def silent(desk: Sitting) -> None:
    await note_unauthorised(NO_TX, Anybody(), desk)


async def taking_back(desk: Sitting) -> None:
    """As if the taking had not been."""
    await note_unauthorised(NO_TX, NOT_ANA, desk)
    for box in BOXES:
        facts = [fact for fact in desk.facts.get(box, []) if isinstance(fact, CustodyTransferred) and fact.taker == ANA]
        if facts:
            desk.heads[box] = replace(desk.heads[box], custodian=facts[-1].giver)


@pytest.mark.parametrize("fault", [silent, taking_back])
def test_a_rule_that_keeps_quiet_or_takes_the_parcel_back_is_noticed(fault: Note) -> None:
    assert not all(held(seed, fault) for seed in range(60))


async def test_a_driver_who_may_not_has_the_parcel_by_the_record_and_it_is_told_once(database: Database) -> None:
    rooms, phones = Rooms(database.store(), carriers=NOT_ANA), Phones()
    await rooms.a_box()
    first = handed_over(phones, SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED)
    sides: list[Any] = [
        handed_over(phones, DEPOT, ANA, side, first.handover, state=State.LOADED) for side in (Side.GIVER, Side.TAKER)
    ]

    answers = [(await rooms.custody.record([arrival(said)]))[0] for said in (first, *sides)]
    again = await rooms.custody.record([arrival(sides[1])])

    assert [[kind for _, kind in answer.exceptions] for answer in answers] == [[], [], ["unauthorised"]]
    assert again[0].seq == answers[2].seq
    async with rooms.store.transaction() as tx:
        facts = [fact.name for fact in await rooms.ledger.read(tx, BOX)]
        head = (await load_heads(tx, rooms.ledger, [BOX]))[BOX]
    assert facts[-2:] == ["custody.transferred.v1", "exception.opened.v1"]
    assert (head.custodian, head.last_handover) == (ANA, sides[0].handover)


async def test_whoever_asks_before_is_told_no_and_nothing_is_kept(database: Database) -> None:
    rooms, phones = Rooms(database.store(), carriers=NOT_ANA), Phones()
    await rooms.a_box()
    giving, taking = (handed_over(phones, SHOP, ANA, side, FIRST_AFTER) for side in (Side.GIVER, Side.TAKER))
    await rooms.custody.record([arrival(giving)])

    with pytest.raises(Contradiction) as refused:
        await rooms.custody.request(arrival(taking))

    assert refused.value.params["kind"] == ExceptionKind.UNAUTHORISED
    async with rooms.store.transaction() as tx:
        assert [fact.name for fact in await rooms.ledger.read(tx, BOX)] == ["parcel.created.v1", "custody.offered.v1"]
