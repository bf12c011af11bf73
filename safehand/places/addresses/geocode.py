"""Geocoding: the point of an address, how sure it is, and no point at all rather than a wrong one."""

import sqlite3
from collections.abc import Sequence

import shapely

from safehand.kernel.geo import metres_between
from safehand.places.addresses.model import (
    AMBIGUOUS_M,
    AMBIGUOUS_SCORE,
    Geocode,
    Hit,
    Reason,
    judged,
    nowhere,
)
from safehand.places.addresses.search import search
from safehand.places.addresses.tiling import tile_at

RIVALS = 6
SHORE_M = 3
"""A house on a quay may be drawn this far out."""


def geocode(index: sqlite3.Connection, text: str) -> Geocode:
    """Where an address is.

    Shapes
        text  as on an envelope, in any order; what is beyond QUERY_CHARACTERS_MAX is not read.
    Errors
        sqlite3.Error  the index is damaged.
    """
    hits = search(index, text, RIVALS)
    if not hits:
        return nowhere(Reason.NOTHING_FOUND)
    best = hits[0]
    told = where(index, best.lat_e7, best.lon_e7)
    if told is not None:
        return nowhere(told)
    return judged(best, ambiguous=_rivalled(best, hits[1:]))


def where(index: sqlite3.Connection, lat_e7: int, lon_e7: int) -> Reason | None:
    """Why nobody can live at a point: off the map, in the sea, in a lake or a river; None if it is land."""
    facts = dict(index.execute("SELECT name, CAST(value AS INTEGER) FROM facts").fetchall())
    if not (facts["south_e7"] <= lat_e7 <= facts["north_e7"] and facts["west_e7"] <= lon_e7 <= facts["east_e7"]):
        return Reason.OUTSIDE_MAP
    x, y, spot, metre = tile_at(lat_e7, lon_e7)
    rows = index.execute("SELECT sea, shape FROM waters WHERE x = ? AND y = ?", (x, y)).fetchall()
    for sea, shape in rows:
        if shapely.from_wkb(shape).buffer(-SHORE_M * metre).contains(spot):
            return Reason.IN_SEA if sea else Reason.IN_WATER
    return None


def _rivalled(best: Hit, others: Sequence[Hit]) -> bool:
    """Whether something that fits nearly as well lies elsewhere."""
    return any(
        best.score - other.score < AMBIGUOUS_SCORE
        and other.kind == best.kind
        and metres_between(best.lat_e7, best.lon_e7, other.lat_e7, other.lon_e7) > AMBIGUOUS_M
        for other in others
    )
