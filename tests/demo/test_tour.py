"""Tours: everybody is visited once, and no driver would laugh at the order."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.demo.tour import apart_m, length_m, nearest_first, ordered, shared_out
from safehand.demo.town import Address, default_map, read_town

HELSINKI = read_town(default_map()).addresses
EARTH_M = 6_371_000.8


def at(lat: float, lon: float) -> Address:
    return Address("Street", f"{lat} {lon}", "1", "Town", "FI", round(lat * 1e7), round(lon * 1e7))


def great_circle_m(one: Address, other: Address) -> float:
    lat1, lat2 = math.radians(one.lat_e7 / 1e7), math.radians(other.lat_e7 / 1e7)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians((other.lon_e7 - one.lon_e7) / 1e7) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(chord))


@given(st.floats(-70, 70), st.floats(-179, 178), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_distances_in_a_town_agree_with_great_circles(lat: float, lon: float, north: float, east: float) -> None:
    one, other = at(lat, lon), at(max(-70, min(70, lat + north)), lon + east)

    assert apart_m(one, other) == pytest.approx(great_circle_m(one, other), rel=1e-3, abs=0.05)


@pytest.mark.parametrize("seed", range(10))
def test_a_tour_visits_every_door_once_and_is_never_longer_than_going_to_the_nearest_door(seed: int) -> None:
    depot, *stops = Random(seed).sample(HELSINKI, 45)

    tour = ordered(depot, stops)

    assert sorted(tour) == sorted(stops)
    assert length_m(depot, tour) <= length_m(depot, nearest_first(depot, stops)) + 1e-6


def test_tours_are_clearly_better_than_going_to_the_nearest_door() -> None:
    ratios = []
    for seed in range(10):
        depot, *stops = Random(seed).sample(HELSINKI, 45)
        ratios.append(length_m(depot, ordered(depot, stops)) / length_m(depot, nearest_first(depot, stops)))

    assert sum(ratios) / len(ratios) < 0.93


def test_a_ring_of_doors_is_walked_round() -> None:
    ring = [
        at(60 + 0.01 * math.cos(turn), 25 + 0.02 * math.sin(turn)) for turn in (k * math.tau / 24 for k in range(24))
    ]
    depot, *stops = ring
    round_trip_m = length_m(depot, stops)
    Random(3).shuffle(stops)

    assert length_m(depot, ordered(depot, stops)) == pytest.approx(round_trip_m)


@pytest.mark.parametrize("stops", [0, 1, 2, 3])
def test_short_tours_are_tours_too(stops: int) -> None:
    depot, *doors = HELSINKI[: stops + 1]

    assert sorted(ordered(depot, doors)) == sorted(doors)


@given(st.integers(0, 200), st.integers(1, 12))
def test_work_is_shared_out_evenly_and_completely(stops: int, drivers: int) -> None:
    doors = HELSINKI[:stops]

    shares = shared_out(HELSINKI[-1], doors, drivers)

    assert sorted(door for share in shares for door in share) == sorted(doors)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_nobody_cannot_share_work() -> None:
    with pytest.raises(ValueError, match="0 tours"):
        shared_out(HELSINKI[0], HELSINKI[1:], 0)
