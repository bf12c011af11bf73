"""Doubtful addresses: why one waits for a person, what a correction may say, where a door was learned to be. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from safehand.kernel.geo import metres_between
from safehand.kernel.ids import UserId
from safehand.places.addresses.model import Geocode, Reason

MOVED_M_MAX = 500
"""A correction moves a door by this much at most: further is another address, and asking for that is a redirect."""
FIXES_MIN = 3
FIXES_MAX = 50
PIN_RADIUS_M_MAX = 60
"""Confirmed deliveries further apart than this do not agree on a door."""
CONSENT_CHARS_MAX = 64


class Doubt(StrEnum):
    """Why an address waits for a person. A word is added, never renamed."""

    UNDELIVERABLE = "undeliverable"
    """Nothing like it is on the map, or a driver found no such door."""
    NO_NUMBER = "no_number"
    LOW_CONFIDENCE = "low_confidence"
    IN_SEA = "in_sea"
    """The point that came with it lies in water or off the map."""
    PIN_DIFFERS = "pin_differs"
    """Deliveries were confirmed somewhere else than the map has the door."""


class CaseState(StrEnum):
    """How far a case is."""

    OPEN = "open"
    CORRECTED = "corrected"
    DISMISSED = "dismissed"
    """A person looked, and the address is right as it is."""


class ConsentKind(StrEnum):
    """How the recipient agreed to the correction."""

    LINK = "link"
    """On their own page."""
    CALL = "call"
    """On the telephone, once verified."""
    WRITTEN = "written"
    """By mail or letter, kept elsewhere."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What shows that the recipient agreed: its kind, and by which id it is found."""

    kind: ConsentKind
    evidence: str
    """Opaque: a call's grant, a message's id. Nothing about a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The address itself: personal data, kept in the vault only."""

    street: str = field(repr=False)
    postal_code: str = field(repr=False)
    city: str = field(repr=False)
    country: str = field(repr=False)
    lat_e7: int | None = field(default=None, repr=False)
    lon_e7: int | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """As the index is asked."""
        return f"{self.street}, {self.postal_code} {self.city}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One doubtful address, as the queue holds it: ids, reasons, and how sure its geocode was."""

    id: str
    person: str
    parcel: str | None
    body: str
    """Id of the vault's body with the address as it was given."""
    doubt: Doubt
    confidence_pct: int
    state: CaseState
    opened_ms: int
    closed_ms: int | None
    closed_by: UserId | None
    consent: Consent | None
    corrected: str | None
    """Id of the vault's body with the corrected address."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a device was when a delivery was confirmed."""

    lat_e7: int
    lon_e7: int


def doubt_of(found: Geocode, told: Reason | None) -> Doubt | None:
    """Why an address with this geocode waits for a person; None if it need not.

    Shapes
        told  what is wrong with the point that came with the address, if one came and something is.
    """
    if told is not None or {Reason.IN_SEA, Reason.IN_WATER} & {*found.reasons}:
        return Doubt.IN_SEA
    if found.hit is None:
        return Doubt.UNDELIVERABLE
    if found.trusted:
        return None
    return Doubt.NO_NUMBER if Reason.NO_NUMBER in found.reasons else Doubt.LOW_CONFIDENCE


def is_redirect(before: Lines, before_at: Geocode, after: Lines, after_at: Geocode) -> bool:
    """Whether what is called a correction sends the parcel somewhere else.

    Where the old address has a point, the new one may lie no further than MOVED_M_MAX from it, give or take how far off
    both may be; where it has none, postal code and country must stay.
    """
    old, new = before_at.hit, after_at.hit
    if old is None or new is None:
        return (before.postal_code, before.country) != (after.postal_code, after.country)
    apart_m = metres_between(old.lat_e7, old.lon_e7, new.lat_e7, new.lon_e7)
    return apart_m > MOVED_M_MAX + min(MOVED_M_MAX, old.radius_m)


def drop_pin(fixes: Sequence[Fix]) -> Fix | None:
    """Where a door is, learned from confirmed deliveries: their median, if at least FIXES_MIN agree.

    Half of the deliveries may have been confirmed from the wrong place without moving it off its door.
    """
    newest = fixes[-FIXES_MAX:]
    if len(newest) < FIXES_MIN:
        return None
    pin = Fix(round(median(fix.lat_e7 for fix in newest)), round(median(fix.lon_e7 for fix in newest)))
    near = sum(metres_between(pin.lat_e7, pin.lon_e7, fix.lat_e7, fix.lon_e7) <= PIN_RADIUS_M_MAX for fix in newest)
    return pin if near >= FIXES_MIN and near * 2 > len(newest) else None
