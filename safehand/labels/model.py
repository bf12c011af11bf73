"""What a label says, bounded and cleaned when it is made, so that nothing behind it meets a hostile text.

A text loses what has no ink: control characters, marks that turn the reading direction, joiners, variation selectors.
It keeps every letter, also those that no font here can draw (typeface.py says what becomes of them).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from safehand.labels import digital_link
from safehand.labels.countries import is_country
from safehand.labels.errors import FieldInvalid
from safehand.labels.numbers import Number, read_s10, read_sscc, read_tracking

NAME_CHARS_MAX = 80
LINE_CHARS_MAX = 100
CITY_CHARS_MAX = 60
POSTAL_CODE_CHARS_MAX = 12
CARRIER_CHARS_MAX = 24
SERVICE_CHARS_MAX = 16
ROUTE_CHARS_MAX = 12
REFERENCE_CHARS_MAX = 35
CONTENTS_CHARS_MAX = 60
PIECES_MAX = 999
WEIGHT_G_MAX = 1_000_000
VALUE_CENTS_MAX = 10**11
RAW_CHARS_FACTOR = 4  # a text may shrink this much in cleaning; a longer one is refused unread

_NO_INK = {"Cc": " ", "Zl": " ", "Zp": " ", "Zs": " ", "Cf": "", "Cs": "", "Co": ""}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_POSTAL_CODE = re.compile(r"[0-9A-Z][0-9A-Z -]*", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class Format(StrEnum):
    """What a label is made as."""

    PDF_A6 = "pdf-a6"
    PDF_4X6 = "pdf-4x6"
    ZPL = "zpl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where somebody is, as it is written on a parcel. Phone numbers and door codes do not belong on one."""

    name: str
    street: str = ""
    extra: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""

    def __post_init__(self) -> None:
        clean_field(self, "name", NAME_CHARS_MAX, needed=True)
        clean_field(self, "street", LINE_CHARS_MAX)
        clean_field(self, "extra", LINE_CHARS_MAX)
        clean_field(self, "postal_code", POSTAL_CODE_CHARS_MAX, str.upper)
        clean_field(self, "city", CITY_CHARS_MAX)
        clean_field(self, "country", 2, str.upper)
        if self.postal_code and not _POSTAL_CODE.fullmatch(self.postal_code):
            raise FieldInvalid("postal_code", self.postal_code, "A-Z, 0-9, space, -")
        if self.country and not is_country(self.country):
            raise FieldInvalid("country", self.country, "ISO 3166-1")

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines under the name, those that are there."""
        town = " ".join(part for part in (self.postal_code, self.city) if part)
        return tuple(line for line in (self.street, self.extra, town, self.country) if line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One parcel's label.

    `origin` is the web origin of its Digital Link, `route` the carrier's sorting hint. What a discreet label must not
    show (`sender`, `reference`, `contents`, the value) is taken away by `discreet`, before anything is drawn.
    """

    sscc: str
    origin: str
    recipient: Address
    tracking: str | None = None
    s10: str | None = None
    carrier: str = "Safehand"
    service: str = ""
    route: str = ""
    piece: int = 1
    pieces: int = 1
    weight_g: int | None = None
    sender: Address | None = None
    reference: str = ""
    contents: str = ""
    value_cents: int | None = None
    currency: str = "EUR"

    def __post_init__(self) -> None:
        read_sscc(self.sscc)
        if self.tracking is not None:
            set_field(self, "tracking", read_tracking(self.tracking).text)
        if self.s10 is not None:
            read_s10(self.s10)
        digital_link.make(self.origin, self.sscc)
        clean_field(self, "carrier", CARRIER_CHARS_MAX, needed=True)
        clean_field(self, "service", SERVICE_CHARS_MAX, str.upper)
        clean_field(self, "route", ROUTE_CHARS_MAX)
        clean_field(self, "reference", REFERENCE_CHARS_MAX)
        clean_field(self, "contents", CONTENTS_CHARS_MAX)
        between("pieces", self.pieces, 1, PIECES_MAX)
        between("piece", self.piece, 1, self.pieces)
        if self.weight_g is not None:
            between("weight_g", self.weight_g, 1, WEIGHT_G_MAX)
        if self.value_cents is not None:
            between("value_cents", self.value_cents, 0, VALUE_CENTS_MAX)
        if not _CURRENCY.fullmatch(self.currency):
            raise FieldInvalid("currency", self.currency, "ISO 4217")

    @property
    def link(self) -> str:
        """The address in its QR Code."""
        return digital_link.make(self.origin, self.sscc)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Its numbers that are there: SSCC, S10, tracking."""
        read = [read_sscc(self.sscc)]
        if self.s10:
            read.append(read_s10(self.s10))
        if self.tracking:
            read.append(read_tracking(self.tracking))
        return tuple(read)

    def discreet(self) -> "Label":
        """The same parcel for a doorstep: nobody learns from it who sent it, what is in it, or what it is worth."""
        return replace(self, sender=None, reference="", contents="", value_cents=None, currency="EUR")


def clean(text: str) -> str:
    """A text as it can be put on paper: composed (NFC), one line, single spaces, nothing without ink."""
    kept = (
        "" if ord(char) in _VARIATION_SELECTORS else _NO_INK.get(unicodedata.category(char), char)
        for char in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(kept).split())


def clean_field(owner: object, field: str, most: int, change: Callable[[str], str] = str, needed: bool = False) -> None:
    """Put the clean text in the field's place, for a `__post_init__`.

    Errors
        FieldInvalid  it is longer than `most`, or empty and needed.
    """
    given: str = getattr(owner, field)
    if len(given) > most * RAW_CHARS_FACTOR:
        raise FieldInvalid(field, given, f"<= {most}")
    text = change(clean(given))
    if len(text) > most:
        raise FieldInvalid(field, text, f"<= {most}")
    if needed and not text:
        raise FieldInvalid(field, text, ">= 1")
    set_field(owner, field, text)


def set_field(owner: object, field: str, value: Any) -> None:
    """Give a field its one form, for a `__post_init__`."""
    object.__setattr__(owner, field, value)  # frozen for everybody else; only __post_init__ gets here


def between(field: str, value: int, least: int, most: int) -> None:
    """Errors: FieldInvalid, if it is not."""
    if not least <= value <= most:
        raise FieldInvalid(field, str(value), f"{least}-{most}")
