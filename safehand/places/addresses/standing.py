"""Where a house number stands in its street: at its door, in a range, or between its neighbours."""

import math
import sqlite3
from dataclasses import replace

from safehand.kernel.geo import metres_between
from safehand.places.addresses.model import Hit, Kind, Reason
from safehand.places.addresses.numbers import RANGE_MAX, HouseNumber

DOOR_M = 15
NUMBERS_BETWEEN_MAX = 40
"""Neighbours further apart in number than this say nothing about what lies between."""
BETWEEN_M_MAX = 600
_HIGHER = 0.05
"""What a number that is there adds to how well a street fits."""

type House = tuple[int, str, int, int, int]
"""number, part, until, lat_e7, lon_e7"""


def stand(index: sqlite3.Connection, street: int, hit: Hit, wanted: HouseNumber) -> Hit:
    """The street's hit, moved to the house if the map knows where that is."""
    houses: list[House] = index.execute(
        "SELECT number, part, until, lat_e7, lon_e7 FROM houses WHERE street = ? AND number BETWEEN ? AND ?",
        (street, wanted.number - RANGE_MAX, wanted.number + RANGE_MAX),
    ).fetchall()
    same = [house for house in houses if house[0] == wanted.number]
    for house in same:
        if house[1] == wanted.part and house[2] == wanted.until:
            return _at(hit, wanted.text, house)
    if same:
        house = min(same, key=lambda one: (one[2] != one[0], one[1]))
        right = wanted.part == ""  # 12 was asked, the map has 12a or 12-14
        return _at(hit, wanted.text, house, Reason.NUMBER_IN_RANGE if right else Reason.PART_NOT_ON_MAP)
    for house in houses:
        if HouseNumber(house[0], house[2], "").holds(wanted.number):
            return _at(hit, wanted.text, house, Reason.NUMBER_IN_RANGE)
    return _between(hit, wanted, houses)


def _at(hit: Hit, text: str, house: House, *reasons: Reason) -> Hit:
    return replace(
        hit,
        kind=Kind.HOUSE,
        number=text,
        lat_e7=house[3],
        lon_e7=house[4],
        radius_m=DOOR_M if not reasons else 2 * DOOR_M,
        score=hit.score + _HIGHER,
        reasons=reasons,
    )


def _between(hit: Hit, wanted: HouseNumber, houses: list[House]) -> Hit:
    """Between the neighbours on the same side of the street, as far along as the number is between theirs."""
    side = [house for house in houses if (house[0] - wanted.number) % 2 == 0]
    before = max((house for house in side if house[0] < wanted.number), default=None)
    after = min((house for house in side if house[0] > wanted.number), default=None)
    missing = replace(hit, number=wanted.text, reasons=(Reason.NUMBER_NOT_ON_MAP,), score=hit.score - _HIGHER)
    if before is None or after is None or after[0] - before[0] > NUMBERS_BETWEEN_MAX:
        return missing
    apart_m = metres_between(before[3], before[4], after[3], after[4])
    if apart_m > BETWEEN_M_MAX:
        return missing
    along = (wanted.number - before[0]) / (after[0] - before[0])
    return replace(
        hit,
        kind=Kind.INTERPOLATED,
        number=wanted.text,
        lat_e7=round(before[3] + (after[3] - before[3]) * along),
        lon_e7=round(before[4] + (after[4] - before[4]) * along),
        radius_m=max(2 * DOOR_M, math.ceil(apart_m)),
        reasons=(Reason.NUMBER_BETWEEN,),
    )
