"""A small dawn through the public API: every parcel aboard or named; and a plan that is the same for the same seed."""

from collections import Counter

import pytest

from safehand.demo.dawn_plan import CAGE_HOLDS, CARRIERS, PARCELS_MIN, Wrong, plan_dawn
from safehand.demo.dawn_run import run_dawn
from safehand.demo.errors import SizeImpossible
from safehand.kernel.clock import SystemClock
from safehand.labels.numbers import read_number


def test_one_seed_is_one_dawn_and_it_has_each_trouble_in_full_cages_of_three_carriers() -> None:
    plan = plan_dawn(seed=7, parcels=1_000)
    cages = Counter(parcel.cage for parcel in plan.parcels)

    assert plan == plan_dawn(seed=7, parcels=1_000) != plan_dawn(seed=8, parcels=1_000)
    assert set(plan.troubled()) == set(Wrong)
    assert {parcel.carrier for parcel in plan.parcels} == set(range(len(CARRIERS)))
    assert max(cages.values()) == CAGE_HOLDS
    assert all(read_number(cage).text == cage for cage in cages)


@pytest.mark.parametrize("parcels", [PARCELS_MIN - 1, 0, 10**9])
def test_a_dawn_that_no_depot_has_is_refused(parcels: int) -> None:
    with pytest.raises(SizeImpossible):
        plan_dawn(seed=1, parcels=parcels)


@pytest.mark.faults
def test_every_parcel_is_aboard_or_named_and_the_count_agrees() -> None:
    plan = plan_dawn(seed=3, parcels=PARCELS_MIN)
    outcome = run_dawn(plan, SystemClock())
    named = sum(wrong is not Wrong.MISSORT for wrong in plan.troubled().elements())

    assert outcome.book.disagreements == []
    assert (outcome.counts["loaded"], outcome.counts["excepted"]) == (PARCELS_MIN - named, named)
    assert outcome.counts["missorts_caught"] == plan.troubled()[Wrong.MISSORT]
    assert outcome.exceptions == Counter(wrong.value for wrong in plan.troubled().elements() if wrong.kind)
    assert outcome.summary()["ok"] is True
