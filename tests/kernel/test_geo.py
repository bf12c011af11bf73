"""Distances: known ones, the same both ways, none to oneself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.geo import EARTH_RADIUS_M, metres_between

LATITUDES = st.integers(-900_000_000, 900_000_000)
LONGITUDES = st.integers(-1_800_000_000, 1_800_000_000)


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((601_699_000, 249_384_000), (594_370_000, 247_536_000), 82_150),  # Helsinki to Tallinn
        ((0, 0), (0, 10_000_000), 2 * math.pi * EARTH_RADIUS_M / 360),  # a degree of the equator
        ((0, 1_799_000_000), (0, -1_799_000_000), 2 * math.pi * EARTH_RADIUS_M / 360 * 0.2),  # over the antimeridian
        ((900_000_000, 0), (-900_000_000, 0), math.pi * EARTH_RADIUS_M),  # from pole to pole
    ],
)
def test_known_distances(one: tuple[int, int], other: tuple[int, int], metres: float) -> None:
    assert metres_between(*one, *other) == pytest.approx(metres, rel=2e-3)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_it_is_as_far_back_as_there(lat: int, lon: int, to_lat: int, to_lon: int) -> None:
    there = metres_between(lat, lon, to_lat, to_lon)

    assert there == pytest.approx(metres_between(to_lat, to_lon, lat, lon), abs=0.1)
    assert metres_between(lat, lon, lat, lon) == 0
    assert 0 <= there <= math.pi * EARTH_RADIUS_M + 1
