"""The web's square map: where a point lies on it, and in which tile of the last zoom."""

import math

import numpy as np
import numpy.typing as npt
import shapely

ZOOM_MAX = 14
LAT_MAX = 85.05
EARTH_M = 40_075_016.7

type Shapes = npt.NDArray[np.object_]


def mercator(shapes: Shapes) -> Shapes:
    """Degrees, longitude first, as the square map: 0 to 1 eastwards, 0 to 1 southwards."""

    def square(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lat = np.radians(np.clip(at[:, 1], -LAT_MAX, LAT_MAX))
        return np.column_stack([(at[:, 0] + 180) / 360, (1 - np.arcsinh(np.tan(lat)) / np.pi) / 2])

    return np.asarray(shapely.transform(shapes, square), dtype=object)


def tile_at(lat_e7: int, lon_e7: int) -> tuple[int, int, shapely.Point, float]:
    """The tile of the last zoom in which a point lies, the point on the square map, and how long a metre is there."""
    [spot] = mercator(np.array([shapely.Point(lon_e7 / 1e7, lat_e7 / 1e7)], dtype=object))
    metre = 1 / (EARTH_M * math.cos(math.radians(min(LAT_MAX, abs(lat_e7) / 1e7))))
    return int(spot.x * 2**ZOOM_MAX), int(spot.y * 2**ZOOM_MAX), spot, metre
