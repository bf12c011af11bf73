"""The basemap: other programs read it, and it shows what is there."""

import gzip
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles

from safehand.places.addresses.tiling import ZOOM_MAX
from safehand.places.basemap.features import LAYERS
from safehand.places.basemap.tiles import ATTRIBUTION, ZOOM_MIN
from tests.maps import harbour, helsinki


@pytest.fixture(scope="module")
def tiles() -> dict[tuple[int, int, int], dict[str, Any]]:
    with helsinki().reading() as build, build.basemap.open("rb") as file:
        return {
            at: mapbox_vector_tile.decode(gzip.decompress(body), default_options={"y_coord_down": True})
            for at, body in all_tiles(MmapSource(file))
        }


def test_the_file_says_what_it_is_and_whose_the_data_are() -> None:
    with helsinki().reading() as build, build.basemap.open("rb") as file:
        reader = Reader(MmapSource(file))
        header, about, south_e7 = reader.header(), reader.metadata(), build.about.south_e7

    assert (header["min_zoom"], header["max_zoom"]) == (ZOOM_MIN, ZOOM_MAX)
    assert about["attribution"] == ATTRIBUTION
    assert [layer["id"] for layer in about["vector_layers"]] == list(LAYERS)
    assert abs(header["min_lat_e7"] - south_e7) < 10


def test_every_zoom_has_its_tiles_and_every_layer_a_known_name(tiles: dict[tuple[int, int, int], Any]) -> None:
    assert {zoom for zoom, _, _ in tiles} == set(range(ZOOM_MIN, ZOOM_MAX + 1))
    assert {layer for tile in tiles.values() for layer in tile} == set(LAYERS)


def test_streets_can_be_labelled_and_areas_are_sound(tiles: dict[tuple[int, int, int], Any]) -> None:
    closest = [tile for (zoom, _, _), tile in tiles.items() if zoom == ZOOM_MAX]
    roads = {feature["properties"].get("name") for tile in closest for feature in tile["roads"]["features"]}
    assert {"Mannerheimintie", "Kaivokatu", "Aleksanterinkatu"} <= roads
    for tile in closest:
        for feature in tile["buildings"]["features"]:
            assert shapely.geometry.shape(feature["geometry"]).area > 0


def test_land_and_sea_meet_at_the_shore_and_do_not_overlap() -> None:
    with harbour().reading() as build, build.basemap.open("rb") as file:
        bodies = [body for (zoom, _, _), body in all_tiles(MmapSource(file)) if zoom == ZOOM_MAX]
    land = sea = both = 0.0
    for body in bodies:
        tile = mapbox_vector_tile.decode(gzip.decompress(body), default_options={"y_coord_down": True})
        dry = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in tile["earth"]["features"]])
        oceans = [
            one for one in tile.get("water", {"features": []})["features"] if one["properties"]["kind"] == "ocean"
        ]
        wet = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in oceans])
        land, sea, both = land + dry.area, sea + wet.area, both + dry.intersection(wet).area

    assert 0.8 < land / sea < 1.25  # the shore runs through the middle
    assert both < 0.001 * sea
