"""Clues: by what a person can be found again, written one way however it was typed. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

CLUE_CHARS_MAX = 400
"""Longer than any mail address, phone number, or name with a postcode that we take."""
_TRUNK_ZERO = re.compile(r"^0")
CALLING_CODES: Mapping[str, str] = MappingProxyType(
    {
        "AT": "43", "AU": "61", "BE": "32", "BG": "359", "CA": "1", "CH": "41", "CY": "357", "CZ": "420", "DE": "49",
        "DK": "45", "EE": "372", "ES": "34", "FI": "358", "FR": "33", "GB": "44", "GR": "30", "HR": "385", "HU": "36",
        "IE": "353", "IS": "354", "IT": "39", "LI": "423", "LT": "370", "LU": "352", "LV": "371", "MT": "356",
        "NL": "31", "NO": "47", "PL": "48", "PT": "351", "RO": "40", "SE": "46", "SI": "386", "SK": "421", "US": "1",
    }
)  # fmt: skip
"""Calling codes by country, for numbers written as at home. Elsewhere only numbers with `+` or `00` are unified.

Source
    ITU-T E.164, list of assigned country codes.
"""
KEEPS_ZERO = frozenset({"IT"})
"""Where the first 0 belongs to the number also from abroad."""


class ClueKind(StrEnum):
    """By what a person can be found. A word is added, never renamed: it is part of what is hashed."""

    MAIL = "mail"
    PHONE = "phone"
    NAME_AND_POSTCODE = "name_and_postcode"


@dataclass(frozen=True, slots=True)
class Clue:
    """One such thing, in the one way in which it is hashed."""

    kind: ClueKind
    normal: str


def mail_clue(address: str) -> Clue | None:
    """A mail address without regard to case and to spaces around it; None where it cannot be one."""
    normal = unicodedata.normalize("NFKC", address).strip().casefold()
    local, at, domain = normal.rpartition("@")
    return Clue(ClueKind.MAIL, normal) if local and at and domain and len(normal) <= CLUE_CHARS_MAX else None


def phone_clue(number: str, country: str) -> Clue | None:
    """A phone number as E.164 writes it, `+358401234567`; None where it holds too few digits to be one.

    Shapes
        country  where the person lives, ISO 3166-1: what a number without a calling code is completed with.
    """
    text = unicodedata.normalize("NFKC", number).strip()
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdigit())
    if not 5 <= len(digits) <= 20:
        return None
    if text.startswith("+"):
        # +44 (0)20 ...: the bracketed zero is for callers at home.
        bare = re.sub(r"\(0\)", "", text)
        return Clue(ClueKind.PHONE, "+" + "".join(str(unicodedata.digit(sign)) for sign in bare if sign.isdigit()))
    if digits.startswith("00"):
        return Clue(ClueKind.PHONE, "+" + digits[2:])
    code = CALLING_CODES.get(country)
    if code is None:
        return Clue(ClueKind.PHONE, f"{country} {digits}")
    return Clue(ClueKind.PHONE, f"+{code}{digits if country in KEEPS_ZERO else _TRUNK_ZERO.sub('', digits)}")


def name_clue(name: str, postal_code: str) -> Clue | None:
    """A name with a postcode: without regard to case, accents, hyphens and the order of the names."""
    words = " ".join(sorted(folded(name).split()))
    code = "".join(sign for sign in folded(postal_code) if sign.isalnum())
    normal = f"{words}|{code}"
    return Clue(ClueKind.NAME_AND_POSTCODE, normal) if words and code and len(normal) <= CLUE_CHARS_MAX else None


_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
"""Letters that Unicode does not take apart into a letter and an accent."""


def folded(text: str) -> str:
    """Letters and digits in lower case without their accents, one space where anything else stood.

    `Äijälä` is found as `aijala`, as people type it; the German `ae` for `ä` is not undone, for it would
    change names that are spelt so.
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(_LETTERS)
    return " ".join(
        "".join(sign if sign.isalnum() else " " for sign in plain.replace("'", "").replace("’", "")).split()
    )
