"""Speeds of the week: who leaves later never arrives earlier; few graphs stand for all hours."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.roads.errors import WeekUnusable
from safehand.roads.graphs import FREE, GRAPHS_MAX, HOURS
from safehand.roads.periods import busy_periods, shares_of
from safehand.roads.segments import RoadClass
from safehand.roads.speeds import (
    FACTOR_MAX,
    FACTOR_MIN,
    FLOWING,
    HOUR_MS,
    LEG_MS_MAX,
    Paces,
    WeekProfile,
    arrivals_ms,
    read_week,
)
from tests.roads.scenes import helsinki, segments

MONDAY_MS = 1_789_938_000_000
FACTORS = st.lists(st.integers(FACTOR_MIN, FACTOR_MAX), min_size=HOURS, max_size=HOURS)
MOMENTS = st.integers(-3 * HOURS * HOUR_MS, 3 * HOURS * HOUR_MS)
LEGS = st.integers(0, 40 * HOUR_MS)

type Arrive = Callable[[list[int], int, int], int]


def driven(factors: list[int], departure_ms: int, leg_ms: int) -> int:
    return Paces.of(factors).arrival_ms(MONDAY_MS + departure_ms, leg_ms, MONDAY_MS)


def never_overtakes(arrive: Arrive, factors: list[int], departure_ms: int, later_ms: int, leg_ms: int) -> bool:
    return arrive(factors, departure_ms, leg_ms) <= arrive(factors, departure_ms + later_ms, leg_ms)


@given(FACTORS, MOMENTS, st.integers(0, 2 * HOUR_MS), LEGS)
def test_who_leaves_later_never_arrives_earlier(factors: list[int], leaves: int, later: int, leg: int) -> None:
    assert never_overtakes(driven, factors, leaves, later, leg)


def judged_by_the_hour_of_departure(factors: list[int], departure_ms: int, leg_ms: int) -> int:
    hour = departure_ms // HOUR_MS % HOURS
    return MONDAY_MS + departure_ms + leg_ms * factors[hour] // FLOWING


def judged_by_the_hour_of_arrival(factors: list[int], departure_ms: int, leg_ms: int) -> int:
    hour = (departure_ms + leg_ms) // HOUR_MS % HOURS
    return MONDAY_MS + departure_ms + leg_ms * factors[hour] // FLOWING


@pytest.mark.parametrize("mutant", [judged_by_the_hour_of_departure, judged_by_the_hour_of_arrival])
def test_the_law_notices_its_planted_fault(mutant: Arrive) -> None:
    rush = [FLOWING] * 8 + [3 * FLOWING] + [FLOWING] * (HOURS - 9)
    moments = range(7 * HOUR_MS, 10 * HOUR_MS, HOUR_MS // 6)

    assert all(never_overtakes(driven, rush, at, HOUR_MS // 6, HOUR_MS) for at in moments)
    assert not all(never_overtakes(mutant, rush, at, HOUR_MS // 6, HOUR_MS) for at in moments)


@given(FACTORS, MOMENTS, LEGS, LEGS)
def test_a_leg_in_two_parts_arrives_with_the_whole(factors: list[int], leaves: int, one: int, other: int) -> None:
    paces = Paces.of(factors)
    whole = paces.arrival_ms(leaves, one + other, 0)
    parts = paces.arrival_ms(paces.arrival_ms(leaves, one, 0), other, 0)

    assert 0 <= parts - whole <= FACTOR_MAX // FACTOR_MIN + 1


@given(MOMENTS, LEGS)
def test_without_traffic_a_leg_takes_what_it_takes(leaves: int, leg: int) -> None:
    assert driven([FLOWING] * HOURS, leaves, leg) == MONDAY_MS + leaves + leg


def test_a_round_takes_longer_in_the_rush_and_stays_where_it_stays() -> None:
    paces = Paces.of(read_week().mixed({RoadClass.PRIMARY: 1.0}))
    legs, stays = [600_000] * 5, [120_000] * 5
    night, rush = (arrivals_ms(legs, stays, MONDAY_MS + hour * HOUR_MS, MONDAY_MS, paces) for hour in (2, 16))

    assert [later - earlier for earlier, later in pairwise(night)] == [720_000] * 4
    assert rush[-1] - (MONDAY_MS + 16 * HOUR_MS) > 1.25 * (night[-1] - (MONDAY_MS + 2 * HOUR_MS))


@pytest.mark.parametrize("leg_ms", [-1, LEG_MS_MAX + 1])
def test_a_leg_that_is_none_is_refused(leg_ms: int) -> None:
    with pytest.raises(WeekUnusable):
        driven([FLOWING] * HOURS, 0, leg_ms)


def test_the_week_is_cut_into_a_few_periods_with_free_flow_kept_exact() -> None:
    week, of = read_week(), segments(helsinki())
    periods = busy_periods(week, of)
    mixed = week.mixed(shares_of(of))

    assert len(periods) == GRAPHS_MAX
    assert sorted(hour for period in periods for hour in period.hours) == list(range(HOURS))
    assert (periods[0].name, set(periods[0].factors)) == (FREE, {1.0})
    means = [np.mean([mixed[hour] for hour in period.hours]) for period in periods]
    assert means == sorted(means)
    assert all(len(period.slowness(of)) == len(of) for period in periods)


def left_over(cut: list[tuple[int, ...]], mixed: tuple[int, ...]) -> float:
    return sum(float(np.var([mixed[hour] for hour in hours])) * len(hours) for hours in cut if hours)


def test_no_cut_into_equal_parts_is_better() -> None:
    week, of = read_week(), segments(helsinki())
    mixed = week.mixed(shares_of(of))
    ours = [period.hours for period in busy_periods(week, of)[1:]]
    busy = sorted((hour for hours in ours for hour in hours), key=lambda hour: mixed[hour])
    equal = [tuple(part.tolist()) for part in np.array_split(np.array(busy), GRAPHS_MAX - 1)]

    assert left_over(ours, mixed) < left_over(equal, mixed)


def test_a_week_without_traffic_needs_one_graph() -> None:
    still = WeekProfile(dict.fromkeys(RoadClass, (FLOWING,) * HOURS), "nobody drives")

    assert [period.name for period in busy_periods(still, segments(helsinki()))] == [FREE]


@pytest.mark.parametrize(
    "text",
    ["", "source = 1", "[workday]\nother = [1000]", "\x00", 'source = "x"\nworkday = 3\nsaturday = 3\nsunday = 3'],
)
def test_a_file_that_is_no_week_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "week.toml").write_text(text)

    with pytest.raises(WeekUnusable):
        read_week(tmp_path / "week.toml")


@pytest.mark.parametrize("factor", [FACTOR_MIN - 1, FACTOR_MAX + 1])
def test_a_factor_beyond_its_limits_is_refused(factor: int) -> None:
    with pytest.raises(WeekUnusable):
        WeekProfile(dict.fromkeys(RoadClass, (factor,) * HOURS), "somebody")


def test_the_week_that_is_shipped_says_where_it_is_from() -> None:
    assert "assumption" in read_week().source
