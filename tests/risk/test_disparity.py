"""Disparity: an area that is served worse is seen, and one with too little is not guessed at."""

from safehand.risk.disparity import PARCELS_MIN, Served, disparity
from safehand.risk.rates import area_of, cell_at

HERE, THERE = cell_at(60.17, 24.94), cell_at(61.5, 23.76)


def served(cell: str, *, kept: int = 90, price_cents: int = 50_000, minutes: int = 500, parcels: int = 100) -> Served:
    return Served(
        cell=cell, parcels=parcels, home_wanted=parcels, home_kept=kept, price_cents=price_cents, minutes=minutes
    )


def test_areas_that_are_served_alike_raise_no_alert() -> None:
    areas = disparity([served(HERE), served(THERE)])

    assert [(one.home_permille, one.price_permille, one.time_permille, one.alert) for one in areas] == [
        (1_000, 1_000, 1_000, False)
    ] * 2


def test_less_home_delivery_a_higher_price_or_more_time_each_raises_one() -> None:
    for worse in ({"kept": 71}, {"price_cents": 63_000}, {"minutes": 630}):
        areas = disparity([served(HERE), served(THERE, **worse)])

        assert [(one.area, one.alert) for one in areas] == [(area_of(THERE, 6), True), (area_of(HERE, 6), False)]


def test_four_fifths_is_no_alert_and_too_few_parcels_are_not_judged() -> None:
    assert not any(one.alert for one in disparity([served(HERE, kept=100), served(THERE, kept=80)]))

    [small, _] = sorted(
        disparity([served(HERE, kept=0, parcels=PARCELS_MIN - 1), served(THERE)]), key=lambda a: a.parcels
    )
    assert (small.home_permille, small.alert) == (None, False)


def test_nobody_served_is_an_empty_report() -> None:
    assert disparity([]) == []
