"""What the sheets and cards say, bounded and cleaned when they are made. Pure.

There is no field for a PIN, a value, an amount of cash, contents, a sender or how a gate is opened: paper is lost, and
whoever finds it must not learn where to go for what.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from safehand.labels.digital_link import web_origin
from safehand.labels.errors import FieldInvalid, NumberTwice
from safehand.labels.model import (
    CARRIER_CHARS_MAX,
    CITY_CHARS_MAX,
    LINE_CHARS_MAX,
    NAME_CHARS_MAX,
    ROUTE_CHARS_MAX,
    WEIGHT_G_MAX,
    Address,
    between,
    clean_field,
    set_field,
)
from safehand.labels.numbers import Kind, Number, read_number, read_sscc

STOPS_MAX = 400
STOP_PARCELS_MAX = 200
SHEET_PARCELS_MAX = 2_000
PRINT_PARCELS_MAX = 10_000
"""On all sheets that are printed at once."""
BLANK_ROWS_MAX = 500
SEAL_CHARS_MAX = 24
NOTE_CHARS_MAX = 100
SIDE_MM_MAX = 5_000


class Care(StrEnum):
    """What a parcel asks of the driver at the door. A word is added, never renamed."""

    PIN = "pin"
    SIGNATURE = "signature"
    AGE_CHECK = "age_check"
    CASH = "cash"
    """The amount stands in the app and in the shipper's own papers, never here."""
    DANGEROUS_GOODS = "dangerous_goods"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParcel:
    """One parcel of a stop.

    Shapes
        number  any of the three that a parcel of ours can carry, in any form that `read_number` takes.
        seal    the serial on its packaging; empty where it has none.
    """

    number: str
    seal: str = ""
    cares: frozenset[Care] = frozenset()

    def __post_init__(self) -> None:
        set_field(self, "number", read_number(self.number).text)
        clean_field(self, "seal", SEAL_CHARS_MAX)

    @property
    def read(self) -> Number:
        """Its number, told apart."""
        return read_number(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One door, and what goes there. `promised` are the hours told, by the depot's clock."""

    address: Address
    parcels: tuple[RunParcel, ...]
    promised: tuple[time, time] | None = None

    def __post_init__(self) -> None:
        between("parcels", len(self.parcels), 1, STOP_PARCELS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSheet:
    """A driver's day on paper.

    Shapes
        stops       in the order in which they are driven.
        printed_at  with its zone: the depot's.
    Errors
        FieldInvalid  something is empty, too long or too much.
        NumberTwice   one parcel stands at two places of it.
    """

    depot: str
    route: str
    driver: str
    day: date
    printed_at: datetime
    stops: tuple[Stop, ...]
    carrier: str = "Safehand"

    def __post_init__(self) -> None:
        _headed(self)
        clean_field(self, "route", ROUTE_CHARS_MAX, needed=True)
        clean_field(self, "driver", NAME_CHARS_MAX, needed=True)
        between("stops", len(self.stops), 1, STOPS_MAX)
        between("parcels", len(self.parcels), 1, SHEET_PARCELS_MAX)
        _once(tuple(parcel.number for parcel in self.parcels))

    @property
    def parcels(self) -> tuple[RunParcel, ...]:
        """All that are aboard, in order."""
        return tuple(parcel for stop in self.stops for parcel in stop.parcels)


class Missed(StrEnum):
    """Why a parcel was not handed over, as far as a card may tell: what was asked for tells what is in it."""

    NOBODY_HOME = "nobody_home"
    NO_ACCESS = "no_access"
    NOT_HANDED_OVER = "not_handed_over"


class Whereabouts(StrEnum):
    """Where the parcel is now."""

    AGAIN = "again"
    """With the driver or at the depot; it comes again."""
    DEPOT = "depot"
    """It can be collected at the depot's counter."""
    PICKUP_POINT = "pickup_point"
    LOCKER = "locker"
    CHOSEN = "chosen"
    """A neighbour or a safe place, as the recipient chose. The card does not say which: others can read it."""


COLLECTED = frozenset({Whereabouts.DEPOT, Whereabouts.PICKUP_POINT, Whereabouts.LOCKER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A counter or a locker that anybody may know of."""

    name: str
    street: str = ""
    town: str = ""
    hours: str = ""

    def __post_init__(self) -> None:
        clean_field(self, "name", NAME_CHARS_MAX, needed=True)
        clean_field(self, "street", LINE_CHARS_MAX)
        clean_field(self, "town", CITY_CHARS_MAX)
        clean_field(self, "hours", NOTE_CHARS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCard:
    """What is left in the letterbox when a parcel could not be handed over.

    Shapes
        number      the tracking number. The card links to its page, without the key that opens more of it.
        origin      the web origin of that page.
        at          when the driver was there, with its zone.
        recipient   a name, or empty: a house with one letterbox for many needs it.
        spot        where it is collected; needed for what is collected, and refused for the rest.
        held_until  the last day on which it is kept there; needed for what is collected.
        again_on    the day of the next try; needed for AGAIN, and refused for the rest.
    Errors
        FieldInvalid  what stands there does not go together, is empty or too long.
    """

    number: str
    origin: str
    at: datetime
    missed: Missed
    where: Whereabouts
    recipient: str = ""
    spot: Spot | None = None
    held_until: date | None = None
    again_on: date | None = None
    carrier: str = "Safehand"

    def __post_init__(self) -> None:
        number = read_number(self.number)
        if number.kind is not Kind.TRACKING:
            raise FieldInvalid("number", number.text, "SH and 12 digits")
        set_field(self, "number", number.text)
        set_field(self, "origin", web_origin(self.origin))
        clean_field(self, "carrier", CARRIER_CHARS_MAX, needed=True)
        clean_field(self, "recipient", NAME_CHARS_MAX)
        _zoned("at", self.at)
        collected, again = self.where in COLLECTED, self.where is Whereabouts.AGAIN
        for field, wanted in (("spot", collected), ("held_until", collected), ("again_on", again)):
            if (getattr(self, field) is not None) != wanted:
                raise FieldInvalid(field, str(getattr(self, field)), f"{self.where}: {'one' if wanted else 'none'}")
        for field in ("held_until", "again_on"):
            day = getattr(self, field)
            if day is not None and day < self.at.date():
                raise FieldInvalid(field, day.isoformat(), f">= {self.at.date().isoformat()}")

    @property
    def link(self) -> str:
        """The parcel's page, as anybody may see it."""
        return f"{self.origin}/t/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One parcel that a depot waits for, with where it is to go there."""

    number: str
    lane: str = ""
    route: str = ""

    def __post_init__(self) -> None:
        set_field(self, "number", read_number(self.number).text)
        clean_field(self, "lane", ROUTE_CHARS_MAX)
        clean_field(self, "route", ROUTE_CHARS_MAX)

    @property
    def read(self) -> Number:
        """Its number, told apart."""
        return read_number(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackSheet:
    """The depot's day for an hour without power or network: written by hand, keyed in later (key_in.py).

    Shapes
        title       which part of the day it is for: a linehaul, a route; empty for all.
        expected    in the order in which they are looked for.
        blank_rows  rows for what nobody expected.
    Errors
        FieldInvalid, NumberTwice  as for a run sheet.
    """

    depot: str
    day: date
    printed_at: datetime
    title: str = ""
    expected: tuple[Expected, ...] = ()
    blank_rows: int = 20
    carrier: str = "Safehand"

    def __post_init__(self) -> None:
        _headed(self)
        clean_field(self, "title", NAME_CHARS_MAX)
        between("expected", len(self.expected), 0, SHEET_PARCELS_MAX)
        between("blank_rows", self.blank_rows, 0 if self.expected else 1, BLANK_ROWS_MAX)
        _once(tuple(row.number for row in self.expected))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLabel:
    """A new number for a parcel that bore none that could be read, until somebody knows whose it is.

    Shapes
        sscc      the number that it goes by from now on.
        where     what it was found in or on: a lane, a cage, a van.
        by        initials or number of whoever found it.
        case      the exception that it is dealt with under; empty before there is one.
        replaces  the number that it is known to have had; empty where nobody knows.
    """

    sscc: str
    depot: str
    found_at: datetime
    where: str
    by: str
    case: str = ""
    replaces: str = ""
    weight_g: int | None = None
    sides_mm: tuple[int, int, int] | None = None
    carrier: str = "Safehand"

    def __post_init__(self) -> None:
        read_sscc(self.sscc)
        clean_field(self, "carrier", CARRIER_CHARS_MAX, needed=True)
        clean_field(self, "depot", NAME_CHARS_MAX, needed=True)
        clean_field(self, "where", CITY_CHARS_MAX, needed=True)
        clean_field(self, "by", ROUTE_CHARS_MAX, needed=True)
        clean_field(self, "case", SEAL_CHARS_MAX)
        _zoned("found_at", self.found_at)
        if self.replaces:
            set_field(self, "replaces", read_number(self.replaces).text)
            if self.replaces == self.sscc:
                raise NumberTwice(self.sscc)
        if self.weight_g is not None:
            between("weight_g", self.weight_g, 1, WEIGHT_G_MAX)
        for side in self.sides_mm or ():
            between("sides_mm", side, 1, SIDE_MM_MAX)


def _headed(sheet: RunSheet | FallbackSheet) -> None:
    clean_field(sheet, "carrier", CARRIER_CHARS_MAX, needed=True)
    clean_field(sheet, "depot", NAME_CHARS_MAX, needed=True)
    _zoned("printed_at", sheet.printed_at)


def _zoned(field: str, at: datetime) -> None:
    if at.tzinfo is None:
        raise FieldInvalid(field, at.isoformat(), "a time with its zone")


def _once(numbers: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for number in numbers:
        if number in seen:
            raise NumberTwice(number)
        seen.add(number)
