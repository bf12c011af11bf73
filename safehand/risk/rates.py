"""Rates: a cell, how many of a million parcels left unattended are lost there, and why we think so. Pure and light."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import h3.api.basic_int as grid

RESOLUTION = 9
"""0.105 km2, a few streets: no smaller, or a cell would be a household."""
INCIDENTS_MIN = 5
"""Fewer own incidents in a cell, and its surroundings speak for it."""
EXPIRY_DAYS = 730
BASE_RATE_PPM = 500
"""What is assumed of the whole before anything is known."""
E7 = 10_000_000


class Reason(StrEnum):
    """Why a cell's rate is what it is. A word is added, never renamed."""

    OWN_INCIDENTS = "own_incidents"
    FEW_INCIDENTS = "few_incidents"
    """Fewer than INCIDENTS_MIN of its own: the prior is shown."""
    PUBLIC_RECORD = "public_record"
    NO_EXPOSURE = "no_exposure"
    """Nothing of ours was left unattended here."""
    NO_PATTERN = "no_pattern"
    """Too little is known to tell places apart: every cell has the mean."""
    ABOVE_MEAN = "above_mean"
    BELOW_MEAN = "below_mean"
    SET_ASIDE = "set_aside"
    """A contest was upheld: the mean is shown until it runs out."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an assessment is made from: type, time, place and exposure have become these, and nothing else is asked.

    Shapes
        own, public  cell and age in days, one an incident.
        exposure     parcels left unattended by cell.
        set_aside    cells whose contest was upheld.
    """

    own: Sequence[tuple[int, float]]
    public: Sequence[tuple[int, float]]
    exposure: Mapping[int, int]
    set_aside: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class CellRisk:
    """One cell: how many of a million parcels left unattended are lost, between what, known from how much."""

    cell: str
    rate_ppm: int
    low_ppm: int
    high_ppm: int
    incidents: int
    parcels: int
    reasons: Sequence[Reason]


def cell_at(lat: float, lon: float) -> str:
    """The cell of a place, as it is written."""
    return f"{grid.latlng_to_cell(lat, lon, RESOLUTION):x}"


def middle_e7(cell: str) -> tuple[int, int]:
    """The middle of a cell or of an area, latitude and longitude."""
    lat, lon = grid.cell_to_latlng(int(cell, 16))
    return round(lat * E7), round(lon * E7)


def is_cell(text: str) -> bool:
    """Whether this is a cell that is assessed here."""
    try:
        cell = int(text, 16)
    except ValueError:
        return False
    return len(text) == 15 and bool(grid.is_valid_cell(cell)) and grid.get_resolution(cell) == RESOLUTION


def area_of(cell: str, resolution: int) -> str:
    """The larger cell that it lies in."""
    return f"{grid.cell_to_parent(int(cell, 16), resolution):x}"
