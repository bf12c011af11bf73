"""What a vehicle is. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from safehand.kernel.ids import PartyId
from safehand.workforce.errors import BadRegistration, BadVehicle

REGISTRATION_SHAPE = re.compile(r"[A-Z0-9ÅÄÖ][A-Z0-9ÅÄÖ -]{0,14}[A-Z0-9ÅÄÖ]")
CARRIES_G_MAX = 40_000_000
CARRIES_PARCELS_MAX = 10_000


class VehicleKind(StrEnum):
    """What it is. A word is added, never renamed."""

    BICYCLE = "bicycle"
    CAR = "car"
    VAN = "van"
    TRUCK = "truck"


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleDraft:
    """A vehicle as somebody tells of it. `carries_g` is the payload."""

    registration: str
    kind: VehicleKind
    depot: PartyId | None = None
    carries_g: int
    carries_parcels: int

    def check(self) -> None:
        """Refuse what can be no vehicle.

        Errors
            BadRegistration, BadVehicle
        """
        if REGISTRATION_SHAPE.fullmatch(self.registration) is None:
            raise BadRegistration(registration=self.registration[:40])
        if not 0 < self.carries_g <= CARRIES_G_MAX:
            raise BadVehicle(what="carries_g", given=self.carries_g, at_most=CARRIES_G_MAX)
        if not 0 < self.carries_parcels <= CARRIES_PARCELS_MAX:
            raise BadVehicle(what="carries_parcels", given=self.carries_parcels, at_most=CARRIES_PARCELS_MAX)


def registration_of(typed: str) -> str:
    """A registration as it is compared: capital letters, single gaps."""
    return " ".join(typed.upper().split())
