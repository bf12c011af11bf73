r"""What a hand scanner sends when it names the symbology first: `]C100...`, `]Q1https://...`, `]E0...`.

A scanner that is set so tells apart what the digits alone do not: a number that happens to begin with 00 from an SSCC,
a retail GTIN from a tracking number. Behind a GS1 symbology the FNC1 in first place is gone, and GS (\x1d) stands for
the others.

Source: ISO/IEC 15424 (AIM identifiers), GS1 General Specifications 5.4 to 5.11 and 7.8.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from safehand.labels import digital_link, elements
from safehand.labels.check_digits import gs1_check_digit, is_digits
from safehand.labels.elements import TEXT_CHARS_MAX
from safehand.labels.errors import ElementInvalid, LinkInvalid, ScanUnreadable

_COMPOSITE = "|]e0"  # what is printed above a retail code and read with it


class Symbology(StrEnum):
    """The symbologies that parcels and goods carry, by the identifier that a scanner sends for them."""

    CODE_128 = "]C0"
    GS1_128 = "]C1"
    EAN_13 = "]E0"
    EAN_8 = "]E4"
    DATA_MATRIX = "]d1"
    GS1_DATA_MATRIX = "]d2"
    QR = "]Q1"
    GS1_QR = "]Q3"
    DOT_CODE = "]J0"
    GS1_DOT_CODE = "]J1"
    DATA_BAR = "]e0"


GS1 = frozenset(
    {
        Symbology.GS1_128,
        Symbology.GS1_DATA_MATRIX,
        Symbology.GS1_QR,
        Symbology.GS1_DOT_CODE,
        Symbology.DATA_BAR,
    }
)
_RETAIL = {Symbology.EAN_13: 13, Symbology.EAN_8: 8}


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scan: what it says, and what that means to GS1."""

    symbology: Symbology
    text: str
    gs1: Mapping[str, str] = field(default_factory=dict)


def read_scan(given: str) -> Scanned:
    """What a scanner sent.

    Errors
        ScanUnreadable  no symbology that is known here, nothing behind it, or a retail number that is wrong.
        ElementInvalid  a GS1 symbology whose element string is not right.
    """
    if len(given) > TEXT_CHARS_MAX:
        raise ScanUnreadable(given, "too_long")
    if given[:3] not in Symbology:
        raise ScanUnreadable(given, "symbology")
    symbology, text = Symbology(given[:3]), given[3:]
    if not text:
        raise ScanUnreadable(given, "empty")
    if symbology in GS1:
        return Scanned(symbology, text, elements.parse_raw(text))
    if symbology in _RETAIL:
        return _retail(symbology, text, given)
    return Scanned(symbology, text, _linked(text))


def _retail(symbology: Symbology, text: str, given: str) -> Scanned:
    number, _, composite = text.partition(_COMPOSITE)
    if not is_digits(number):
        raise ScanUnreadable(given, "digits")
    if len(number) != _RETAIL[symbology]:
        raise ScanUnreadable(given, "length")
    if number[-1] != gs1_check_digit(number[:-1]):
        raise ScanUnreadable(given, "check_digit")
    more = elements.parse_raw(composite) if composite else {}
    return Scanned(symbology, text, {"01": number.zfill(14), **more})


def _linked(text: str) -> dict[str, str]:
    """The elements of a Digital Link; other addresses and texts have none."""
    try:
        return digital_link.parse(text)
    except (LinkInvalid, ElementInvalid):
        return {}
