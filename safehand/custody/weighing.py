"""The rule of the scale: what is weighed is held against what was declared, or against how it was weighed before.

A parcel that is measured as well is held against its declared sides: larger is told, smaller harms nobody.
"""

from collections.abc import Collection

from safehand.custody.model import Story, open_exception, origin
from safehand.events.parcels import ParcelMeasured
from safehand.events.statement import Weighed
from safehand.events.vocabulary import ExceptionKind

SCALE_SIGMA_G = 5
"""Standard deviation of a depot's floor scale, which reads in steps of 10 g."""
SIGMAS = 3
SHARE_PERCENT = 2
LEAST_G = 20
SIDE_PERCENT, SIDE_LEAST_MM = 5, 20
"""How much longer a side may be than was declared: cardboard bulges, and people round."""


def tolerance_g(expected_g: int) -> int:
    """By how much a weight may differ: the largest of three sigma of the scale, two per cent, and 20 g."""
    return max(SIGMAS * SCALE_SIGMA_G, expected_g * SHARE_PERCENT // 100, LEAST_G)


def larger(declared_mm: Collection[int], measured_mm: Collection[int]) -> bool:
    """Whether a parcel is larger than was declared, however it lies: some side is, the longest held to the longest."""
    pairs = zip(sorted(declared_mm), sorted(measured_mm), strict=True)
    return any(is_mm - said_mm > max(said_mm * SIDE_PERCENT // 100, SIDE_LEAST_MM) for said_mm, is_mm in pairs)


def weighed(story: Story, said: Weighed) -> None:
    """The parcel was on a scale, and perhaps measured."""
    before_g, declared = story.head.weight_g, story.told.declared
    story.tell(
        ParcelMeasured(
            **origin(story),
            parcel=said.parcel,
            party=said.party,
            weight_g=said.weight_g,
            length_mm=said.length_mm,
            width_mm=said.width_mm,
            height_mm=said.height_mm,
            place=said.place,
        )
    )
    _hold_weight(story, said, before_g, declared.weight_g if declared else None)
    measured_mm = [side for side in (said.length_mm, said.width_mm, said.height_mm) if side is not None]
    if declared is None or declared.sides_mm is None or len(measured_mm) < len(declared.sides_mm):
        return
    if larger(declared.sides_mm, measured_mm):
        open_exception(story, ExceptionKind.OVERSIZE, _shown(declared.sides_mm), _shown(measured_mm))


def _hold_weight(story: Story, said: Weighed, before_g: int | None, declared_g: int | None) -> None:
    expected_g = declared_g if before_g is None else before_g
    if expected_g is None or abs(said.weight_g - expected_g) <= tolerance_g(expected_g):
        return
    heavier = before_g is None and said.weight_g > expected_g
    kind = ExceptionKind.OVERWEIGHT if heavier else ExceptionKind.WEIGHT_DIFFERS
    open_exception(story, kind, f"{expected_g} g", f"{said.weight_g} g")


def _shown(sides_mm: Collection[int]) -> str:
    return " x ".join(map(str, sorted(sides_mm, reverse=True))) + " mm"
