"""Whatever is told of cages and of what lies in them: they never disagree on who holds them.

Beside the law stand the planted faults that it must notice.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.custody.commands import about, fold
from safehand.custody.head import Head, created
from safehand.custody.model import Told
from safehand.custody.rule import Heard, after, heard
from safehand.custody.sitting import NOTHING_NOTED, Sitting
from safehand.custody.statements import Claimed
from safehand.events.aggregates import AggregateCreated, AggregatePacked, AggregateUnpacked
from safehand.events.custody import CustodyCorrected, CustodyTransferred
from safehand.events.event import Event
from safehand.events.statement import (
    FIRST_AFTER,
    Closed,
    Emptied,
    HandedOver,
    Opened,
    Packed,
    Statement,
    Unpacked,
    Weighed,
    handover_id,
)
from safehand.events.vocabulary import AggregateKind, Side, State, Way
from safehand.kernel.ids import AGGREGATE, PARCEL, AggregateId, ExceptionId, ParcelId, PartyId, UserId
from tests.rooms import arrival
from tests.world import ANA, BEN, DEPOT, NOON_MS, SHOP, Phones, _id, created_box, handed_over, scanned, told

CAGE, BAG = (AggregateId(ParcelId(_id(AGGREGATE, name))) for name in ("cage", "bag"))
BOXES = tuple(ParcelId(_id(PARCEL, name)) for name in ("one", "two", "three"))
PARTIES = (SHOP, DEPOT, ANA, BEN)
NOTHING_CLAIMED = Claimed({}, {})

type Rule = Callable[[Head, Told, Sequence[Head]], Heard]


def in_use(aggregate: AggregateId, kind: AggregateKind) -> AggregateCreated:
    return AggregateCreated(at_ms=NOON_MS, received_ms=NOON_MS, parcel=aggregate, kind=kind, holder=SHOP, merchant=SHOP)


@dataclass
class Yard:
    """Two aggregates and three parcels, all of them in the shop's hands."""

    rule: Rule = heard
    phones: Phones = field(default_factory=Phones)
    facts: dict[str, list[Event]] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        firsts: list[Any] = [in_use(CAGE, AggregateKind.CAGE), in_use(BAG, AggregateKind.BAG)]
        firsts += [created_box(parcel=box) for box in BOXES]
        self.facts = {first.parcel: [first] for first in firsts}
        heads = {first.parcel: created(first) for first in firsts}
        self.desk = Sitting(heads, {CAGE: set(), BAG: set()}, NOON_MS, rule=self.rule)

    def tell(self, said: Statement) -> None:
        """What the desk does with one statement, repeats included."""
        one = arrival(said)
        if one.hash in self.seen:
            return
        self.seen.add(one.hash)
        self.desk.hear(one, told(said).proof, NOTHING_CLAIMED, NOTHING_NOTED)

    def correct(self, thing: str, custodian: PartyId) -> None:
        """A person says who really holds it."""
        head = self.desk.heads[thing]
        if custodian == head.custodian:
            return
        fact = CustodyCorrected(
            at_ms=self.phones.at_ms,
            received_ms=NOON_MS,
            by="usr",
            parcel=head.parcel,
            handover=handover_id(head.last_handover, head.custodian, thing, custodian),
            after=head.last_handover,
            giver=head.custodian,
            taker=custodian,
            state=State.HELD,
            exception=ExceptionId("exc"),
            by_user=UserId("usr"),
        )
        self.desk.decide(thing, [fact])

    def agrees(self) -> bool:
        """Whether everything lies with whoever holds what it lies in, and the rows say what the heads say."""
        heads = self.desk.heads
        within = {box: heads[box].within for box in BOXES}
        together = all(
            heads[box].custodian == heads[place.aggregate].custodian for box, place in within.items() if place
        )
        rows = {(box, aggregate) for aggregate, boxes in self.desk.contents.items() for box in boxes}
        return together and rows == {(box, place.aggregate) for box, place in within.items() if place}


def some_statement(rng: random.Random, yard: Yard, joints: list[str]) -> Statement:
    """One statement of anybody about anything."""
    phones, party, thing = yard.phones, rng.choice(PARTIES), rng.choice([*BOXES, CAGE, CAGE, BAG])
    if rng.random() < 0.5:
        party = yard.desk.heads[thing].custodian if yard.desk.heads[thing].custodian in PARTIES else party
    common: dict[str, Any] = {**phones.next(party), "parcel": thing, "party": party}
    if rng.random() < 0.15:
        common["at_ms"] = rng.choice([NOON_MS - 60_000, NOON_MS + 10**12, 1])
    cage = rng.choice([CAGE, BAG])
    box = {"parcel": rng.choice([*BOXES, *BOXES, CAGE])}
    match rng.randrange(9):
        case 0 | 1 | 2:
            giver, taker = rng.sample(PARTIES, 2)
            after = rng.choice([FIRST_AFTER, rng.choice(joints)])
            if rng.random() < 0.7:
                giver, after = yard.desk.heads[thing].custodian, yard.desk.heads[thing].last_handover
                taker = rng.choice([other for other in PARTIES if other != giver])
            way = rng.choice([Way.DEVICES, Way.COUNTER, Way.COUNTER])
            said = handed_over(phones, giver, taker, rng.choice(list(Side)), after, way=way, parcel=thing)
            joints.append(said.handover)
            return said
        case 3:
            state = rng.choice([State.SORTED, State.HELD, State.OUT_FOR_DELIVERY, State.LOST])
            return scanned(phones, party, state, parcel=thing, found_open=rng.choice([None, True]))
        case 4 | 5:
            return Packed(**common | box, into=cage)
        case 6:
            return Unpacked(**common | box, out_of=cage)
        case 7:
            return Weighed(**common | box, weight_g=rng.randrange(1, 3_000))
    closing: dict[str, Any] = {"parcel": cage}
    whole = common | closing
    options: list[Statement] = [Closed(**whole, count=rng.randrange(4)), Opened(**whole), Emptied(**whole)]
    return rng.choice(options)


def story(seed: int, rule: Rule = heard, length: int = 24) -> Yard:
    """A yard in which anything is told and decided, some of it twice; it stops where the law is broken."""
    rng, yard, joints, said = random.Random(seed), Yard(rule), [FIRST_AFTER], list[Statement]()
    for _ in range(length):
        if said and rng.random() < 0.15:
            yard.tell(rng.choice(said))
        elif rng.random() < 0.08:
            yard.correct(rng.choice([*BOXES, CAGE, BAG]), rng.choice(PARTIES))
        else:
            said.append(some_statement(rng, yard, joints))
            yard.tell(said[-1])
            if isinstance(said[-1], HandedOver) and rng.random() < 0.5:
                other = Side.GIVER if said[-1].side is Side.TAKER else Side.TAKER
                teller = yard.phones.next(said[-1].giver if other is Side.GIVER else said[-1].taker)
                yard.tell(replace(said[-1], side=other, device=teller["device"], sequence=teller["sequence"]))
        if not yard.agrees():
            break
    return yard


@given(st.integers(0, 2**32))
def test_an_aggregate_and_its_contents_never_disagree_on_who_holds_them(seed: int) -> None:
    assert story(seed).agrees()


@given(st.integers(0, 2**32))
def test_every_head_is_what_its_facts_say_and_every_chain_is_whole(seed: int) -> None:
    yard = story(seed)
    for thing, firsts in yard.facts.items():
        facts = [*firsts, *yard.desk.facts.get(thing, [])]
        assert fold(facts) == yard.desk.heads[thing]
        custodian, last = SHOP, FIRST_AFTER
        for fact in facts:
            if isinstance(fact, CustodyTransferred | CustodyCorrected):
                assert (fact.giver, fact.after) == (custodian, last)
                custodian, last = fact.taker, fact.handover


@given(st.integers(0, 2**32))
def test_every_statement_leaves_a_fact_about_what_it_names(seed: int) -> None:
    yard = story(seed)
    for spans in yard.desk.spans.values():
        assert spans[0].end > spans[0].start


def test_stories_are_about_what_the_law_is_about() -> None:
    """Many of them carry a parcel along, take one out, and correct one: a law of nothing would hold as well."""
    yards = [story(seed) for seed in range(150)]
    facts = [fact for yard in yards for told in yard.desk.facts.values() for fact in told]
    carried = [
        fact for yard in yards for box in BOXES for fact in yard.desk.facts.get(box, []) if _with_the_cage(yard, fact)
    ]
    assert len(carried) > 10
    assert sum(isinstance(fact, AggregatePacked) for fact in facts) > 50
    assert sum(isinstance(fact, AggregateUnpacked) for fact in facts) > 30


def _with_the_cage(yard: Yard, fact: Event) -> bool:
    causes = {moved.cause for cage in (CAGE, BAG) for moved in yard.desk.facts.get(cage, []) if moved.cause}
    return isinstance(fact, CustodyTransferred) and fact.cause in causes


# The planted faults: each breaks the law on its own.


def moves_the_cage_alone(head: Head, what: Told, contents: Sequence[Head]) -> Heard:
    """A rule that forgets what lies in it."""
    return replace(heard(head, what, contents), within={})


def never_takes_out(head: Head, what: Told, contents: Sequence[Head]) -> Heard:
    """A rule by which a parcel that goes by itself stays in its cage."""
    told = heard(head, what, contents)
    facts = [fact for fact in told.facts if not isinstance(fact, AggregateUnpacked)] or told.facts
    return Heard(facts, after(head, facts), told.within)


def packs_whoever_holds_it(head: Head, what: Told, contents: Sequence[Head]) -> Heard:
    """A rule by which a parcel may lie in a cage that somebody else holds."""
    if not isinstance(what.said, Packed) or head.aggregate:
        return heard(head, what, contents)
    into = replace(what.aggregates[what.said.into], custodian=head.custodian, closed=False)
    return heard(head, replace(what, aggregates={**what.aggregates, what.said.into: into}), contents)


@pytest.mark.parametrize("rule", [moves_the_cage_alone, never_takes_out, packs_whoever_holds_it])
def test_the_law_notices_its_planted_fault(rule: Rule) -> None:
    assert any(not story(seed, rule).agrees() for seed in range(400))


def test_what_a_statement_is_about_is_locked_with_it() -> None:
    common: dict[str, Any] = {**Phones().next(SHOP), "parcel": BOXES[0], "party": SHOP}
    assert about(Packed(**common, into=CAGE)) == (BOXES[0], CAGE)
    assert about(Unpacked(**common, out_of=BAG)) == (BOXES[0], BAG)
