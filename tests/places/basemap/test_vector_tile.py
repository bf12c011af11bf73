"""Vector tiles: another reader sees what we drew."""

import mapbox_vector_tile
import shapely
from hypothesis import given
from hypothesis import strategies as st

from safehand.places.basemap.vector_tile import EXTENT, Properties, encode_tile

SPOTS = st.tuples(st.integers(-80, EXTENT + 80), st.integers(-80, EXTENT + 80))
SAID: Properties = {"name": "Städtle", "level": 12, "is_bridge": True}


def drawn(shape: shapely.Geometry) -> list[dict[str, object]]:
    """What the other reader makes of a tile with one shape; y downwards, as we drew."""
    body = encode_tile([("earth", []), ("roads", [(shape, SAID)])])
    told = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True}) if body else {}
    assert "earth" not in told
    features: list[dict[str, object]] = told["roads"]["features"] if told else []
    return features


@given(st.lists(SPOTS, min_size=2, max_size=20, unique=True))
def test_a_line_is_read_as_it_was_drawn(spots: list[tuple[int, int]]) -> None:
    [feature] = drawn(shapely.LineString(spots))

    assert shapely.geometry.shape(feature["geometry"]).coords[:] == [(float(x), float(y)) for x, y in spots]
    assert feature["properties"] == SAID


@given(SPOTS)
def test_a_point_is_read_as_it_was_drawn(spot: tuple[int, int]) -> None:
    [feature] = drawn(shapely.Point(spot))

    assert shapely.geometry.shape(feature["geometry"]).equals(shapely.Point(spot))


@given(st.lists(SPOTS, min_size=3, max_size=12, unique=True))
def test_an_area_is_read_as_it_was_drawn_whichever_way_it_ran(spots: list[tuple[int, int]]) -> None:
    area = shapely.MultiPoint(spots).convex_hull
    for shape in (area, area.reverse()):
        features = drawn(shape)
        if area.geom_type == "Polygon" and area.area > 0:
            assert shapely.geometry.shape(features[0]["geometry"]).equals(area)


def test_a_hole_stays_a_hole() -> None:
    ring = shapely.box(10, 10, 100, 100).difference(shapely.box(40, 40, 60, 60))

    [feature] = drawn(ring)

    assert shapely.geometry.shape(feature["geometry"]).equals(ring)


def test_what_is_smaller_than_the_grid_is_left_out() -> None:
    assert drawn(shapely.box(10.1, 10.1, 10.2, 10.2)) == []
    assert encode_tile([("roads", [])]) == b""
