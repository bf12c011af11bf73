"""Which parcels count as left unattended, and which as lost in the street."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.custody.commands import fold
from safehand.custody.losses import fate
from safehand.events.custody import ExceptionOpened, ExceptionResolved
from safehand.events.event import Event
from safehand.events.parcels import ParcelObserved
from safehand.events.statement import FIRST_AFTER, Reported, Statement
from safehand.events.vocabulary import ExceptionKind, Resolution, Side, State, Way
from safehand.kernel.ids import UserId
from tests.custody.test_laws import shuffled_and_repeated, stories
from tests.world import ANA, BOX, DEPOT, EVE, NOON_MS, SHOP, Bench, Phones, handed_over, scanned

PHONES = Phones()


@pytest.fixture
def bench() -> Bench:
    """The box in Ana's van, out for delivery."""
    bench = Bench()
    bench.tell(handed_over(PHONES, SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED))
    after = bench.head.last_handover
    for side in Side:
        bench.tell(handed_over(PHONES, DEPOT, ANA, side, after))
    bench.tell(scanned(PHONES, ANA, State.OUT_FOR_DELIVERY))
    return bench


def left(bench: Bench) -> None:
    """Ana leaves it at the safe place."""
    after = bench.head.last_handover
    bench.tell(handed_over(PHONES, ANA, EVE, Side.GIVER, after, way=Way.SAFE_PLACE, state=State.DELIVERED))


def reported(bench: Bench, state: State | None = None, problem: ExceptionKind | None = None) -> None:
    """Somebody says that something is wrong, and a person confirms it."""
    said = Reported(**PHONES.next(DEPOT), party=DEPOT, state=state, problem=problem)
    [opened] = [fact for fact in bench.tell(said) if isinstance(fact, ExceptionOpened)]
    bench.facts.append(resolved(opened))


def resolved(opened: ExceptionOpened, how: Resolution = Resolution.CONFIRMED) -> Event:
    """What a person decided about an exception."""
    return ExceptionResolved(
        at_ms=NOON_MS, received_ms=NOON_MS, exception=opened.exception, parcel=BOX, resolution=how,
        by_user=UserId("usr_x"),
    )  # fmt: skip


def lost(bench: Bench) -> bool:
    found = fate(bench.facts)
    return found is not None and found.lost_ms is not None


def test_what_is_left_at_a_safe_place_was_unattended_and_is_not_lost(bench: Bench) -> None:
    assert fate(bench.facts) is not None
    left(bench)
    found = fate(bench.facts)

    assert found is not None
    assert (found.left_ms is not None, found.lost_ms) == (True, None)


def test_what_is_lost_on_its_way_counts_until_it_is_found(bench: Bench) -> None:
    bench.tell(scanned(PHONES, ANA, State.LOST))
    assert lost(bench)

    bench.tell(scanned(PHONES, ANA, State.FOUND))
    assert not lost(bench)


def test_what_is_lost_in_a_building_says_nothing_about_a_street() -> None:
    bench = Bench()
    bench.tell(handed_over(PHONES, SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED))
    bench.tell(scanned(PHONES, DEPOT, State.LOST))

    assert not lost(bench)


def test_what_is_gone_from_the_door_counts_once_a_person_confirmed_it_and_not_before(bench: Bench) -> None:
    left(bench)
    said = Reported(**PHONES.next(DEPOT), party=DEPOT, state=State.LOST)
    [opened] = [fact for fact in bench.tell(said) if isinstance(fact, ExceptionOpened)]
    assert not lost(bench)
    explained = [*bench.facts, resolved(opened, Resolution.EXPLAINED)]
    bench.facts.append(resolved(opened))

    assert lost(bench)
    assert (found := fate(explained)) is not None
    assert found.lost_ms is None
    reported(bench, State.FOUND)
    assert not lost(bench)


def test_what_somebody_opened_counts_even_when_it_is_here(bench: Bench) -> None:
    reported(bench, problem=ExceptionKind.TAMPERED)
    bench.tell(scanned(PHONES, ANA, State.FOUND))

    assert lost(bench)


def test_damage_alone_is_no_loss(bench: Bench) -> None:
    bench.tell(scanned(PHONES, ANA, State.DAMAGED))
    reported(bench, State.DAMAGED)

    assert not lost(bench)


def test_facts_without_their_beginning_are_not_judged(bench: Bench) -> None:
    assert fate(bench.facts[1:]) is None
    assert fate([]) is None


type Judge = Callable[[Sequence[Event]], bool]


def judged(facts: Sequence[Event]) -> bool:
    """Whether it counts as lost."""
    found = fate(facts)
    return found is not None and found.lost_ms is not None


def once_lost_always_lost(facts: Sequence[Event]) -> bool:
    """A planted fault: nothing that is found is taken out."""
    return any(isinstance(fact, ParcelObserved) and fact.state is State.LOST for fact in facts)


def stands_as_lost(judge: Judge, facts: Sequence[Event]) -> bool:
    """The law: as long as no person confirms anything, only what the record has as lost counts."""
    return not judge(facts) or fold(facts).state is State.LOST


@given(stories(), st.integers(0, 2**16))
def test_whatever_is_told_in_whatever_order_only_what_stands_as_lost_counts(told: list[Statement], seed: int) -> None:
    bench = Bench()
    for said in shuffled_and_repeated(told, seed):
        bench.tell(said)

    assert stands_as_lost(judged, bench.facts)


def test_the_law_notices_its_planted_fault(bench: Bench) -> None:
    bench.tell(scanned(PHONES, ANA, State.LOST))
    assert judged(bench.facts), "or the law would hold of a judge who never says so"
    bench.tell(scanned(PHONES, ANA, State.FOUND))

    assert not stands_as_lost(once_lost_always_lost, bench.facts)
    assert stands_as_lost(judged, bench.facts)
