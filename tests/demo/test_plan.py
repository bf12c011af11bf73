"""The plan: one seed is one day, with every trouble in it exactly once."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.demo.errors import SizeImpossible
from safehand.demo.plan import (
    BACK_BY_MS,
    DRIVERS_MAX,
    DRIVERS_MIN,
    PARCELS_MIN,
    PARCELS_PER_DRIVER_MIN,
    DayPlan,
    Trouble,
    plan_day,
)
from safehand.demo.town import Town, default_map, read_town
from safehand.events.vocabulary import Way
from safehand.parcels.model import SEAL_FROM_CENTS

HELSINKI = read_town(default_map())


def a_day(seed: int = 7, parcels: int = 120, drivers: int = 6) -> DayPlan:
    return plan_day(HELSINKI, seed=seed, parcels=parcels, drivers=drivers)


def test_one_seed_is_one_day() -> None:
    assert a_day(seed=7) == a_day(seed=7)
    assert a_day(seed=7) != a_day(seed=8)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(DRIVERS_MIN, DRIVERS_MAX), st.integers(0, 60))
def test_a_day_has_all_its_parcels_and_every_trouble_once(seed: int, drivers: int, more: int) -> None:
    parcels = max(PARCELS_MIN, PARCELS_PER_DRIVER_MIN * drivers) + more

    day = a_day(seed, parcels, drivers)

    assert [parcel.index for _, parcel in day.parcels] == list(range(parcels))
    assert day.delivered + day.attempted == parcels
    assert day.attempted > 0
    assert sorted(index for route in day.routes for index in route.shipments) == list(range(len(day.shipments)))
    planted = [parcel.trouble for _, parcel in day.parcels if parcel.trouble]
    assert sorted(planted, key=lambda trouble: trouble.word) == sorted(Trouble, key=lambda trouble: trouble.word)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(DRIVERS_MIN, 8))
def test_trouble_is_on_parcels_that_reach_their_door_through_a_driver_with_a_network(seed: int, drivers: int) -> None:
    day = a_day(seed, 60, drivers)
    offline = {route.driver for route in day.routes if route.offline}

    assert len(offline) == 1
    for shipment, parcel in day.parcels:
        if parcel.trouble is not None:
            assert shipment.way is Way.PIN
            assert shipment.driver not in offline


def test_the_parcel_whose_seal_is_swapped_is_worth_a_seal() -> None:
    for seed in range(30):
        _, parcel = a_day(seed).troubled(Trouble.SEAL_SWAPPED)

        assert parcel.ware.value_cents >= SEAL_FROM_CENTS


def test_what_is_sealed_is_never_left_alone() -> None:
    for shipment, parcel in a_day(parcels=300).parcels:
        if parcel.ware.value_cents >= SEAL_FROM_CENTS and shipment.delivered:
            assert shipment.way is Way.PIN


def test_every_way_and_several_reasons_are_used() -> None:
    day = a_day(parcels=300)

    assert {shipment.way for shipment in day.shipments} == {None, Way.PIN, Way.DRAWING, Way.PHOTO, Way.SAFE_PLACE}
    assert len({shipment.reason for shipment in day.shipments if shipment.reason}) > 1
    assert all((shipment.way is None) == (shipment.reason is not None) for shipment in day.shipments)


@pytest.mark.parametrize("parcels", [24, 300, 3000])
def test_drivers_are_at_their_doors_in_order_and_back_in_time(parcels: int) -> None:
    day = a_day(parcels=parcels, drivers=4)

    for route in day.routes:
        doors_ms = [day.shipments[index].at_door_ms for index in route.shipments]
        assert doors_ms == sorted(doors_ms)
        assert route.loads_ms < doors_ms[0] < doors_ms[-1] < route.back_ms <= BACK_BY_MS


def test_the_last_driver_loads_last_and_has_no_network() -> None:
    day = a_day()

    assert [route.loads_ms for route in day.routes] == sorted(route.loads_ms for route in day.routes)
    assert [route.offline for route in day.routes] == [False] * 5 + [True]


def test_a_small_town_gives_several_people_one_door() -> None:
    hamlet = Town("Hamlet", tuple(sorted(Random(1).sample(HELSINKI.addresses, 24))))

    day = plan_day(hamlet, seed=1, parcels=90, drivers=3)

    assert len({shipment.address for shipment in day.shipments}) == 23
    assert day.delivered + day.attempted == 90


@pytest.mark.parametrize(
    ("parcels", "drivers", "what", "least"),
    [
        (120, 2, "drivers", 3),
        (120, 25, "drivers", 3),
        (11, 3, "parcels", 12),
        (39, 20, "parcels", 40),
        (20_001, 6, "parcels", 12),
        (-1, 6, "parcels", 12),
    ],
)
def test_a_day_that_cannot_be_played_is_refused_with_what_is_possible(
    parcels: int, drivers: int, what: str, least: int
) -> None:
    with pytest.raises(SizeImpossible) as refused:
        a_day(1, parcels, drivers)

    assert refused.value.params["what"] == what
    assert refused.value.params["asked"] == (drivers if what == "drivers" else parcels)
    assert refused.value.params["least"] == least
