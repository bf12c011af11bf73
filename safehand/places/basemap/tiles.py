"""The basemap as one file of tiles (PMTiles 3)."""

import gzip
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from safehand.places.addresses.tiling import ZOOM_MAX, Shapes, mercator
from safehand.places.basemap.features import LAYERS, Feature
from safehand.places.basemap.vector_tile import EXTENT, Drawn, encode_tile

ZOOM_MIN = 5
BUFFER = 80 / EXTENT
"""How far a tile draws beyond its edge, so that lines do not end on the screen."""
SMALL = 2.0
"""Areas smaller than this on the grid, along one side, are left out until the last zoom."""
GZIP_LEVEL = 6
ATTRIBUTION = "© OpenStreetMap contributors"

type Water = tuple[int, int, bool, bytes]
"""A tile of the last zoom, whether it is the sea, and the water's shape in degrees (WKB)."""
type Tick = Callable[[int, int], None]
"""Told how many zooms of how many are done."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of it."""

    tiles: int
    bytes: int


def write_basemap(path: Path, features: list[Feature], tick: Tick) -> Written:
    """Write the file. Not durable yet: whoever puts it in its place sees to that."""
    world = mercator(np.array([feature.shape for feature in features], dtype=object))
    tiles = 0
    with path.open("xb") as file:
        writer = Writer(file)
        for zoom in range(ZOOM_MIN, ZOOM_MAX + 1):
            made = [(zxy_to_tileid(zoom, x, y), body) for x, y, body in _at_zoom(features, world, zoom)]
            for id, body in sorted(made):
                writer.write_tile(id, gzip.compress(body, GZIP_LEVEL, mtime=0))
            tiles += len(made)
            tick(zoom - ZOOM_MIN + 1, ZOOM_MAX - ZOOM_MIN + 1)
        writer.finalize(_header(features), _about())
    return Written(tiles, path.stat().st_size)


def waters_of(features: list[Feature]) -> Iterator[Water]:
    """Where water is, cut at the tiles of the last zoom: small pieces are quick to ask."""
    scale = 2**ZOOM_MAX
    for feature in features:
        if feature.layer != "water" or not feature.shape.geom_type.endswith("Polygon"):
            continue
        [world] = mercator(np.array([feature.shape], dtype=object))
        for x, y in _covered(shapely.bounds(world) * scale, 0.0):
            part = shapely.clip_by_rect(world, x / scale, y / scale, (x + 1) / scale, (y + 1) / scale)
            if not part.is_empty:
                yield x, y, feature.properties["kind"] == "ocean", shapely.to_wkb(part)


def _at_zoom(features: list[Feature], world: Shapes, zoom: int) -> Iterator[tuple[int, int, bytes]]:
    """Every tile of one zoom that shows something."""
    last, scale = zoom == ZOOM_MAX, 2**zoom
    shown = np.array([min(feature.zoom_min, ZOOM_MAX) <= zoom for feature in features])
    areas = np.isin(shapely.get_type_id(world), (3, 6))
    bounds = shapely.bounds(world) * scale
    if not last:
        size = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) * EXTENT
        shown &= ~areas | (size >= SMALL)
    chosen = np.flatnonzero(shown)
    shapes = shapely.simplify(world[chosen], 1 / EXTENT / scale, preserve_topology=True)
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))
    by_tile: dict[tuple[int, int], list[int]] = {}
    for at, box in enumerate(bounds[chosen]):
        for tile in _covered(box, BUFFER):
            by_tile.setdefault(tile, []).append(at)
    for (x, y), here in by_tile.items():
        body = _tile(features, chosen[here], shapes[here], x=x, y=y, scale=scale)
        if body:
            yield x, y, body


def _tile(
    features: list[Feature], chosen: npt.NDArray[np.intp], shapes: Shapes, *, x: int, y: int, scale: int
) -> bytes:
    edge = BUFFER / scale
    left, top, right, bottom = x / scale - edge, y / scale - edge, (x + 1) / scale + edge, (y + 1) / scale + edge
    parts = shapely.clip_by_rect(shapes, left, top, right, bottom)
    parts = shapely.transform(parts, lambda at: (at * scale - (x, y)) * EXTENT)
    layers: dict[str, list[Drawn]] = {layer: [] for layer in LAYERS}
    for at, part in zip(chosen, parts, strict=True):
        if not part.is_empty:
            layers[features[at].layer].append((part, features[at].properties))
    return encode_tile(layers.items())


def _covered(box: npt.NDArray[np.float64], edge: float) -> Iterator[tuple[int, int]]:
    """The tiles that a box touches."""
    west, north, east, south = (float(side) for side in box)
    for x in range(math.floor(west - edge), math.floor(east + edge) + 1):
        for y in range(math.floor(north - edge), math.floor(south + edge) + 1):
            yield x, y


def _header(features: list[Feature]) -> dict[str, object]:
    west, south, east, north = shapely.total_bounds(
        np.array([feature.shape for feature in features if feature.layer == "earth"], dtype=object)
    )
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_zoom": ZOOM_MIN,
        "max_zoom": ZOOM_MAX,
        "min_lon_e7": round(west * 1e7),
        "min_lat_e7": round(south * 1e7),
        "max_lon_e7": round(east * 1e7),
        "max_lat_e7": round(north * 1e7),
        "center_zoom": ZOOM_MAX - 2,
        "center_lon_e7": round((west + east) * 5e6),
        "center_lat_e7": round((south + north) * 5e6),
    }


def _about() -> dict[str, object]:
    layers = [{"id": layer, "fields": {}, "minzoom": ZOOM_MIN, "maxzoom": ZOOM_MAX} for layer in LAYERS]
    return {"name": "Safehand basemap", "attribution": ATTRIBUTION, "type": "baselayer", "vector_layers": layers}
