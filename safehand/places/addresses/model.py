"""What an address can be found to be, and how sure that is. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a point stands for, the surest first."""

    HOUSE = "house"
    INTERPOLATED = "interpolated"
    """Between the numbers before and after it."""
    STREET = "street"
    LOCALITY = "locality"
    NONE = "none"


class Reason(StrEnum):
    """Why an answer is not surer."""

    NO_NUMBER = "no_number"
    """The question names no house."""
    NUMBER_NOT_ON_MAP = "number_not_on_map"
    NUMBER_BETWEEN = "number_between"
    """The point lies between two neighbours that the map has."""
    NUMBER_IN_RANGE = "number_in_range"
    PART_NOT_ON_MAP = "part_not_on_map"
    """The map has the number, and not its letter or entrance."""
    SPELLING = "spelling"
    """A word was taken for another that is written alike."""
    NOT_ALL_FOUND = "not_all_found"
    """Something that was said does not fit what was found."""
    AMBIGUOUS = "ambiguous"
    """Somewhere else fits nearly as well."""
    NO_STREET = "no_street"
    NOTHING_FOUND = "nothing_found"
    IN_WATER = "in_water"
    IN_SEA = "in_sea"
    OUTSIDE_MAP = "outside_map"
    NO_MAP = "no_map"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A place that fits a question. Degrees x 10^7, WGS 84."""

    kind: Kind
    street: str
    number: str
    postal_code: str
    city: str
    country: str
    lat_e7: int
    lon_e7: int
    radius_m: int
    """How far off the door may be."""
    score: float
    """How well the words fit, to 1."""
    slipped: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def line(self) -> str:
        """As on an envelope, on one line."""
        return ", ".join(part for part in (f"{self.street} {self.number}".strip(), self._town) if part)

    @property
    def _town(self) -> str:
        return f"{self.postal_code} {self.city}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Geocode:
    """Where an address is, how sure that is, and why not surer."""

    kind: Kind
    confidence_pct: int
    reasons: tuple[Reason, ...]
    hit: Hit | None

    @property
    def trusted(self) -> bool:
        """Whether a plan may use it without a person's look."""
        return self.confidence_pct >= TRUSTED_PCT


TRUSTED_PCT = 70
AMBIGUOUS_M = 250
"""Two answers nearer to each other than this are one place."""
AMBIGUOUS_SCORE = 0.04

_SURE_PCT = {Kind.HOUSE: 100, Kind.INTERPOLATED: 80, Kind.STREET: 45, Kind.LOCALITY: 20, Kind.NONE: 0}
_TAKES_PCT = {
    Reason.PART_NOT_ON_MAP: 10,
    Reason.NUMBER_IN_RANGE: 5,
    Reason.SPELLING: 8,
    Reason.NOT_ALL_FOUND: 25,
    Reason.AMBIGUOUS: 35,
}
NOT_ALL_FOUND_SCORE = 0.8


def judged(hit: Hit, *, ambiguous: bool) -> Geocode:
    """How sure a hit is."""
    reasons = [*hit.reasons]
    if hit.kind is Kind.STREET and not reasons:
        reasons.append(Reason.NO_NUMBER)
    if hit.kind is Kind.LOCALITY:
        reasons.append(Reason.NO_STREET)
    if hit.slipped:
        reasons.append(Reason.SPELLING)
    if hit.score < NOT_ALL_FOUND_SCORE:
        reasons.append(Reason.NOT_ALL_FOUND)
    if ambiguous:
        reasons.append(Reason.AMBIGUOUS)
    sure = _SURE_PCT[hit.kind] - sum(_TAKES_PCT.get(reason, 0) for reason in reasons)
    return Geocode(kind=hit.kind, confidence_pct=max(1, sure), reasons=tuple(reasons), hit=hit)


def nowhere(*reasons: Reason) -> Geocode:
    """No point: better none than one that sends a van into a lake."""
    return Geocode(kind=Kind.NONE, confidence_pct=0, reasons=reasons, hit=None)
