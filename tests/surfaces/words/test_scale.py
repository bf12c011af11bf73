"""Scales measure what they say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.catalogue import load_catalogue
from safehand.surfaces.words.calendar import Calendar
from safehand.surfaces.words.scale import BARS_MAX, day_scale, route_bars
from tests.surfaces.day import HELSINKI, at


def a_calendar(day: int, hour: int) -> Calendar:
    return Calendar(load_catalogue("en"), HELSINKI, at(day, hour, 0))


def test_noon_of_the_promised_day_is_in_the_middle_of_the_window() -> None:
    scale = day_scale(a_calendar(24, 12), date(2026, 11, 24))

    assert scale is not None
    assert [label.text for label in scale.labels] == ["Mon 23", "Tue 24", "Wed 25", "Thu 26", "Fri 27"]
    assert (scale.window_x, scale.window_width, scale.now_x) == ("20.00%", "20.00%", "30.00%")


def test_a_promise_of_long_ago_has_no_scale() -> None:
    assert day_scale(a_calendar(24, 12), date(2026, 11, 10)) is None


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_a_route_shows_every_kind_in_its_share(delivered: int, attempted: int, holding: int) -> None:
    bars = route_bars(delivered, attempted, holding)
    total = delivered + attempted + holding

    assert len(bars) == min(total, BARS_MAX)
    shown = [bar.kind for bar in bars]
    assert shown == sorted(shown, key=["done", "bad", "ahead"].index)
    if total <= BARS_MAX:
        assert [shown.count(kind) for kind in ("done", "bad", "ahead")] == [delivered, attempted, holding]


@pytest.mark.parametrize("total", [1, 7, 60, 61, 1000])
def test_no_bar_leaves_the_scale(total: int) -> None:
    for bar in route_bars(total, 0, 0):
        assert float(bar.x[:-1]) >= 0
        assert float(bar.x[:-1]) + float(bar.width[:-1]) <= 100
