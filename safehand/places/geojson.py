"""Places as GeoJSON: read with every doubt named, written so that what is read back is the same. Pure.

Source
    RFC 7946: longitude before latitude, WGS 84 and nothing else, outer rings against the clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import orjson

from safehand.kernel.errors import SafehandError
from safehand.kernel.geo import DEGREE_E7
from safehand.kernel.ids import PartyId, PlaceId
from safehand.places.errors import (
    AreaOpen,
    BadDetails,
    FileTooLarge,
    FileUnreadable,
    ForeignGrid,
    HalfFile,
    OutsideEarth,
    WrongShape,
)
from safehand.places.geometry import Area, Effort, Point
from safehand.places.model import Draft, Place, PlaceKind, details_of, plain
from safehand.places.reading import text_of

FEATURES_MAX = 2_000
"""Places in one file."""
MEDIA_TYPE = "application/geo+json"
CUT_SHORT = "unexpected end of data"
"""How the parser says that there should be more."""
GRIDS = frozenset({"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"})
"""What an old file may name: the grid that there is anyway."""
SHOWN_CHARS_MAX = 40
FAR_DEGREES = 1_000
"""Beyond this a number is no angle at all, and is not even rounded."""

_OWN = ("kind", "code", "name", "party", "within", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One place of a file: what it is told to be, or why it cannot be one. Rows are counted from 1."""

    row: int
    code: str
    draft: Draft | None = None
    error: SafehandError | None = None


def read_features(raw: bytes) -> list[Feature]:
    """The places of a file. What is wrong with one of them is told with it; what is wrong with the file is raised.

    Errors
        WrongEncoding, HalfFile, FileUnreadable, FileTooLarge, ForeignGrid
    """
    told = _parsed(text_of(raw))
    grid = told.get("crs")
    if grid is not None and _grid(grid) not in GRIDS:
        raise ForeignGrid(_grid(grid))
    match told.get("type"):
        case "FeatureCollection":
            features = told.get("features")
        case "Feature":
            features = [told]
        case other:
            raise FileUnreadable("FeatureCollection", str(other)[:SHOWN_CHARS_MAX])
    if not isinstance(features, list):
        raise FileUnreadable("features", type(features).__name__)
    if len(features) > FEATURES_MAX:
        raise FileTooLarge("features", len(features), FEATURES_MAX)
    effort = Effort()
    return [_feature(row, feature, effort) for row, feature in enumerate(features, 1)]


def write_features(places: Iterable[Place]) -> bytes:
    """The places as a file, one a line, by code."""
    lines = [orjson.dumps(_told(place)) for place in sorted(places, key=lambda one: one.code)]
    return b'{"type":"FeatureCollection","features":[\n' + b",\n".join(lines) + b"\n]}\n"


def _parsed(text: str) -> Mapping[str, Any]:
    if not text.rstrip().endswith("}"):
        raise HalfFile(len(text)) if text.lstrip().startswith("{") else FileUnreadable("GeoJSON", text[:20])
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if str(error).startswith(CUT_SHORT):
            raise HalfFile(len(text)) from None
        raise FileUnreadable("GeoJSON", str(error)) from None
    if not isinstance(told, dict):
        raise FileUnreadable("GeoJSON", type(told).__name__)
    return told


def _grid(told: object) -> str:
    properties = told.get("properties") if isinstance(told, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return str(name)[:60]


def _feature(row: int, told: object, effort: Effort) -> Feature:
    if not isinstance(told, dict) or told.get("type") != "Feature" or not isinstance(told.get("properties"), dict):
        return Feature(row=row, code="", error=FileUnreadable("Feature", type(told).__name__))
    properties = cast(dict[str, Any], told["properties"])
    code = str(properties.get("code", ""))[:SHOWN_CHARS_MAX]
    try:
        return Feature(row=row, code=code, draft=_draft(told, properties, effort))
    except SafehandError as error:
        return Feature(row=row, code=code, error=error)


def _draft(told: Mapping[str, Any], properties: Mapping[str, Any], effort: Effort) -> Draft:
    word = properties.get("kind")
    if not isinstance(word, str) or word not in PlaceKind:
        raise BadDetails(str(word)[:SHOWN_CHARS_MAX], f"kind: {', '.join(PlaceKind)}")
    kind = PlaceKind(word)
    id = told.get("id")
    return Draft(
        kind=kind,
        code=_text(kind, properties, "code") or "",
        name=_text(kind, properties, "name") or "",
        shape=_shape(kind, told.get("geometry"), effort),
        details=details_of(kind, {name: value for name, value in properties.items() if name not in _OWN}),
        party=cast(PartyId | None, _text(kind, properties, "party")),
        within=_text(kind, properties, "within"),
        retired=properties.get("retired") is True,
        id=PlaceId(id) if isinstance(id, str) else None,
    ).checked()


def _text(kind: PlaceKind, properties: Mapping[str, Any], name: str) -> str | None:
    value = properties.get(name)
    if value is not None and not isinstance(value, str):
        raise BadDetails(kind, name)
    return value


def _shape(kind: PlaceKind, told: object, effort: Effort) -> Point | Area | None:
    if told is None:
        return None
    if not isinstance(told, dict):
        raise WrongShape(kind, "geometry")
    coordinates = told.get("coordinates")
    match told.get("type"):
        case "Point":
            return _point(kind, coordinates)
        case "Polygon" if isinstance(coordinates, list) and coordinates:
            outer, *holes = (_ring(kind, ring) for ring in coordinates)
            return Area.of(outer, holes, effort)
        case _:
            raise WrongShape(kind, "Point or Polygon")


def _ring(kind: PlaceKind, told: object) -> list[Point]:
    """Corners, each once: the last position repeats the first, and what is a centimetre apart is one corner."""
    if not isinstance(told, list):
        raise WrongShape(kind, "Polygon")
    points = [_point(kind, position) for position in told]
    if len(points) < 4 or points[0] != points[-1]:
        raise AreaOpen(positions=len(points))
    return [here for here, following in pairwise(points) if here != following]


def _point(kind: PlaceKind, told: object) -> Point:
    if not isinstance(told, list) or not 2 <= len(told) <= 3:
        raise WrongShape(kind, "[longitude, latitude]")
    lon, lat = told[:2]
    if not _is_number(lon) or not _is_number(lat):
        raise WrongShape(kind, "[longitude, latitude]")
    if not abs(lon) < FAR_DEGREES or not abs(lat) < FAR_DEGREES:
        raise OutsideEarth(lat=f"{lat:.6g}", lon=f"{lon:.6g}")
    point = Point(round(lat * DEGREE_E7), round(lon * DEGREE_E7))
    point.check()
    return point


def _is_number(told: object) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool)


def _told(place: Place) -> dict[str, Any]:
    draft = place.draft
    own = {
        "kind": draft.kind.value,
        "code": draft.code,
        "name": draft.name,
        "party": draft.party,
        "within": draft.within,
    }
    properties: dict[str, Any] = {name: value for name, value in own.items() if value is not None}
    if draft.retired:
        properties["retired"] = True
    return {
        "type": "Feature",
        "id": place.id,
        "geometry": _geometry(draft.shape),
        "properties": properties | plain(draft.details),
    }


def _geometry(shape: Point | Area | None) -> dict[str, Any] | None:
    if isinstance(shape, Point):
        return {"type": "Point", "coordinates": _position(shape)}
    if isinstance(shape, Area):
        return {"type": "Polygon", "coordinates": [_closed(ring) for ring in (shape.outer, *shape.holes)]}
    return None


def _closed(ring: Sequence[Point]) -> list[list[float]]:
    return [_position(corner) for corner in (*ring, ring[0])]


def _position(point: Point) -> list[float]:
    return [point.lon_e7 / DEGREE_E7, point.lat_e7 / DEGREE_E7]
