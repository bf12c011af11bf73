"""The rule of the scale: what is weighed is held against what was declared, or against how it was weighed before."""

from safehand.custody.model import Story, open_exception, origin
from safehand.events.parcels import ParcelMeasured
from safehand.events.statement import Weighed
from safehand.events.vocabulary import ExceptionKind

SCALE_SIGMA_G = 5
"""Standard deviation of a depot's floor scale, which reads in steps of 10 g."""
SIGMAS = 3
SHARE_PERCENT = 2
LEAST_G = 20


def tolerance_g(expected_g: int) -> int:
    """By how much a weight may differ: the largest of three sigma of the scale, two per cent, and 20 g."""
    return max(SIGMAS * SCALE_SIGMA_G, expected_g * SHARE_PERCENT // 100, LEAST_G)


def weighed(story: Story, said: Weighed) -> None:
    """The parcel was on a scale."""
    before_g, declared_g = story.head.weight_g, story.told.declared_g
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
    expected_g = declared_g if before_g is None else before_g
    if expected_g is None or abs(said.weight_g - expected_g) <= tolerance_g(expected_g):
        return
    heavier = before_g is None and said.weight_g > expected_g
    kind = ExceptionKind.OVERWEIGHT if heavier else ExceptionKind.WEIGHT_DIFFERS
    open_exception(story, kind, f"{expected_g} g", f"{said.weight_g} g")
