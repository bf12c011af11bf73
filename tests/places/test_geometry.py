"""Areas: what can be one, what lies inside, and how long a hostile outline may keep us."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.errors import SafehandError
from safehand.places.errors import (
    AreaCrosses,
    AreaFlat,
    AreaTooDetailed,
    AreaTooLarge,
    AreaTooTangled,
    CrossesAntimeridian,
    HoleMisplaced,
    OutsideEarth,
)
from safehand.places.geometry import COMPARED_MAX, CORNERS_MAX, HOLES_MAX, Area, Effort, Point

E7 = 10_000_000


def at(*pairs: tuple[float, float]) -> list[Point]:
    """Corners from latitude and longitude in degrees."""
    return [Point(round(lat * E7), round(lon * E7)) for lat, lon in pairs]


SQUARE = at((60, 24), (60, 25), (61, 25), (61, 24))
HOLE = at((60.4, 24.4), (60.4, 24.6), (60.6, 24.6), (60.6, 24.4))


def star(corners: int, lat: float = 60.0, lon: float = 24.0, reach: float = 0.5) -> list[Point]:
    """An outline that crosses nothing, in and out."""
    around = [(2 * math.pi * n / corners, reach if n % 2 else reach / 2) for n in range(corners)]
    return at(*((lat + far * math.sin(angle), lon + far * math.cos(angle)) for angle, far in around))


def comb(teeth: int) -> list[Point]:
    """An outline whose every edge lies beside every other one: the most that can be asked of a sweep."""
    rows = [(60 + n * 0.001, 24.0 if n % 4 in {0, 3} else 25.0) for n in range(2 * teeth)]
    return at((60, 23.9), *rows[1:], (60 + 2 * teeth * 0.001, 23.9))


@pytest.mark.parametrize(
    ("outer", "holes", "error"),
    [
        (at((60, 24), (60, 25)), [], AreaFlat),
        (at((60, 24), (60, 25), (60, 26)), [], AreaFlat),
        (at((60, 24), (61, 25), (60, 25), (61, 24)), [], AreaCrosses),
        (at((60, 24), (60, 26), (61, 26), (60, 25), (61, 24)), [], AreaCrosses),  # a corner on an edge
        (at((60, 24), (60, 25), (61, 25), (60, 25), (61, 24)), [], AreaCrosses),  # there and back
        (at((60, 24), (60, 25), (91, 25)), [], OutsideEarth),
        (at((60, 24), (60, 181), (61, 25)), [], OutsideEarth),
        (at((60, 179), (60, -179), (61, -179), (61, 179)), [], CrossesAntimeridian),
        (at((0, -179), (1, 0), (0, 179), (-1, 0)), [], AreaTooLarge),  # once round the earth, edge by edge
        (at((50, 20), (50, 30), (60, 30), (60, 20)), [], AreaTooLarge),
        (star(CORNERS_MAX + 2), [], AreaTooDetailed),
        (SQUARE, [HOLE] * (HOLES_MAX + 1), AreaTooDetailed),
        (SQUARE, [at((62, 24), (62, 24.1), (62.1, 24))], HoleMisplaced),
        (SQUARE, [HOLE, at((60.45, 24.45), (60.45, 24.5), (60.5, 24.5))], HoleMisplaced),
        (SQUARE, [at((60.5, 24.5), (60.5, 25.5), (60.6, 25.5))], AreaCrosses),
    ],
)
def test_what_is_no_area_is_refused(outer: list[Point], holes: list[list[Point]], error: type[SafehandError]) -> None:
    with pytest.raises(error):
        Area.of(outer, holes)


@pytest.mark.parametrize("outer", [SQUARE, SQUARE[::-1]])
@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
def test_either_direction_is_taken_and_one_is_kept(outer: list[Point], hole: list[Point]) -> None:
    area = Area.of(outer, [hole])

    assert area.outer == tuple(SQUARE if outer[0] == SQUARE[0] else (SQUARE[3], *SQUARE[:3]))
    assert set(area.holes[0]) == set(HOLE)
    assert Area.of(area.outer, area.holes) == area


@given(st.integers(599_000_000, 611_000_000), st.integers(239_000_000, 251_000_000))
def test_inside_is_inside_whichever_way_it_is_told(lat_e7: int, lon_e7: int) -> None:
    point, (south, west) = Point(lat_e7, lon_e7), (60 * E7, 24 * E7)
    within = south <= lat_e7 <= south + E7 and west <= lon_e7 <= west + E7
    in_hole = 604_000_000 < lat_e7 < 606_000_000 and 244_000_000 < lon_e7 < 246_000_000

    assert Area.of(SQUARE[::-1], [HOLE]).contains(point) is (within and not in_hole)


@given(st.integers(3, 40), st.floats(0, 1), st.floats(0, 2 * math.pi))
def test_what_lies_on_the_way_from_the_middle_to_a_corner_is_inside(corners: int, part: float, turn: float) -> None:
    ring = star(2 * corners)
    area, middle = Area.of(ring), Point(60 * E7, 24 * E7)
    far = ring[round(turn * 100) % len(ring)]
    on_the_way = Point(
        round(middle.lat_e7 + 0.999 * part * (far.lat_e7 - middle.lat_e7)),
        round(middle.lon_e7 + 0.999 * part * (far.lon_e7 - middle.lon_e7)),
    )

    assert area.contains(on_the_way)
    beyond = Point(2 * far.lat_e7 - middle.lat_e7, 2 * far.lon_e7 - middle.lon_e7)
    assert not area.contains(beyond)


def test_a_corner_and_an_edge_belong_to_the_area() -> None:
    area = Area.of(SQUARE, [HOLE])

    assert all(area.contains(point) for point in (SQUARE[0], HOLE[0], *at((60, 24.5), (60.4, 24.5))))


def test_as_many_corners_as_are_allowed_are_checked_and_no_more_pairs_than_said() -> None:
    assert Area.of(star(CORNERS_MAX)).corners == CORNERS_MAX

    whole = comb(CORNERS_MAX // 2 - 1)
    effort = Effort()
    Area.of(whole, effort=effort)
    assert effort.left < COMPARED_MAX - 100_000  # a sweep cannot help here
    with pytest.raises(AreaTooTangled):
        Area.of(whole, effort=Effort(left=COMPARED_MAX - effort.left - 1))


def test_the_distance_is_that_of_the_earth() -> None:
    helsinki, stockholm = at((60.1699, 24.9384), (59.3293, 18.0686))

    assert helsinki.metres_to(stockholm) == pytest.approx(395_800, rel=0.01)
    assert helsinki.metres_to(helsinki) == 0
    [west, east] = at((0, 179.5), (0, -179.5))
    assert west.metres_to(east) == pytest.approx(111_195, rel=0.01)
