"""Whatever is told, in whatever order and how often: one custodian, and a chain without a gap.

Beside each law stands the planted fault that it must notice.
"""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.custody import model
from safehand.custody.commands import fold
from safehand.custody.head import Head, Offer, folded, joined
from safehand.events.custody import CustodyCorrected, CustodyOffered, CustodyTransferred, ExceptionOpened
from safehand.events.event import Event
from safehand.events.statement import FIRST_AFTER, HandedOver, Statement
from safehand.events.vocabulary import ExceptionKind, Side, State, Way
from tests.asvs import asvs
from tests.world import ANA, BEN, DEPOT, EVE, SHOP, Bench, Phones, handed_over, honest_day, scanned, seal_put

PARTIES = (SHOP, DEPOT, ANA, BEN, EVE)
SEALS = (None, "S1", "S2")


@st.composite
def stories(draw: st.DrawFn) -> list[Statement]:
    """Statements of honest, mistaken and lying devices about one parcel, each continuing from any other or none."""
    phones = Phones()
    told: list[Statement] = []
    handovers = [FIRST_AFTER, "f" * 64]
    for _ in range(draw(st.integers(0, 14))):
        match draw(st.sampled_from(["handover", "handover", "handover", "scan", "seal"])):
            case "handover":
                giver, taker = draw(st.permutations(PARTIES))[:2]
                side = draw(st.sampled_from(Side))
                way = draw(st.sampled_from([Way.DEVICES, Way.DEVICES, Way.PIN, Way.COUNTER]))
                said = handed_over(
                    phones,
                    giver,
                    taker,
                    side,
                    draw(st.sampled_from(handovers)),
                    way=way,
                    state=draw(st.sampled_from([State.LOADED, State.RECEIVED, State.DELIVERED])),
                    seal=draw(st.sampled_from(SEALS)),
                )
                handovers.append(said.handover)
                told.append(said)
                if draw(st.booleans()):  # the same side tells it once more, with another PIN perhaps
                    told.append(handed_over(phones, giver, taker, side, said.after, way=way, seal=said.seal))
                if draw(st.booleans()):  # the other side tells the same
                    other = Side.TAKER if side is Side.GIVER else Side.GIVER
                    told.append(handed_over(phones, giver, taker, other, said.after, way=way, seal=said.seal))
            case "scan":
                told.append(scanned(phones, draw(st.sampled_from(PARTIES)), draw(st.sampled_from(State))))
            case "seal":
                told.append(seal_put(phones, draw(st.sampled_from(PARTIES)), draw(st.sampled_from(["S1", "S2"]))))
    return told


def shuffled_and_repeated(told: list[Statement], seed: int) -> list[Statement]:
    """The same statements in any order, some of them several times."""
    rng = random.Random(seed)
    mixed = told + [said for said in told if rng.random() < 0.4]
    rng.shuffle(mixed)
    return mixed


def chain_has_no_gap(facts: list[Event]) -> bool:
    """Each giver is the custodian before it, each `after` the handover before it."""
    custodian, last = SHOP, FIRST_AFTER
    for fact in facts:
        if isinstance(fact, CustodyTransferred | CustodyCorrected):
            if fact.giver != custodian or fact.after != last:
                return False
            custodian, last = fact.taker, fact.handover
    return True


def both_signed_or_policy(facts: list[Event], told: list[Statement]) -> bool:
    """Every change of hands rests on a statement of each side, or on a one-sided way that the policy accepts."""
    said = [s for s in told if isinstance(s, HandedOver)]
    for fact in facts:
        if isinstance(fact, CustodyTransferred):
            sides = {s.side for s in said if s.handover == fact.handover}
            one_sided = any(s.handover == fact.handover and s.way is not Way.DEVICES for s in said)
            if sides != {Side.GIVER, Side.TAKER} and not one_sided:
                return False
    return True


def played(told: list[Statement]) -> Bench:
    """A parcel after all of it was told; of one-sided handovers, every third lacks its evidence (a wrong PIN)."""
    bench = Bench()
    for said in told:
        if isinstance(said, HandedOver) and said.way is not Way.DEVICES and said.sequence % 3 == 0:
            bench.tell(said, proof=model.Proof(accepted=False, problem=ExceptionKind.PIN_MISMATCH))
        else:
            bench.tell(said)
    return bench


@asvs("2.3.1")
@given(stories(), st.integers(0, 2**32))
def test_whatever_is_told_the_chain_of_custodians_has_no_gap(told: list[Statement], seed: int) -> None:
    bench = played(shuffled_and_repeated(told, seed))
    assert chain_has_no_gap(bench.facts)
    assert both_signed_or_policy(bench.facts, told)


@given(stories(), st.integers(0, 2**32))
def test_the_head_is_what_its_facts_say(told: list[Statement], seed: int) -> None:
    bench = played(shuffled_and_repeated(told, seed))
    assert fold(bench.facts) == bench.head


@given(stories(), st.integers(0, 2**32))
def test_every_statement_leaves_a_fact_that_names_it(told: list[Statement], seed: int) -> None:
    bench = played(shuffled_and_repeated(told, seed))
    named = {fact.cause for fact in bench.facts} | {
        fact.counter_cause for fact in bench.facts if isinstance(fact, CustodyTransferred)
    }
    assert bench.seen <= named


@given(stories(), st.integers(0, 2**32))
def test_an_exception_is_opened_once(told: list[Statement], seed: int) -> None:
    opened = [f.exception for f in played(shuffled_and_repeated(told, seed)).facts if isinstance(f, ExceptionOpened)]
    assert len(opened) == len(set(opened))


@pytest.mark.parametrize("sealed", [False, True])
@given(seed=st.integers(0, 2**32))
def test_an_honest_day_ends_the_same_in_any_order_and_without_an_exception(sealed: bool, seed: int) -> None:
    bench = Bench()
    bench.head = replace(bench.head, sealed=sealed)
    for said in shuffled_and_repeated(honest_day(sealed=sealed), seed):
        bench.tell(said)

    assert (bench.head.custodian, bench.head.state) == (EVE, State.DELIVERED)
    assert not bench.head.exceptions
    assert not bench.head.offers


# The planted faults: each law must fail on its own.


def takes_the_givers_word(head: Head, what: model.Told) -> list[Event]:
    """A rule that moves custody from whomever the statement names."""
    said = what.said
    if isinstance(said, HandedOver):
        story = model.Story(head, what)
        model._transfer(story, _offer(head, what, said))
        return story.facts
    return model.told(head, what)


def forgets_after(head: Head, what: model.Told) -> list[Event]:
    """A rule that lets a handover take effect whatever it continues from."""
    said = what.said
    if isinstance(said, HandedOver) and said.giver == head.custodian:
        story = model.Story(head, what)
        model._transfer(story, _offer(head, what, said))
        return story.facts
    return model.told(head, what)


def one_signature_is_enough(head: Head, what: model.Told) -> list[Event]:
    """A rule that moves custody on one side's word."""
    return model.told(head, replace(what, proof=model.Proof(accepted=True)))


def drops_what_does_not_fit(head: Head, what: model.Told) -> list[Event]:
    """A rule that keeps no fact of a statement which changes nothing."""
    return [f for f in model.told(head, what) if not isinstance(f, CustodyOffered | ExceptionOpened)]


def _offer(head: Head, what: model.Told, said: HandedOver) -> Offer:
    return joined(head.offers.get(said.handover), model._offered(model.Story(head, what), said, accepted=True))


MUTANTS: dict[str, tuple[Callable[[Head, model.Told], list[Event]], Callable[[Bench, list[Statement]], bool]]] = {
    "takes the giver's word": (takes_the_givers_word, lambda bench, _: chain_has_no_gap(bench.facts)),
    "forgets after": (forgets_after, lambda bench, _: chain_has_no_gap(bench.facts)),
    "one signature is enough": (one_signature_is_enough, lambda bench, told: both_signed_or_policy(bench.facts, told)),
    "drops what does not fit": (
        drops_what_does_not_fit,
        lambda bench, _: (
            bench.seen
            <= {f.cause for f in bench.facts}
            | {f.counter_cause for f in bench.facts if isinstance(f, CustodyTransferred)}
        ),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_law_notices_its_planted_fault(name: str) -> None:
    rule, holds = MUTANTS[name]
    assert any(not holds(bench, told) for bench, told in _played_by(rule))


def _played_by(rule: Callable[[Head, model.Told], list[Event]]) -> list[tuple[Bench, list[Statement]]]:
    from tests.world import told as as_told

    played = []
    for seed in range(60):
        story = _random_story(random.Random(seed))
        bench = Bench()
        for said in shuffled_and_repeated(story, seed):
            what = as_told(said)
            if what.cause in bench.seen:
                continue
            bench.seen.add(what.cause)
            facts = rule(bench.head, what)
            for fact in facts:
                bench.head = folded(bench.head, fact)
            bench.facts += facts
        played.append((bench, story))
    return played


def _random_story(rng: random.Random) -> list[Statement]:
    phones, told, handovers = Phones(), list[Statement](), [FIRST_AFTER]
    for _ in range(10):
        giver, taker = rng.sample(PARTIES, 2)
        said = handed_over(phones, giver, taker, rng.choice(list(Side)), rng.choice(handovers))
        handovers.append(said.handover)
        told.append(said)
    return told
