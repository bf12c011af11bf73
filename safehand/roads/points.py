"""Points on the earth as roads are asked about them: whole numbers in, checked, degrees for the engine out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from safehand.kernel.geo import DEGREE_E7
from safehand.roads.errors import PointsUnusable, TooManyPoints

SNAP_M_MAX = 500
"""Nobody carries a parcel farther from the road: a point beyond it is off the network."""
LAT_E7_MAX, LON_E7_MAX = 90 * DEGREE_E7, 180 * DEGREE_E7

type PointE7 = tuple[int, int]
"""(lat_e7, lon_e7): degrees x 10^7, WGS 84."""
type Points = Sequence[PointE7] | npt.NDArray[np.integer]
"""n of them, or an array of n x 2."""
type Degrees = list[tuple[float, float]]
"""(longitude, latitude), as the engine wants them."""


def degrees_of(points: Points, least: int, most: int) -> Degrees:
    """Points for the engine.

    Errors
        PointsUnusable  fewer than `least`, or one that is not on the earth.
        TooManyPoints   more than `most`.
    """
    if len(points) > most:
        raise TooManyPoints(len(points), most)
    if len(points) < least:
        raise PointsUnusable(f"{len(points)} points, at least {least}")
    try:
        found = np.asarray(points, np.int64).reshape(len(points), 2)
    except (ValueError, TypeError, OverflowError):
        raise PointsUnusable("a point is not a pair of whole numbers") from None
    off = (np.abs(found) > (LAT_E7_MAX, LON_E7_MAX)).any(axis=1)
    if off.any():
        raise PointsUnusable(f"point {int(np.argmax(off))} is not on the earth")
    return [(lon, lat) for lat, lon in (found / DEGREE_E7).tolist()]


def e7_of(lon_lat: Sequence[float]) -> PointE7:
    """A point as the engine tells it."""
    lon, lat = lon_lat
    return round(lat * DEGREE_E7), round(lon * DEGREE_E7)
