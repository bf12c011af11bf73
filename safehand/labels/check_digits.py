"""Check digits: three arithmetics that tell a misread number. Pure; digits in, a digit out."""

from itertools import cycle

_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
# Damm's totally anti-symmetric quasigroup of order 10: row is the digit carried, column the next digit.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def is_digits(text: str) -> bool:
    """Whether `text` is one or more of 0 to 9; str.isdigit would take other scripts' digits and superscripts."""
    return text.isascii() and text.isdigit()


def gs1_check_digit(payload: str) -> str:
    """The digit that ends a GS1 number (SSCC, GTIN, GLN ...).

    Shapes
        payload  the digits before it, any number of them.
    Errors
        ValueError  something else than digits: the caller is broken.
    Source
        GS1 General Specifications 7.9.1: weights 3, 1, 3 ... from the right, modulo 10.
        Every wrong digit is found; a swap of neighbours that differ by 5 is not.
    """
    _digits_only(payload)
    total = sum(int(digit) * weight for digit, weight in zip(reversed(payload), cycle((3, 1)), strict=False))
    return str(-total % 10)


def s10_check_digit(serial: str) -> str:
    """The ninth digit of a UPU S10 number.

    Shapes
        serial  8 digits.
    Errors
        ValueError  not 8 digits: the caller is broken.
    Source
        UPU S10-12: weights 8 6 4 2 3 5 9 7, 11 minus the remainder by 11; 10 becomes 0 and 11 becomes 5.
    """
    _digits_only(serial)
    if len(serial) != len(_S10_WEIGHTS):
        raise ValueError(f"{len(serial)} digits")
    left = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: "0", 11: "5"}.get(left, str(left))


def damm_check_digit(payload: str) -> str:
    """The digit that ends our own tracking number.

    Shapes
        payload  the digits before it, any number of them.
    Errors
        ValueError  something else than digits: the caller is broken.
    Source
        H. M. Damm, 2004: finds every wrong digit and every swap of neighbours, with digits alone
        (a check letter, as ISO 7064 may need, cannot be typed on a telephone).
    """
    _digits_only(payload)
    carried = 0
    for digit in payload:
        carried = int(_DAMM[carried][int(digit)])
    return str(carried)


def _digits_only(text: str) -> None:
    if not is_digits(text):
        raise ValueError("digits only")
