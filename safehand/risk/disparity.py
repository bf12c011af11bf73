"""Disparity: whether people of one area are served worse because of where they live. Pure.

An area is a cell of AREA_RESOLUTION (36 km2) and nothing else: no group of people is named, none is guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safehand.risk.rates import area_of

AREA_RESOLUTION = 6
ALERT_PERMILLE = 800
"""Four fifths: an area that gets less of anything than this part of what all others get is looked at by a person."""
PARCELS_MIN = 30
"""In an area, below which a share says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How parcels of one cell were served: wanted at home, kept at home, what all cost and how long they took."""

    cell: str
    parcels: int
    home_wanted: int
    home_kept: int
    price_cents: int
    minutes: int


@dataclass(frozen=True, slots=True)
class AreaService:
    """One area beside all others, in thousandths of what they get; None where there is too little to compare.

    `home_permille` is the share of home delivery kept; price and time are turned round, so that less is always worse.
    """

    area: str
    parcels: int
    home_permille: int | None
    price_permille: int | None
    time_permille: int | None

    @property
    def alert(self) -> bool:
        """Whether a person has to look."""
        told = (self.home_permille, self.price_permille, self.time_permille)
        return any(permille is not None and permille < ALERT_PERMILLE for permille in told)


def disparity(rows: Iterable[Served]) -> Sequence[AreaService]:
    """Every area against all others together, the worst served first."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    for row in rows:
        mine = sums[area_of(row.cell, AREA_RESOLUTION)]
        for place, number in enumerate((row.parcels, row.home_wanted, row.home_kept, row.price_cents, row.minutes)):
            mine[place] += number
    whole = [sum(column) for column in zip(*sums.values(), strict=True)] or [0] * 5
    areas = [_beside(area, mine, [a - b for a, b in zip(whole, mine, strict=True)]) for area, mine in sums.items()]
    return sorted(areas, key=lambda one: (not one.alert, one.home_permille or 0, one.area))


def _beside(area: str, mine: list[int], others: list[int]) -> AreaService:
    parcels, wanted, kept, price, minutes = mine
    if parcels < PARCELS_MIN or others[0] < PARCELS_MIN:
        return AreaService(area, parcels, None, None, None)
    return AreaService(
        area,
        parcels,
        _permille(kept * others[1], wanted * others[2]),
        _permille(others[3] * parcels, price * others[0]),
        _permille(others[4] * parcels, minutes * others[0]),
    )


def _permille(part: int, whole: int) -> int | None:
    return part * 1_000 // whole if whole else None
