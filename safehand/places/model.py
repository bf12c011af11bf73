"""What a place is: its kinds, what is told of each, and what goes in. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, cast

import msgspec

from safehand.identity.model import NAME_SHAPE, PartyKind
from safehand.kernel.ids import PartyId, PlaceId
from safehand.places.errors import BadCode, BadDetails, WrongOwner, WrongShape
from safehand.places.geometry import Area, Point
from safehand.places.hours import Week, minute_of, zone_of

CODE_SHAPE = re.compile(r"(?=.{2,32}$)[A-Z0-9]+(?:-[A-Z0-9]+)*")
CUT_OFFS_MAX = 20
CUT_OFF_SHAPE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
COMPARTMENTS_MAX = 500
CAPACITY_MAX = 100_000
RADIUS_M_MAX = 50_000
REASON_CHARS_MAX = 200
SIZE_MM_MAX = 5_000
WEIGHT_G_MAX = 1_000_000
VALUE_CENTS_MAX = 10**11
LABEL_SHAPE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,14}[A-Z0-9])?")


class PlaceKind(StrEnum):
    """What a place is. A word is added, never renamed."""

    DEPOT = "depot"
    CHECKPOINT = "checkpoint"
    """Where parcels are read in a building: a dock, a belt, a cage, a lane."""
    PICKUP_POINT = "pickup_point"
    LOCKER_SITE = "locker_site"
    GATE = "gate"
    """A way in that has to be opened, with instructions."""
    GEOFENCE = "geofence"
    NO_GO = "no_go"
    """Nobody drives there."""
    AVOID = "avoid"
    """Nobody drives there without need."""


class ReadPoint(StrEnum):
    """What is done at a checkpoint."""

    DOCK = "dock"
    BELT = "belt"
    CAGE = "cage"
    LANE = "lane"
    DESK = "desk"


class Refusal(StrEnum):
    """Why a place does not take a parcel."""

    TOO_HEAVY = "too_heavy"
    TOO_LARGE = "too_large"
    TOO_DEAR = "too_dear"
    NO_CASH = "no_cash"
    NO_AGE_CHECK = "no_age_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A parcel as far as a place cares. What is not known is None, and nothing is refused for it."""

    weight_g: int | None = None
    sides_mm: tuple[int, int, int] | None = None
    value_cents: int = 0
    cash: bool = False
    age_check: bool = False


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is told of a place beside name and position. Each kind has its own."""

    def check(self) -> None:
        """Refuse what no place of the kind can be. Errors: Invalid."""

    def normal(self) -> "Details":
        """The same, in the one way in which it is kept."""
        return self


class Open(Details, frozen=True, kw_only=True):
    """What opens and shuts by a clock on the wall."""

    zone: str
    hours: dict[str, tuple[str, ...]]

    @property
    def week(self) -> Week:
        """Its hours, read."""
        return Week.of(self.hours)

    def check(self) -> None:
        """Errors: BadZone, BadHours."""
        zone_of(self.zone)
        Week.of(self.hours)

    def normal(self) -> "Details":
        """Days and spans in order."""
        return msgspec.structs.replace(self, hours=self.week.told())


class Depot(Open, frozen=True, kw_only=True):
    """A depot. A shipment told after its service's cut-off counts from the next day."""

    cut_offs: dict[str, str] = {}

    def check(self) -> None:
        """Errors: BadZone, BadHours, BadDetails."""
        super().check()
        if len(self.cut_offs) > CUT_OFFS_MAX:
            raise BadDetails(PlaceKind.DEPOT, f"{CUT_OFFS_MAX} cut_offs at most")
        for service, at in self.cut_offs.items():
            if CUT_OFF_SHAPE.fullmatch(service) is None:
                raise BadDetails(PlaceKind.DEPOT, f"cut_offs: {service[:40]}")
            minute_of(at)

    def normal(self) -> "Details":
        """Services in order too."""
        return msgspec.structs.replace(self, hours=self.week.told(), cut_offs=dict(sorted(self.cut_offs.items())))


class Checkpoint(Details, frozen=True, kw_only=True):
    """A read point in a depot."""

    role: ReadPoint


class Takes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a pickup point takes; sides are compared longest with longest."""

    weight_g: int = 20_000
    length_mm: int = 1_000
    width_mm: int = 600
    height_mm: int = 600
    value_cents: int = 50_000
    cash: bool = False
    age_check: bool = False

    def refusals(self, goods: Goods) -> tuple[Refusal, ...]:
        """Why it does not take these; nothing if it does."""
        sides = (self.length_mm, self.width_mm, self.height_mm)
        told = {
            Refusal.TOO_HEAVY: goods.weight_g is not None and goods.weight_g > self.weight_g,
            Refusal.TOO_LARGE: goods.sides_mm is not None and not fits(goods.sides_mm, sides),
            Refusal.TOO_DEAR: goods.value_cents > self.value_cents,
            Refusal.NO_CASH: goods.cash and not self.cash,
            Refusal.NO_AGE_CHECK: goods.age_check and not self.age_check,
        }
        return tuple(why for why, so in told.items() if so)


class PickupPoint(Open, frozen=True, kw_only=True):
    """A counter that hands parcels out."""

    capacity: int
    takes: Takes = Takes()

    def check(self) -> None:
        """Errors: BadZone, BadHours, BadDetails."""
        super().check()
        _bounded(PlaceKind.PICKUP_POINT, "capacity", self.capacity, CAPACITY_MAX)
        _bounded(PlaceKind.PICKUP_POINT, "weight_g", self.takes.weight_g, WEIGHT_G_MAX)
        for name in ("length_mm", "width_mm", "height_mm"):
            _bounded(PlaceKind.PICKUP_POINT, name, getattr(self.takes, name), SIZE_MM_MAX)
        _bounded(PlaceKind.PICKUP_POINT, "value_cents", self.takes.value_cents, VALUE_CENTS_MAX, least=0)


class Compartment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One door of a locker."""

    label: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int = 20_000

    @property
    def sides_mm(self) -> tuple[int, int, int]:
        """Its inner sides."""
        return self.length_mm, self.width_mm, self.height_mm

    @property
    def volume_mm3(self) -> int:
        """How much room it has."""
        return self.length_mm * self.width_mm * self.height_mm


class LockerSite(Open, frozen=True, kw_only=True):
    """Compartments in one place; the hours are those in which people can get to them."""

    compartments: tuple[Compartment, ...]

    def check(self) -> None:
        """Errors: BadZone, BadHours, BadDetails."""
        super().check()
        _bounded(PlaceKind.LOCKER_SITE, "compartments", len(self.compartments), COMPARTMENTS_MAX)
        labels = [one.label for one in self.compartments]
        if twice := sorted({label for label in labels if labels.count(label) > 1}):
            raise BadDetails(PlaceKind.LOCKER_SITE, f"label {twice[0]} twice")
        for one in self.compartments:
            if LABEL_SHAPE.fullmatch(one.label) is None:
                raise BadDetails(PlaceKind.LOCKER_SITE, f"label {one.label[:20]}")
            _bounded(PlaceKind.LOCKER_SITE, "weight_g", one.weight_g, WEIGHT_G_MAX)
            for name in ("length_mm", "width_mm", "height_mm"):
                _bounded(PlaceKind.LOCKER_SITE, name, getattr(one, name), SIZE_MM_MAX)

    def smallest_for(self, goods: Goods) -> Compartment | None:
        """The smallest compartment that these fit into; of equals the first by label."""
        able = [
            one
            for one in self.compartments
            if (goods.weight_g is None or goods.weight_g <= one.weight_g)
            and (goods.sides_mm is None or fits(goods.sides_mm, one.sides_mm))
        ]
        return min(able, key=lambda one: (one.volume_mm3, one.label), default=None)


class Gate(Open, frozen=True, kw_only=True):
    """A way in. How it opens stands in the vault."""


class Geofence(Details, frozen=True, kw_only=True):
    """An area that something is said about when a vehicle enters or leaves; with `radius_m` a circle round a point."""

    radius_m: int | None = None

    def check(self) -> None:
        """Errors: BadDetails."""
        if self.radius_m is not None:
            _bounded(PlaceKind.GEOFENCE, "radius_m", self.radius_m, RADIUS_M_MAX)


class Shunned(Details, frozen=True, kw_only=True):
    """An area that is not driven through, and why."""

    reason: str

    def check(self) -> None:
        """Errors: BadDetails."""
        if not 0 < len(self.reason) <= REASON_CHARS_MAX or NAME_SHAPE.search(self.reason[:1]) is None:
            raise BadDetails(PlaceKind.NO_GO, f"reason: 1 to {REASON_CHARS_MAX} characters")


DETAILS: Mapping[PlaceKind, type[Details]] = MappingProxyType(
    {
        PlaceKind.DEPOT: Depot,
        PlaceKind.CHECKPOINT: Checkpoint,
        PlaceKind.PICKUP_POINT: PickupPoint,
        PlaceKind.LOCKER_SITE: LockerSite,
        PlaceKind.GATE: Gate,
        PlaceKind.GEOFENCE: Geofence,
        PlaceKind.NO_GO: Shunned,
        PlaceKind.AVOID: Shunned,
    }
)
OWNER: Mapping[PlaceKind, PartyKind] = MappingProxyType(
    {
        PlaceKind.DEPOT: PartyKind.DEPOT,
        PlaceKind.PICKUP_POINT: PartyKind.PARTNER,
        PlaceKind.LOCKER_SITE: PartyKind.PARTNER,
    }
)
"""Kinds that belong to a party, and to which kind of one. A checkpoint is its depot's; the others are the carrier's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A place as somebody tells of it."""

    kind: PlaceKind
    code: str
    name: str
    shape: Point | Area | None = None
    details: Details
    party: PartyId | None = None
    within: str | None = None
    """The code of the place that this one is part of: a checkpoint's depot."""
    retired: bool = False
    id: PlaceId | None = None

    def checked(self) -> "Draft":
        """The same as it is kept.

        Errors
            Invalid  its kinds: what is told can be no place of this kind.
        """
        if CODE_SHAPE.fullmatch(self.code) is None:
            raise BadCode(self.code)
        if NAME_SHAPE.fullmatch(self.name) is None or self.name != self.name.strip():
            raise BadDetails(self.kind, "name")
        if (self.within is not None) is not (self.kind is PlaceKind.CHECKPOINT):
            raise WrongOwner(self.kind, "within a depot" if self.within is None else "within nothing")
        if (self.party is not None) is not (self.kind in OWNER):
            raise WrongOwner(self.kind, OWNER[self.kind].value if self.kind in OWNER else "no party")
        self._check_shape()
        self.details.check()
        return replace(self, details=self.details.normal())

    def _check_shape(self) -> None:
        if isinstance(self.shape, Point):
            self.shape.check()
        circle = isinstance(self.details, Geofence) and self.details.radius_m is not None
        match self.kind:
            case PlaceKind.NO_GO | PlaceKind.AVOID:
                wanted: tuple[type, ...] = (Area,)
            case PlaceKind.GEOFENCE:
                wanted = (Point,) if circle else (Area,)
            case PlaceKind.CHECKPOINT:
                wanted = (Point, type(None))
            case _:
                wanted = (Point,)
        if not isinstance(self.shape, wanted):
            raise WrongShape(self.kind, " or ".join("nothing" if one is type(None) else one.__name__ for one in wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place as it stands, or stood, in one of its versions."""

    id: PlaceId
    kind: PlaceKind
    code: str
    party: PartyId | None
    within: PlaceId | None
    within_code: str | None
    version: int
    valid_from_ms: int
    told_ms: int
    told_by: str
    name: str
    shape: Point | Area | None
    details: Details = field(repr=False)
    retired: bool

    @property
    def draft(self) -> Draft:
        """The same as it would be told again."""
        return Draft(
            kind=self.kind, code=self.code, name=self.name, shape=self.shape, details=self.details,
            party=self.party if self.kind in OWNER else None,
            within=self.within_code, retired=self.retired, id=self.id,
        )  # fmt: skip

    def contains(self, point: Point) -> bool:
        """Whether the point lies in its area or circle; no place of another kind contains anything."""
        if isinstance(self.shape, Area):
            return self.shape.contains(point)
        if isinstance(self.shape, Point) and isinstance(self.details, Geofence) and self.details.radius_m:
            return self.shape.metres_to(point) <= self.details.radius_m
        return False


def details_of(kind: PlaceKind, told: object) -> Details:
    """The details of a kind from plain values.

    Errors
        BadDetails
    """
    try:
        return msgspec.convert(told, DETAILS[kind])
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadDetails(kind, str(error)) from None


def plain(details: Details) -> dict[str, Any]:
    """The details as plain values."""
    return cast(dict[str, Any], msgspec.to_builtins(details))


def fits(goods_mm: tuple[int, int, int], room_mm: tuple[int, int, int]) -> bool:
    """Whether a box fits into another one in some position, edges along edges."""
    return all(side <= room for side, room in zip(sorted(goods_mm), sorted(room_mm), strict=True))


def _bounded(kind: PlaceKind, name: str, given: int, most: int, *, least: int = 1) -> None:
    if not least <= given <= most:
        raise BadDetails(kind, f"{name} is {given}; {least} to {most} is taken")
