"""Vector tiles as bytes: layers of points, lines and areas on a grid of 4096 by 4096. Pure.

Source
    Mapbox Vector Tile specification 2.1. An independent reader reads them back in the tests.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import shapely

EXTENT = 4_096
VERSION = 2
POINT, LINE, AREA = 1, 2, 3
_MOVE, _LINE, _CLOSE = 1, 2, 7

type Properties = Mapping[str, str | int | bool]
type Drawn = tuple[shapely.Geometry, Properties]
"""A shape in units of the grid, y downwards, and what is said of it."""
type Point = tuple[int, int]


def encode_tile(layers: Iterable[tuple[str, list[Drawn]]]) -> bytes:
    """A tile's bytes, not compressed; empty if nothing is left to draw."""
    body = bytearray()
    for name, drawn in layers:
        layer = _layer(name, drawn)
        if layer:
            body += _field(3, layer)
    return bytes(body)


def _layer(name: str, drawn: list[Drawn]) -> bytes:
    keys: dict[str, int] = {}
    values: dict[tuple[type, str | int | bool], int] = {}
    features = bytearray()
    for shape, properties in drawn:
        commands, kind = _commands(shape)
        if not commands:
            continue
        tags: list[int] = []
        for key, value in properties.items():
            tags += (keys.setdefault(key, len(keys)), values.setdefault((type(value), value), len(values)))
        features += _field(
            2, _field(2, _varints(tags)) + _varint(3 << 3) + _varint(kind) + _field(4, _varints(commands))
        )
    if not features:
        return b""
    body = _field(1, name.encode()) + bytes(features)
    body += b"".join(_field(3, key.encode()) for key in keys)
    body += b"".join(_field(4, _value(value)) for _, value in values)
    return body + _varint(5 << 3) + _varint(EXTENT) + _varint(15 << 3) + _varint(VERSION)


def _value(value: str | int | bool) -> bytes:
    if isinstance(value, bool):
        return _varint(7 << 3) + _varint(int(value))
    if isinstance(value, int):
        return _varint(5 << 3) + _varint(value)
    return _field(1, value.encode())


def _commands(shape: shapely.Geometry) -> tuple[list[int], int]:
    """How a pen draws the shape; nothing if it is smaller than the grid."""
    found: list[int] = []
    pen = (0, 0)
    kind = _KINDS.get(shape.geom_type, 0)
    for part in getattr(shape, "geoms", [shape]):
        kind = kind or _KINDS.get(part.geom_type, 0)
        if _KINDS.get(part.geom_type, 0) != kind:
            continue
        rings = [part.exterior, *part.interiors] if kind == AREA else [part]
        for at, ring in enumerate(rings):
            corners: list[list[int]] = np.rint(shapely.get_coordinates(ring)).astype(np.int64).tolist()
            stroke, pen = _stroke([(x, y) for x, y in corners], pen, kind, outer=at == 0)
            if not stroke and at == 0:
                break  # an area without its outline has no holes either
            found += stroke
    return found, kind


_KINDS = {
    "Point": POINT,
    "MultiPoint": POINT,
    "LineString": LINE,
    "LinearRing": LINE,
    "MultiLineString": LINE,
    "Polygon": AREA,
    "MultiPolygon": AREA,
}


def _stroke(points: list[Point], pen: Point, kind: int, *, outer: bool) -> tuple[list[int], Point]:
    """One line of the pen, and where it ends."""
    if kind != POINT:
        points = [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]
    if kind == AREA:
        if len(points) > 1 and points[0] == points[-1]:
            points = points[:-1]
        twice_area = _twice_area(points)
        if len(points) < 3 or twice_area == 0:
            return [], pen
        if (twice_area > 0) is not outer:  # an outline runs clockwise on the screen, a hole the other way
            points = points[::-1]
    if len(points) < kind:
        return [], pen
    steps: list[int] = []
    x, y = pen
    for to_x, to_y in points:
        right, down = to_x - x, to_y - y
        steps += ((right << 1) ^ (right >> 63), (down << 1) ^ (down >> 63))
        x, y = to_x, to_y
    if kind == POINT:
        return [_MOVE | len(points) << 3, *steps], (x, y)
    drawn = [_MOVE | 1 << 3, *steps[:2], _LINE | (len(points) - 1) << 3, *steps[2:]]
    return [*drawn, _CLOSE | 1 << 3] if kind == AREA else drawn, (x, y)


def _twice_area(points: list[Point]) -> int:
    return sum(
        x * other_y - other_x * y for (x, y), (other_x, other_y) in zip(points, points[1:] + points[:1], strict=True)
    )


def _field(number: int, body: bytes | bytearray) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + bytes(body)


def _varints(numbers: Iterable[int]) -> bytes:
    body = bytearray()
    for number in numbers:
        left = number
        while left > 0x7F:
            body.append(left & 0x7F | 0x80)
            left >>= 7
        body.append(left)
    return bytes(body)


def _varint(number: int) -> bytes:
    body = bytearray()
    while number > 0x7F:
        body.append(number & 0x7F | 0x80)
        number >>= 7
    body.append(number)
    return bytes(body)
