"""The expected loss of a parcel: by hand, by order, and what it can never be."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.risk.errors import AssumptionsUnusable, OptionInvalid
from safehand.risk.loss import (
    HOURS_ABOARD_MAX,
    MILLION,
    UNATTENDED_MIN_MAX,
    VALUE_CENTS_MAX,
    Assumptions,
    Mode,
    Parcel,
    expected_losses,
    read_assumptions,
)

PHONE = Parcel(value_cents=80_000, area_rate_ppm=1_000, unattended_min=120, hours_aboard=6)


def by_mode(parcel: Parcel, assumed: Assumptions | None = None) -> dict[Mode, int]:
    losses = expected_losses(parcel, assumed or Assumptions())
    return {loss.mode: loss.expected_millicents for loss in losses}


def test_by_hand() -> None:
    # Aboard 6 x 5 = 30 ppm. Door: half the reference time, half of 1,000. PIN: 30 + 2 % of 1,000. And so on.
    assert by_mode(PHONE) == {
        Mode.DOOR: 80 * (30 + 500),
        Mode.ATTENDED_PIN: 80 * (30 + 30 + 20),
        Mode.LOCKER: 80 * (30 + 25 + 10),
        Mode.PICKUP_POINT: 80 * (30 + 60 + 5),
    }


def test_where_hardly_anything_is_lost_the_door_is_best_and_where_much_is_it_is_worst() -> None:
    quiet, rough = (by_mode(replace(PHONE, area_rate_ppm=rate)) for rate in (20, 5_000))

    assert min(quiet, key=lambda mode: quiet[mode]) is Mode.DOOR
    assert max(rough, key=lambda mode: rough[mode]) is Mode.DOOR


parcels = st.builds(
    Parcel,
    value_cents=st.integers(0, VALUE_CENTS_MAX),
    area_rate_ppm=st.integers(0, MILLION),
    unattended_min=st.integers(0, UNATTENDED_MIN_MAX),
    hours_aboard=st.integers(0, HOURS_ABOARD_MAX),
)


@given(parcel=parcels, more=st.integers(0, 1_000))
def test_no_loss_is_above_the_value_and_more_of_anything_never_costs_less(parcel: Parcel, more: int) -> None:
    before = by_mode(parcel)

    assert all(0 <= loss <= parcel.value_cents * 1_000 for loss in before.values())
    for name, most in (
        ("area_rate_ppm", MILLION),
        ("unattended_min", UNATTENDED_MIN_MAX),
        ("value_cents", VALUE_CENTS_MAX),
    ):
        after = by_mode(replace(parcel, **{name: min(most, getattr(parcel, name) + more)}))
        assert all(after[mode] >= before[mode] for mode in Mode)


def test_assumptions_are_data_and_what_a_file_leaves_out_stays(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"locker_ppm": 400}))

    own = by_mode(PHONE, read_assumptions(path))

    assert own[Mode.LOCKER] == 80 * (30 + 400 + 10)
    assert own[Mode.DOOR] == by_mode(PHONE)[Mode.DOOR]


@pytest.mark.parametrize(
    "said", ["", "[1]", '{"lockers": 1}', '{"locker_ppm": 0.5}', '{"locker_ppm": -1}', "[" * 9_000]
)
def test_assumptions_that_are_none_are_refused(tmp_path: Path, said: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(said)

    with pytest.raises(AssumptionsUnusable):
        read_assumptions(path)


@pytest.mark.parametrize("wrong", [{"value_cents": -1}, {"area_rate_ppm": MILLION + 1}, {"hours_aboard": 10_000}])
def test_a_parcel_that_is_none_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionInvalid):
        by_mode(replace(PHONE, **wrong))
