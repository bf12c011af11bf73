"""What lies near a point: the name of a street, for people who are told of an area and not of an address."""

import sqlite3
from collections.abc import Sequence

from safehand.kernel.geo import metres_between

NEAR_M = 400
"""A street further away names another area."""
REACH_LAT_E7, REACH_LON_E7 = 40_000, 120_000
"""NEAR_M and more, north and east, up to 70 degrees from the equator."""


def near(index: sqlite3.Connection, points: Sequence[tuple[int, int]]) -> list[str]:
    """Street and town nearest to each point; empty where there is none within NEAR_M.

    Shapes
        points  latitude and longitude, degrees x 10^7.
    Errors
        sqlite3.Error  the index is damaged.
    """
    return [_nearest(index, lat_e7, lon_e7) for lat_e7, lon_e7 in points]


def _nearest(index: sqlite3.Connection, lat_e7: int, lon_e7: int) -> str:
    rows = index.execute(
        "SELECT name, city, lat_e7, lon_e7 FROM streets WHERE lat_e7 BETWEEN ? AND ? AND lon_e7 BETWEEN ? AND ?",
        (lat_e7 - REACH_LAT_E7, lat_e7 + REACH_LAT_E7, lon_e7 - REACH_LON_E7, lon_e7 + REACH_LON_E7),
    ).fetchall()
    away = [(metres_between(lat_e7, lon_e7, row[2], row[3]), row[0], row[1]) for row in rows]
    metres, name, city = min(away, default=(NEAR_M + 1, "", ""))
    return ", ".join(part for part in (name, city) if part) if metres <= NEAR_M else ""
