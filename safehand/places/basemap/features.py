"""What a map shows, read from an OpenStreetMap extract, under the names of the Protomaps basemap, version 4."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import osmium
import shapely

from safehand.places.addresses.extract import BATCH, box_of, said
from safehand.places.basemap.coast import land_and_sea

FEATURES_MAX = 4_000_000
"""They are held in memory, some 2 KB each."""
OUTLINE_POINTS_MAX = 2_000_000

KEYS = ("highway", "railway", "waterway", "building", "landuse", "leisure", "natural", "place", "amenity", "man_made")
LAYERS = ("earth", "landuse", "water", "roads", "buildings", "places")
"""From the ground up."""
LANDUSE_KEYS = ("leisure", "landuse", "amenity", "natural", "man_made", "highway")
LANDUSE = frozenset(
    {"park", "garden", "pitch", "playground", "cemetery", "industrial", "commercial", "residential", "school"}
    | {"university", "college", "hospital", "pedestrian", "pier", "beach", "grass", "forest", "wood", "scrub"}
    | {"golf_course", "nature_reserve", "stadium", "farmland", "meadow", "military"}
)
ROADS = {
    "motorway": ("highway", 5),
    "trunk": ("major_road", 7),
    "primary": ("major_road", 8),
    "secondary": ("major_road", 10),
    "tertiary": ("major_road", 11),
    "residential": ("minor_road", 12),
    "unclassified": ("minor_road", 12),
    "living_street": ("minor_road", 13),
    "road": ("minor_road", 13),
    "service": ("minor_road", 13),
    "pedestrian": ("path", 13),
    "footway": ("path", 14),
    "path": ("path", 13),
    "steps": ("path", 14),
    "cycleway": ("path", 13),
    "track": ("other", 13),
}
"""Kind and first zoom."""
RAILS = frozenset({"rail", "tram", "light_rail", "subway"})
STREAMS = frozenset({"river", "stream", "canal"})
PLACES = {
    "city": ("locality", 6),
    "town": ("locality", 8),
    "village": ("locality", 10),
    "hamlet": ("locality", 13),
    "suburb": ("neighbourhood", 12),
    "quarter": ("neighbourhood", 13),
    "neighbourhood": ("neighbourhood", 13),
}
NAMED = ("name", "name:en", "name:fi", "name:sv", "name:de", "name:fr")
"""Names that a label may show."""

type Properties = Mapping[str, str | int | bool]
type Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing on the map. Its shape is in degrees, longitude first."""

    layer: str
    properties: Properties
    zoom_min: int
    shape: shapely.Geometry


def read_features(path: Path, tick: Tick) -> list[Feature]:
    """Everything that the map shows, cut to what the extract covers.

    Errors
        RuntimeError  it is no extract, or it is cut.
        ValueError    more than FEATURES_MAX things.
    """
    south, west, north, east = (edge / 1e7 for edge in box_of(path))
    frame = shapely.box(west, south, east, north)
    keys = osmium.filter.KeyFilter(*KEYS)
    shapes = osmium.geom.WKBFactory()
    found: list[Feature] = []
    shores: list[shapely.Geometry] = []
    reading = osmium.FileProcessor(str(path)).with_areas(keys).with_filter(keys)
    for seen, thing in enumerate(reading, 1):
        if seen % BATCH == 0:
            tick(BATCH)
        tags = {tag.k: tag.v for tag in thing.tags}
        shore = isinstance(thing, osmium.osm.Way) and tags.get("natural") == "coastline"
        told = _told(thing, tags)
        if told is None and not shore:
            continue
        shape = _shape(thing, shapes)
        if shape is None:
            continue
        if shore:
            shores.append(shape)
        if told is not None:
            found.append(Feature(*told, shape))
        if len(found) > FEATURES_MAX:
            raise ValueError(f"more than {FEATURES_MAX} things to draw")
    return _on_ground(_cut(found, frame), shores, frame)


def _cut(found: list[Feature], frame: shapely.Polygon) -> list[Feature]:
    """What lies in the frame, whole or in part."""
    shapely.prepare(frame)
    kept: list[Feature] = []
    for feature in found:
        if frame.contains_properly(feature.shape):
            kept.append(feature)
        elif frame.intersects(feature.shape):
            shape = feature.shape if feature.shape.is_valid else shapely.make_valid(feature.shape)
            kept.append(Feature(feature.layer, feature.properties, feature.zoom_min, shape.intersection(frame)))
    return kept


def _on_ground(found: list[Feature], shores: list[shapely.Geometry], frame: shapely.Polygon) -> list[Feature]:
    land, sea = land_and_sea(shores, frame)
    found.append(Feature("earth", {"kind": "earth"}, 0, land))
    if sea is not None:
        found.append(Feature("water", {"kind": "ocean"}, 0, sea))
    return found


def _told(thing: object, tags: Mapping[str, str]) -> tuple[str, Properties, int] | None:
    """Layer, properties and first zoom of a thing that is shown."""
    if isinstance(thing, osmium.osm.Node):
        return _place(tags)
    if isinstance(thing, osmium.osm.Way):
        return _line(tags)
    return _area(tags) if isinstance(thing, osmium.osm.Area) else None


def _place(tags: Mapping[str, str]) -> tuple[str, Properties, int] | None:
    place = PLACES.get(tags.get("place", ""))
    names = _names(tags)
    if place is None or "name" not in names:
        return None
    rank = {6: 11, 8: 8, 10: 5}.get(place[1], 3)
    return "places", {"kind": place[0], "kind_detail": tags["place"], "population_rank": rank, **names}, place[1]


def _line(tags: Mapping[str, str]) -> tuple[str, Properties, int] | None:
    detail = tags.get("highway", "").removesuffix("_link")
    if road := ROADS.get(detail):
        if tags.get("area") == "yes":
            return None
        told: dict[str, str | int | bool] = {"kind": road[0], "kind_detail": detail, **_names(tags)}
        told |= {
            name: True
            for name, is_so in (
                ("is_link", tags["highway"].endswith("_link")),
                ("is_tunnel", tags.get("tunnel", "no") != "no"),
                ("is_bridge", tags.get("bridge", "no") != "no"),
            )
            if is_so
        }
        return "roads", told, road[1]
    if tags.get("railway") in RAILS and tags.get("tunnel", "no") == "no":
        return "roads", {"kind": "rail", "kind_detail": tags["railway"]}, 11
    if tags.get("waterway") in STREAMS:
        return "water", {"kind": tags["waterway"], **_names(tags)}, 10
    return None


def _area(tags: Mapping[str, str]) -> tuple[str, Properties, int] | None:
    if tags.get("building", "no") != "no":
        return "buildings", {"kind": "building"}, 13
    if tags.get("natural") == "water" or tags.get("waterway") in {"riverbank", "dock"}:
        return "water", {"kind": "water", **_names(tags)}, 8
    for key in LANDUSE_KEYS:
        if (value := tags.get(key)) in LANDUSE:
            return "landuse", {"kind": value, **_names(tags)}, 10
    return None


def _names(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key in NAMED if (text := said(tags, key))}


def _shape(thing: object, shapes: osmium.geom.WKBFactory) -> shapely.Geometry | None:
    """The shape; None if the extract does not hold all of it, or it does not close."""
    try:
        if isinstance(thing, osmium.osm.Node):
            return shapely.from_wkb(shapes.create_point(thing))
        if isinstance(thing, osmium.osm.Way):
            if len(thing.nodes) > OUTLINE_POINTS_MAX:
                return None
            return shapely.from_wkb(shapes.create_linestring(thing))
        return shapely.from_wkb(shapes.create_multipolygon(thing)) if isinstance(thing, osmium.osm.Area) else None
    except (RuntimeError, osmium.InvalidLocationError, shapely.errors.ShapelyError):
        return None
