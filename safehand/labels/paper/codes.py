"""The codes that are written on a fallback sheet and keyed in later: few letters, none of which is read as another.

The names behind them are those that the depot and custody know: `received` and its like are steps, the others what a
person may report. A code is added, never given another meaning: a sheet may lie for weeks.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Step(StrEnum):
    """What is done with a parcel in the building."""

    RECEIVED = "received"
    SORTED = "sorted"
    LOADED = "loaded"
    UNLOADED = "unloaded"


class Wrong(StrEnum):
    """What may be wrong with one. The same words as custody's; a test holds them together."""

    SHORT = "short"
    OVER = "over"
    UNLABELLED = "unlabelled"
    OVERWEIGHT = "overweight"
    TAMPERED = "tampered"
    MISSORT = "missort"
    REPORTED = "reported"
    """Anything else: damage, a wrong address."""


CODES: Mapping[str, Step | Wrong] = MappingProxyType(
    {
        "R": Step.RECEIVED,
        "S": Step.SORTED,
        "L": Step.LOADED,
        "U": Step.UNLOADED,
        "XS": Wrong.SHORT,
        "XO": Wrong.OVER,
        "XU": Wrong.UNLABELLED,
        "XW": Wrong.OVERWEIGHT,
        "XT": Wrong.TAMPERED,
        "XM": Wrong.MISSORT,
        "XD": Wrong.REPORTED,
    }
)
