"""Points and areas on the earth: whether an area can be one, what lies inside it, how far apart things are. Pure.

Coordinates are degrees x 10**7 in whole numbers, so crossing and inside are decided exactly; only metres are rounded.
An area crosses no antimeridian: between two of its corners the shorter way never passes 180 degrees.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from safehand.kernel.geo import DEGREE_E7, EARTH_RADIUS_M, metres_between
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

LAT_E7_MAX = 90 * DEGREE_E7
LON_E7_MAX = 180 * DEGREE_E7
CORNERS_MAX = 1_000
"""Corners of an area, its holes included."""
HOLES_MAX = 20
ACROSS_M_MAX = 500_000
"""How far an area may reach from corner to opposite corner."""
COMPARED_MAX = 1_000_000
"""Pairs of edges that are held against each other in one go: what needs more is no map, it is a load."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A place on the earth, WGS 84."""

    lat_e7: int
    lon_e7: int

    def check(self) -> None:
        """Refuse what is not on the earth.

        Errors
            OutsideEarth
        """
        if abs(self.lat_e7) > LAT_E7_MAX or abs(self.lon_e7) > LON_E7_MAX:
            raise OutsideEarth(lat=degrees(self.lat_e7), lon=degrees(self.lon_e7))

    def metres_to(self, other: "Point") -> float:
        """The distance along the surface."""
        return metres_between(self.lat_e7, self.lon_e7, other.lat_e7, other.lon_e7)


type Ring = tuple[Point, ...]
"""Corners in order, the first one not said again at the end."""
type Edge = tuple[Point, Point]


@dataclass(slots=True)
class Effort:
    """How many pairs of edges may still be compared; several areas share one."""

    left: int = COMPARED_MAX

    def spend(self, corners: int) -> None:
        """Count one pair.

        Errors
            AreaTooTangled
        """
        self.left -= 1
        if self.left < 0:
            raise AreaTooTangled(corners=corners, at_most=COMPARED_MAX)


@dataclass(frozen=True, slots=True)
class Area:
    """A checked area: its outer ring runs against the clock, holes with it, as RFC 7946 writes them."""

    outer: Ring
    holes: tuple[Ring, ...] = ()

    @classmethod
    def of(cls, outer: Sequence[Point], holes: Sequence[Sequence[Point]] = (), effort: Effort | None = None) -> "Area":
        """An area whose rings were told in either direction.

        Errors
            OutsideEarth, CrossesAntimeridian, AreaFlat, AreaTooLarge, AreaTooDetailed, AreaTooTangled
            AreaCrosses    an edge touches another one.
            HoleMisplaced  a hole that is not in the area, or in another hole.
        """
        rings = [outer, *holes]
        if len(holes) > HOLES_MAX:
            raise AreaTooDetailed("holes", len(holes), HOLES_MAX)
        if (corners := sum(len(ring) for ring in rings)) > CORNERS_MAX:
            raise AreaTooDetailed("corners", corners, CORNERS_MAX)
        for ring in rings:
            _check_ring(ring)
        _check_reach(outer)
        _refuse_crossings([edge for ring in rings for edge in _edges(ring)], corners, effort or Effort())
        for hole in holes:
            if not _inside(outer, hole[0]) or any(_inside(other, hole[0]) for other in holes if other is not hole):
                raise HoleMisplaced(lat=degrees(hole[0].lat_e7), lon=degrees(hole[0].lon_e7))
        return cls(_turned(outer, against_clock=True), tuple(_turned(hole, against_clock=False) for hole in holes))

    def contains(self, point: Point) -> bool:
        """Whether the point lies in it; what lies on an edge does, on that of a hole too."""
        if not _inside(self.outer, point):
            return False
        return not any(_inside(hole, point) and not _on_edge(hole, point) for hole in self.holes)

    @property
    def corners(self) -> int:
        """How many there are."""
        return len(self.outer) + sum(len(hole) for hole in self.holes)


def _check_ring(ring: Sequence[Point]) -> None:
    for point in ring:
        point.check()
    if len(set(ring)) < 3:
        raise AreaFlat(corners=len(set(ring)))
    for here, there in _edges(ring):
        if abs(here.lon_e7 - there.lon_e7) > LON_E7_MAX:
            raise CrossesAntimeridian(lon=degrees(here.lon_e7), to=degrees(there.lon_e7))
    here, there = ring[0], next(point for point in ring if point != ring[0])
    if not any(_side(here, there, point) for point in ring):
        raise AreaFlat(corners=len(ring))


def _check_reach(ring: Sequence[Point]) -> None:
    south, north = min(point.lat_e7 for point in ring), max(point.lat_e7 for point in ring)
    west, east = min(point.lon_e7 for point in ring), max(point.lon_e7 for point in ring)
    widest = 0 if south <= 0 <= north else min(abs(south), abs(north))
    across_m = EARTH_RADIUS_M * math.hypot(
        math.radians((north - south) / DEGREE_E7),
        math.radians((east - west) / DEGREE_E7) * math.cos(math.radians(widest / DEGREE_E7)),
    )
    if across_m > ACROSS_M_MAX:
        raise AreaTooLarge(across_km=round(across_m / 1_000), at_most_km=ACROSS_M_MAX // 1_000)


def _refuse_crossings(edges: list[Edge], corners: int, effort: Effort) -> None:
    """No edge touches another one, but for neighbours at their corner. Edges are swept from west to east."""
    west_first = sorted((min(a.lon_e7, b.lon_e7), max(a.lon_e7, b.lon_e7), a, b) for a, b in edges)
    open_edges: list[tuple[int, Point, Point]] = []
    for west, east, a, b in west_first:
        still = []
        for other in open_edges:
            if other[0] < west:
                continue
            still.append(other)
            effort.spend(corners)
            if _touch(a, b, other[1], other[2]):
                raise AreaCrosses(lat=degrees(a.lat_e7), lon=degrees(a.lon_e7))
        still.append((east, a, b))
        open_edges = still


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two edges share a point that is not the corner at which they meet."""
    if max(a.lat_e7, b.lat_e7) < min(c.lat_e7, d.lat_e7) or max(c.lat_e7, d.lat_e7) < min(a.lat_e7, b.lat_e7):
        return False
    if shared := {a, b} & {c, d}:
        if len(shared) == 2:
            return True
        [corner] = shared
        one, other = (b if a == corner else a), (d if c == corner else c)
        return _side(corner, one, other) == 0 and (_between(corner, one, other) or _between(corner, other, one))
    ab_c, ab_d, cd_a, cd_b = _side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b)
    if ab_c * ab_d < 0 and cd_a * cd_b < 0:
        return True
    return (
        (ab_c == 0 and _between(a, b, c))
        or (ab_d == 0 and _between(a, b, d))
        or (cd_a == 0 and _between(c, d, a))
        or (cd_b == 0 and _between(c, d, b))
    )


def _inside(ring: Sequence[Point], point: Point) -> bool:
    """Whether a ray to the east leaves the ring an odd number of times; on an edge counts as inside."""
    inside = False
    for a, b in _edges(ring):
        side = _side(a, b, point)
        if side == 0 and _between(a, b, point):
            return True
        if (a.lat_e7 > point.lat_e7) is not (b.lat_e7 > point.lat_e7) and (side > 0) is (b.lat_e7 > a.lat_e7):
            inside = not inside
    return inside


def _on_edge(ring: Sequence[Point], point: Point) -> bool:
    return any(_side(a, b, point) == 0 and _between(a, b, point) for a, b in _edges(ring))


def _side(a: Point, b: Point, c: Point) -> int:
    """Above 0 if c lies to the left of the way from a to b, below to the right, 0 on the line."""
    return (b.lon_e7 - a.lon_e7) * (c.lat_e7 - a.lat_e7) - (b.lat_e7 - a.lat_e7) * (c.lon_e7 - a.lon_e7)


def _between(a: Point, b: Point, c: Point) -> bool:
    """Whether c, which is on the line through a and b, lies between them."""
    return min(a.lon_e7, b.lon_e7) <= c.lon_e7 <= max(a.lon_e7, b.lon_e7) and min(
        a.lat_e7, b.lat_e7
    ) <= c.lat_e7 <= max(a.lat_e7, b.lat_e7)


def _doubled(ring: Sequence[Point]) -> int:
    """Twice the signed area in degrees: above 0 against the clock."""
    return sum(a.lon_e7 * b.lat_e7 - b.lon_e7 * a.lat_e7 for a, b in _edges(ring))


def _turned(ring: Sequence[Point], *, against_clock: bool) -> Ring:
    """The same ring in that direction, from the same corner."""
    if (_doubled(ring) > 0) is against_clock:
        return tuple(ring)
    return (ring[0], *reversed(ring[1:]))


def _edges(ring: Sequence[Point]) -> Iterator[Edge]:
    return zip(ring, (*ring[1:], ring[0]), strict=True)


def degrees(e7: int) -> str:
    """Degrees in figures, as people write them."""
    return f"{e7 / DEGREE_E7:.7f}".rstrip("0").rstrip(".")
