"""The expected loss of one parcel, by how it would be delivered. Pure, in whole numbers.

A table for a person and a price for a plan: it never refuses, delays or surcharges anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

import msgspec

from safehand.risk.errors import AssumptionsUnusable, OptionInvalid

MILLION = 1_000_000
VALUE_CENTS_MAX = 100_000_000
UNATTENDED_MIN_MAX = 14 * 24 * 60
HOURS_ABOARD_MAX = 14 * 24
ASSUMPTIONS_BYTES_MAX = 64 * 1024


class Mode(StrEnum):
    """How a parcel is handed over. A word is added, never renamed."""

    DOOR = "door"
    """Left at the door, attended by nobody."""
    ATTENDED_PIN = "attended_pin"
    LOCKER = "locker"
    PICKUP_POINT = "pickup_point"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What the table rests on besides the area's rate: guesses until an own record says better, so they are data.

    `reference_unattended_min` is how long a parcel lies at a door in the area's rate; half the time, half the risk.
    `aboard_ppm_per_hour` is lost from a vehicle in any mode. The others are lost at the handover, per million, and
    `..._area_ppm` is which part of the area's rate reaches that mode (a robbery at the door, a locker broken open).
    """

    reference_unattended_min: int = 240
    aboard_ppm_per_hour: int = 5
    attended_pin_ppm: int = 30
    attended_pin_area_ppm: int = 20_000
    locker_ppm: int = 25
    locker_area_ppm: int = 10_000
    pickup_point_ppm: int = 60
    pickup_point_area_ppm: int = 5_000

    def check(self) -> None:
        """Refuse what can be no assumption.

        Errors
            AssumptionsUnusable
        """
        for field in fields(self):
            given = getattr(self, field.name)
            least = 1 if field.name == "reference_unattended_min" else 0
            if not least <= given <= MILLION:
                raise AssumptionsUnusable(f"{field.name} is {given}; expected: {least} to {MILLION}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is known of one parcel and its stop.

    `area_rate_ppm` is how many of a million parcels left unattended in its cell are lost.
    """

    value_cents: int
    area_rate_ppm: int
    unattended_min: int
    hours_aboard: int

    def check(self) -> None:
        """Refuse what is out of range.

        Errors
            OptionInvalid
        """
        for name, most in (
            ("value_cents", VALUE_CENTS_MAX),
            ("area_rate_ppm", MILLION),
            ("unattended_min", UNATTENDED_MIN_MAX),
            ("hours_aboard", HOURS_ABOARD_MAX),
        ):
            if not 0 <= (given := getattr(self, name)) <= most:
                raise OptionInvalid(name, str(given), f"0 to {most}")


@dataclass(frozen=True, slots=True)
class Loss:
    """What one mode is expected to cost.

    `handover_ppm` and `aboard_ppm` are chances in a million; `expected_millicents` is their sum times the value.
    """

    mode: Mode
    aboard_ppm: int
    handover_ppm: int
    expected_millicents: int


def expected_losses(parcel: Parcel, assumed: Assumptions) -> Sequence[Loss]:
    """One row a mode, in the order of Mode.

    Errors
        OptionInvalid, AssumptionsUnusable
    Accuracy
        Chances are added, not multiplied out: under 1 % too high while both stay below 20,000 in a million.
        Each is rounded up to a whole part in a million, and none is above a million.
    """
    parcel.check()
    assumed.check()
    aboard = min(MILLION, parcel.hours_aboard * assumed.aboard_ppm_per_hour)
    rate = parcel.area_rate_ppm
    chances = {
        Mode.DOOR: _up(rate * parcel.unattended_min, assumed.reference_unattended_min),
        Mode.ATTENDED_PIN: assumed.attended_pin_ppm + _up(rate * assumed.attended_pin_area_ppm, MILLION),
        Mode.LOCKER: assumed.locker_ppm + _up(rate * assumed.locker_area_ppm, MILLION),
        Mode.PICKUP_POINT: assumed.pickup_point_ppm + _up(rate * assumed.pickup_point_area_ppm, MILLION),
    }
    return [_loss(mode, aboard, min(MILLION, chances[mode]), parcel.value_cents) for mode in Mode]


def read_assumptions(path: Path) -> Assumptions:
    """Assumptions from a JSON object; what it leaves out stays as it is.

    Errors
        AssumptionsUnusable
    """
    try:
        with path.open("rb") as file:
            raw = file.read(ASSUMPTIONS_BYTES_MAX + 1)
        if len(raw) > ASSUMPTIONS_BYTES_MAX:
            raise AssumptionsUnusable(f"more than {ASSUMPTIONS_BYTES_MAX} bytes")
        given = msgspec.json.decode(raw, type=dict[str, int], strict=True)
    except OSError as error:
        raise AssumptionsUnusable(error.strerror or str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AssumptionsUnusable(str(error)) from None
    unknown = sorted(given.keys() - {field.name for field in fields(Assumptions)})
    if unknown:
        raise AssumptionsUnusable(f"there is no assumption {unknown[0]}")
    assumed = Assumptions(**given)
    assumed.check()
    return assumed


def _loss(mode: Mode, aboard: int, handover: int, value_cents: int) -> Loss:
    return Loss(mode, aboard, handover, _up(value_cents * min(MILLION, aboard + handover), 1_000))


def _up(number: int, divisor: int) -> int:
    """Rounded up: a chance is never told as none because it is small."""
    return -(-number // divisor)
