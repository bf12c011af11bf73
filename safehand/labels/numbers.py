"""The three numbers of a parcel: made, told apart, read from whatever a person or a scanner gives.

    SSCC      18 digits, GS1: on the big barcode; the trade's number for a logistic unit.
    S10       RR123456785FI, UPU: where a parcel crosses a border by post.
    tracking  SH 4829 1057 3346, ours: short enough for the telephone, and it says by its SH what it is.

All three are public once printed, so none may be guessed from another: a tracking number is random. Slowing down who
tries many, and drawing again on the rare collision, is the caller's.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from safehand.labels import digital_link, elements
from safehand.labels.check_digits import damm_check_digit, gs1_check_digit, is_digits, s10_check_digit
from safehand.labels.countries import is_country
from safehand.labels.errors import (
    ElementInvalid,
    LinkInvalid,
    NumberPartInvalid,
    NumberUnreadable,
    WrongCheckDigit,
    WrongLength,
)

INPUT_CHARS_MAX = 512
SSCC_DIGITS = 18
S10_CHARS = 13
TRACKING_PREFIX = "SH"
TRACKING_DIGITS = 12  # eleven random ones and the check digit
GROUP_SEPARATOR = "\x1d"

_S10 = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})", re.ASCII)
_S10_LIKE = re.compile(r"[A-Z]{2}\d{6,11}[A-Z]{2}", re.ASCII)
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
_SAID_APART = re.compile(r"[\s.·_‐-―−-]+")  # what people put between groups: spaces, dashes of all kinds, dots


class Kind(StrEnum):
    """Which of the numbers it is; the value is how people call it."""

    SSCC = "SSCC"
    S10 = "S10"
    TRACKING = "tracking"


@dataclass(frozen=True, slots=True)
class Number:
    """A number whose check digit is right, in the one form that is stored and compared."""

    kind: Kind
    text: str

    @property
    def grouped(self) -> str:
        """As it is printed for people: in groups."""
        return grouped(self)


def make_sscc(extension: int, company_prefix: str, serial: int) -> str:
    """The SSCC of one logistic unit.

    Shapes
        extension       0 .. 9, free for the company.
        company_prefix  4 .. 12 digits, given out by GS1.
        serial          0 .. 10 ** (16 - len(company_prefix)) - 1; not to be used again within a year (better: never).
        ->              18 digits.
    Errors
        NumberPartInvalid  one of them is out of its range.
    Source
        GS1 General Specifications 3.2 (AI 00).
    """
    if not 0 <= extension <= 9:
        raise NumberPartInvalid(Kind.SSCC, "extension", str(extension), "0-9")
    if not is_digits(company_prefix) or not 4 <= len(company_prefix) <= 12:
        raise NumberPartInvalid(Kind.SSCC, "company_prefix", company_prefix, "4-12 digits")
    width = SSCC_DIGITS - 2 - len(company_prefix)
    if not 0 <= serial < 10**width:
        raise NumberPartInvalid(Kind.SSCC, "serial", str(serial), f"0-{10**width - 1}")
    payload = f"{extension}{company_prefix}{serial:0{width}}"
    return payload + gs1_check_digit(payload)


def make_s10(service: str, serial: int, country: str) -> str:
    """The S10 number of one postal item.

    Shapes
        service  two letters A-Z, the service indicator (`CE` a parcel, `RR` registered ...).
        serial   0 .. 99 999 999; not to be used again within 12 months.
        country  two letters, ISO 3166-1 alpha-2 of the operator that issues it.
        ->       13 characters.
    Errors
        NumberPartInvalid  one of them is out of its range.
    Source
        UPU S10-12.
    """
    if not re.fullmatch(r"[A-Z]{2}", service):
        raise NumberPartInvalid(Kind.S10, "service", service, "AA-ZZ")
    if not 0 <= serial < 10**8:
        raise NumberPartInvalid(Kind.S10, "serial", str(serial), "0-99999999")
    if not is_country(country):
        raise NumberPartInvalid(Kind.S10, "country", country, "ISO 3166-1")
    digits = f"{serial:08}"
    return f"{service}{digits}{s10_check_digit(digits)}{country}"


def make_tracking(serial: int) -> str:
    """The tracking number that carries `serial`.

    Shapes
        serial  0 .. 10 ** 11 - 1, drawn at random (see `new_tracking`).
        ->      `SH` and 12 digits.
    Errors
        NumberPartInvalid  it is out of its range.
    """
    if not 0 <= serial < 10 ** (TRACKING_DIGITS - 1):
        raise NumberPartInvalid(Kind.TRACKING, "serial", str(serial), f"0-{10 ** (TRACKING_DIGITS - 1) - 1}")
    payload = f"{serial:0{TRACKING_DIGITS - 1}}"
    return TRACKING_PREFIX + payload + damm_check_digit(payload)


def new_tracking() -> str:
    """A fresh tracking number: 36 random bits' worth. Unique only by the caller's constraint; on a clash, draw again.

    With a million parcels alive, one guess in a hundred thousand finds one, and shows nobody's name.
    """
    return make_tracking(secrets.randbelow(10 ** (TRACKING_DIGITS - 1)))


def read_number(given: str) -> Number:
    """The number in what somebody typed, said, pasted or scanned.

    Taken: any of the three, in any case, with spaces, dashes or dots; an SSCC with its (00) or 00; element strings raw
    (FNC1 as GS, symbology identifier or not) or bracketed that hold an AI 00; Digital Link and tracking-page addresses;
    a tracking number without its SH.

    Shapes
        given  up to 512 characters.
    Errors
        WrongCheckDigit   the number has the right shape; says which digit was expected, and where.
        WrongLength       it is nearly the shape of one.
        NumberUnreadable  it is nothing of the kind.
    """
    if len(given) > INPUT_CHARS_MAX:
        raise NumberUnreadable(given)
    text = unicodedata.normalize("NFKC", given).strip()
    if _SYMBOLOGY.match(text):
        text = text[3:]
    text = text.strip(GROUP_SEPARATOR + " \t\r\n")
    if text[:8].lower().startswith(("http://", "https://")):
        return _from_address(text)
    if text.startswith("(") and not re.fullmatch(r"\(00\)[^()]*", text):
        return _from_elements(text, given, bracketed=True)
    if GROUP_SEPARATOR in text:
        return _from_elements(text, given)
    bare = _SAID_APART.sub("", text).upper()
    if bare.startswith("(00)"):
        return read_sscc(bare[4:])
    if bare.startswith("00") and len(bare) > SSCC_DIGITS + 2:  # an SSCC and more elements behind it
        return _from_elements(text, given)
    return _from_bare(bare, given)


def read_sscc(text: str) -> Number:
    """The SSCC in 18 digits. Errors: as read_number."""
    if not is_digits(text):
        raise NumberUnreadable(text)
    if len(text) != SSCC_DIGITS:
        raise WrongLength(Kind.SSCC, text, len(text), SSCC_DIGITS)
    _check(Kind.SSCC, text, SSCC_DIGITS, gs1_check_digit(text[:-1]))
    return Number(Kind.SSCC, text)


def read_s10(text: str) -> Number:
    """The S10 number in 13 characters, upper case. Errors: as read_number."""
    found = _S10.fullmatch(text)
    if not found:
        if _S10_LIKE.fullmatch(text):
            raise WrongLength(Kind.S10, text, len(text), S10_CHARS)
        raise NumberUnreadable(text)
    _check(Kind.S10, text, 11, s10_check_digit(found[2]))
    if not is_country(found[4]):
        raise NumberPartInvalid(Kind.S10, "country", found[4], "ISO 3166-1")
    return Number(Kind.S10, text)


def read_tracking(text: str) -> Number:
    """Our own number, with or without its SH, upper case. Errors: as read_number."""
    digits = text.removeprefix(TRACKING_PREFIX)
    if not is_digits(digits):
        raise NumberUnreadable(text)
    whole = TRACKING_PREFIX + digits
    if len(digits) != TRACKING_DIGITS:
        raise WrongLength(Kind.TRACKING, text, len(whole), len(TRACKING_PREFIX) + TRACKING_DIGITS)
    _check(Kind.TRACKING, whole, len(whole), damm_check_digit(digits[:-1]))
    return Number(Kind.TRACKING, whole)


def grouped(number: Number) -> str:
    """A number as people read it: `3 0641414 123456789 0` has no fixed grouping, so all go in fours from the left."""
    text = number.text
    match number.kind:
        case Kind.TRACKING:
            return " ".join((text[:2], text[2:6], text[6:10], text[10:]))
        case Kind.S10:
            return " ".join((text[:2], text[2:5], text[5:8], text[8:11], text[11:]))
        case Kind.SSCC:
            return " ".join(text[at : at + 4] for at in range(0, SSCC_DIGITS, 4))


def _check(kind: Kind, text: str, position: int, expected: str) -> None:
    found = text[position - 1]
    if found != expected:
        raise WrongCheckDigit(kind, text, found, expected, position)


def _from_bare(bare: str, given: str) -> Number:
    if is_digits(bare):
        if len(bare) == SSCC_DIGITS + 2 and bare.startswith("00"):
            return read_sscc(bare[2:])
        if len(bare) in range(11, 14):
            return read_tracking(bare)
        if len(bare) in range(16, 21):
            return read_sscc(bare)
        raise NumberUnreadable(given)
    if bare.startswith(TRACKING_PREFIX) and is_digits(bare[2:]):
        return read_tracking(bare)
    if _S10_LIKE.fullmatch(bare):
        return read_s10(bare)
    raise NumberUnreadable(given)


def _from_elements(text: str, given: str, bracketed: bool = False) -> Number:
    try:
        found = elements.parse_bracketed(text) if bracketed else elements.parse_raw(text)
    except ElementInvalid as refused:
        sscc = re.match(r"(?:\(00\)|00)(\d{18})", text, re.ASCII)
        if sscc and refused.why == "check_digit":
            return read_sscc(sscc[1])  # says which digit was expected
        raise NumberUnreadable(given) from refused
    if "00" not in found:
        raise NumberUnreadable(given)
    return read_sscc(found["00"])


def _from_address(text: str) -> Number:
    try:
        path = unquote(urlsplit(text).path)
    except ValueError as refused:
        raise NumberUnreadable(text) from refused
    sscc = re.search(r"/00/(\d{1,20})/?$", path, re.ASCII)
    if sscc:
        return read_sscc(sscc[1])
    ours = re.search(r"/t/([0-9A-Za-z]{1,20})/?$", path, re.ASCII)
    if ours:
        return _from_bare(ours[1].upper(), text)
    try:
        found = digital_link.parse(text)
    except LinkInvalid as refused:
        raise NumberUnreadable(text) from refused
    if "00" not in found:
        raise NumberUnreadable(text)
    return read_sscc(found["00"])
