"""Distances on the earth, WGS 84: degrees x 10**7 in whole numbers, metres along the surface. Pure."""

import math

DEGREE_E7 = 10_000_000
EARTH_RADIUS_M = 6_371_008.8
"""The mean radius (IUGG)."""


def metres_between(lat_e7: int, lon_e7: int, to_lat_e7: int, to_lon_e7: int) -> float:
    """How far two points are apart along the surface, the shorter way round.

    Source
        Haversine formula on a sphere of the mean radius; off by half a percent at most.
    """
    lat, to_lat = math.radians(lat_e7 / DEGREE_E7), math.radians(to_lat_e7 / DEGREE_E7)
    turned = math.radians((to_lon_e7 - lon_e7) / DEGREE_E7)
    half = math.sin((to_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(to_lat) * math.sin(turned / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))
