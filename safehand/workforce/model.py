"""What a vehicle is, and what of it planning must know. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from safehand.kernel.ids import PartyId
from safehand.workforce.errors import BadCost, BadRegistration, BadVehicle

REGISTRATION_SHAPE = re.compile(r"[A-Z0-9ÅÄÖ][A-Z0-9ÅÄÖ -]{0,14}[A-Z0-9ÅÄÖ]")
CARRIES_G_MAX = 40_000_000
CARRIES_PARCELS_MAX = 10_000
VOLUME_L_MAX = 150_000
HEIGHT_MM_MAX = 4_500
RANGE_KM_MAX = 3_000
CENTS_MAX = 1_000_000


class VehicleKind(StrEnum):
    """What it is. A word is added, never renamed."""

    BICYCLE = "bicycle"
    CAR = "car"
    VAN = "van"
    TRUCK = "truck"


LIMITS = {
    "carries_g": CARRIES_G_MAX,
    "carries_parcels": CARRIES_PARCELS_MAX,
    "volume_l": VOLUME_L_MAX,
    "height_mm": HEIGHT_MM_MAX,
    "range_km": RANGE_KM_MAX,
}
COSTS = ("cents_per_km", "cents_per_hour", "cents_per_day")


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleDraft:
    """A vehicle as somebody tells of it. `carries_g` is the payload.

    Of a limit that is None nobody knows, so planning may not rely on it. Costs are cents without tax.
    """

    registration: str
    kind: VehicleKind
    depot: PartyId | None = None
    carries_g: int
    carries_parcels: int
    volume_l: int | None = None
    height_mm: int | None = None
    """Of the vehicle, for what it drives under."""
    range_km: int | None = None
    """On one charge or tank, in winter."""
    dangerous_goods: bool = False
    """Whether it is equipped and marked for them."""
    cents_per_km: int = 0
    cents_per_hour: int = 0
    cents_per_day: int = 0
    """What it costs on a day on which it moves at all."""

    def check(self) -> None:
        """Refuse what can be no vehicle.

        Errors
            BadRegistration, BadVehicle, BadCost
        """
        if REGISTRATION_SHAPE.fullmatch(self.registration) is None:
            raise BadRegistration(registration=self.registration[:40])
        for what, at_most in LIMITS.items():
            given = getattr(self, what)
            if given is not None and not 0 < given <= at_most:
                raise BadVehicle(what=what, given=given, at_most=at_most)
        for what in COSTS:
            given = getattr(self, what)
            if not 0 <= given <= CENTS_MAX:
                raise BadCost(what=what, given=given, at_most=CENTS_MAX)


def registration_of(typed: str) -> str:
    """A registration as it is compared: capital letters, single gaps."""
    return " ".join(typed.upper().split())
