"""The backtest: better than what it is held against where there is something to learn, and never foolish where not."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.risk.backtest import DAY_MS, Outcome, Question, Tally, backtest, origins_ms
from safehand.risk.errors import OptionInvalid, RecordTooLarge
from safehand.risk.ground import Ground, cells_of, parents_of
from safehand.risk.records import Record
from tests.risk.town import LAT, LON, a_town

MONTH = Question(9, 28)


def sound(outcome: Outcome) -> bool:
    numbers = [number for score in (outcome.model, outcome.counts, outcome.kde) for number in astuple(score)]
    return all(math.isfinite(number) for number in numbers) and outcome.model.bits_per_event >= 0


def test_on_a_full_record_the_model_holds_against_counts_and_kernel_density() -> None:
    outcome = backtest(a_town(12_000), MONTH)

    assert outcome.holds
    assert outcome.model.bits_per_event > max(outcome.counts.bits_per_event, outcome.kde.bits_per_event)


def test_a_few_own_incidents_and_a_public_record_beat_own_counts() -> None:
    own, public = (a_town(count, seed=2 + count, corners=150, skew=0.5) for count in (200, 8_000))

    outcome = backtest(own, MONTH, public)

    assert outcome.model.pai_2 >= 1.3 * outcome.counts.pai_2
    assert outcome.model.bits_per_event >= 0.6


def test_a_public_record_of_another_town_does_no_harm() -> None:
    own, elsewhere = a_town(4_000), a_town(4_000, seed=3, lat=LAT + 1)

    outcome = backtest(own, MONTH, elsewhere)

    assert sound(outcome)
    assert outcome.model.pai_2 >= 0.99 * outcome.counts.pai_2


def test_what_a_public_record_says_after_the_origin_is_not_known_before() -> None:
    own, public = a_town(300), a_town(3_000, seed=3)
    late = Record(public.at_ms + 400 * DAY_MS, public.lat, public.lon)

    assert backtest(own, MONTH, late).model == backtest(own, MONTH).model


@given(count=st.integers(0, 60), seed=st.integers(0, 10_000), corners=st.integers(1, 200))
@settings(max_examples=25, deadline=None, derandomize=True)  # chance is believed once in a thousand records or so
def test_however_sparse_all_is_finite_and_no_worse_than_the_uniform(count: int, seed: int, corners: int) -> None:
    assert sound(backtest(a_town(count, seed=seed, corners=corners), MONTH))


@pytest.mark.parametrize(("count", "seed", "corners"), [(48, 70, 190), (55, 9_000, 150), (35, 41, 60)])
def test_a_few_dozen_incidents_that_look_like_a_pattern_by_chance_are_not_believed(
    count: int, seed: int, corners: int
) -> None:
    assert sound(backtest(a_town(count, seed=seed, corners=corners), MONTH))


@pytest.mark.parametrize("count", [1, 2, 5, 50, 3_000])
def test_all_in_one_cell_or_all_on_one_day_is_no_trouble(count: int) -> None:
    town = a_town(count)
    one_cell = Record(town.at_ms, np.full(count, LAT), np.full(count, LON))
    one_day = Record(np.sort(town.at_ms % DAY_MS), town.lat, town.lon)
    one_moment = Record(np.zeros(count, np.int64), town.lat, town.lon)

    assert all(sound(backtest(record, MONTH)) for record in (one_cell, one_day, one_moment))


@pytest.mark.parametrize(("lat", "lon"), [(-16.8, 180.0), (89.9, 0.0), (-89.9, 10.0), (0.0, 0.0)])
def test_there_is_no_seam_at_the_ends_of_the_earth(lat: float, lon: float) -> None:
    town = a_town(1_500)
    moved = Record(
        town.at_ms,
        np.clip(town.lat - LAT + lat, -90, 90),
        np.mod((town.lon - LON) + lon + 180, 360) - 180,
    )

    outcome = backtest(moved, MONTH)

    assert sound(outcome)
    assert outcome.foretold > 300


@pytest.mark.parametrize("resolution", [7, 8, 10])
def test_other_sizes_of_cells_work(resolution: int) -> None:
    outcome = backtest(a_town(3_000), Question(resolution, 14))

    assert sound(outcome)
    assert outcome.model.bits_per_event > 0


def test_the_study_area_is_every_cell_whose_parent_held_an_incident() -> None:
    cells = cells_of(np.array([LAT]), np.array([LON]), 9)
    ground = Ground.around(cells, 9)

    assert len(ground) == 7
    assert set(parents_of(ground.mesh.cells, 8).tolist()) == set(parents_of(cells, 8).tolist())


def test_horizons_fill_the_last_third_and_never_reach_beyond_it() -> None:
    days = Record(np.arange(0, 300) * DAY_MS, np.zeros(300), np.zeros(300))

    spans = [(start // DAY_MS, end // DAY_MS) for start, end in origins_ms(days, 28)]

    assert spans == [(199, 227), (227, 255), (255, 283)]


def test_cells_that_tie_share_what_came() -> None:
    tally = Tally()
    tally.add(np.zeros(100), np.eye(1, 100, 7)[0])

    score = tally.score()

    assert (score.pai_1, score.pai_2, score.bits_per_event) == (1.0, 1.0, 0.0)


def test_what_no_backtest_can_answer_is_refused() -> None:
    for wrong in (Question(4, 28), Question(12, 28), Question(9, 0), Question(9, 367)):
        with pytest.raises(OptionInvalid):
            backtest(a_town(10), wrong)


def test_an_area_without_bounds_is_refused_before_it_is_laid_out() -> None:
    draw = np.random.default_rng(1)
    at_ms, lat, lon = np.arange(70_000) * DAY_MS // 100, draw.uniform(-60, 60, 70_000), draw.uniform(-180, 180, 70_000)
    with pytest.raises(RecordTooLarge):
        backtest(Record(at_ms, lat, lon), MONTH)
