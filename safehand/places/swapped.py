"""A suspicion: latitude and longitude told the wrong way round. A zone has a town, and its places are not far from it.

Source
    zone.tab of the IANA time zone database, as the package `tzdata` brings it.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from safehand.kernel.geo import DEGREE_E7
from safehand.places.geometry import Area, Point

FAR_M = 1_500_000
NEAR_M = 1_000_000
"""Told as it is, the place is further than FAR_M from its zone's town; told the other way round, nearer than NEAR_M."""

_ISO_6709 = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


def seems_swapped(shape: Point | Area | None, zone: str) -> bool:
    """Whether the place would lie where its zone is, if its two numbers changed places."""
    town = towns().get(zone)
    point = shape.outer[0] if isinstance(shape, Area) else shape
    if town is None or point is None or abs(point.lon_e7) > 90 * DEGREE_E7:
        return False
    return point.metres_to(town) > FAR_M and Point(point.lon_e7, point.lat_e7).metres_to(town) < NEAR_M


@cache
def towns() -> Mapping[str, Point]:
    """Where the town of each zone lies. Zones without one (UTC) are absent."""
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {row[2]: town for row in rows if len(row) > 2 and (town := _town(row[1])) is not None}


def _town(told: str) -> Point | None:
    hit = _ISO_6709.fullmatch(told)
    if hit is None:
        return None
    lat, lon = hit.group(1, 2, 3, 4), hit.group(5, 6, 7, 8)
    return Point(_e7(*lat), _e7(*lon))


def _e7(sign: str, degrees: str, minutes: str, seconds: str | None) -> int:
    shown = int(degrees) * 3_600 + int(minutes) * 60 + int(seconds or 0)
    return round(shown * DEGREE_E7 / 3_600) * (-1 if sign == "-" else 1)
