"""What the value of an application identifier may hold, beyond length and characters. Pure; None is good, else why not.

Source: GS1 General Specifications, section 3; named as in GS1's barcode syntax dictionary where it has a name.
"""

import re
from collections.abc import Callable, Mapping

from safehand.labels.check_digits import gs1_check_digit
from safehand.labels.countries import NUMBERS, is_country

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LATITUDE_MOST, _LONGITUDE_MOST = 1_800_000_000, 3_600_000_000  # degrees x 10^7, counted from -90 and -180

type Rule = Callable[[str], str | None]


def _check(value: str) -> str | None:
    return None if value[-1] == gs1_check_digit(value[:-1]) else "check_digit"


def _date(value: str) -> str | None:
    return "date" if value[4:] == "00" else _date_or_month(value)


def _date_or_month(value: str) -> str | None:
    """YYMMDD; day 00 is the whole month. Two digits of year: every fourth leaps, right until 2099."""
    year, month, day = int(value[:2]), int(value[2:4]), int(value[4:])
    if not 1 <= month <= 12 or day > _DAYS[month - 1] or (month == 2 and day == 29 and year % 4):
        return "date"
    return None


def _time(value: str) -> str | None:
    return None if int(value[:2]) < 24 and int(value[2:]) < 60 else "time"


def _country_number(value: str) -> str | None:
    return None if value in NUMBERS else "country"


def _country_number_or_999(value: str) -> str | None:
    return None if value == "999" else _country_number(value)


def _country_letters(value: str) -> str | None:
    return None if is_country(value) else "country"


def _percent(value: str) -> str | None:
    return "percent_sequence" if re.search(r"%(?![0-9A-Fa-f]{2})", value) else None


def _latitude(value: str) -> str | None:
    return None if int(value) <= _LATITUDE_MOST else "latitude"


def _longitude(value: str) -> str | None:
    return None if int(value) <= _LONGITUDE_MOST else "longitude"


def _yes_no(value: str) -> str | None:
    return None if value in ("0", "1") else "yes_no"


def _hyphen(value: str) -> str | None:
    return None if value == "-" else "hyphen"


def _zero(value: str) -> str | None:
    return None if not value.strip("0") else "zero"


def _not_zero(value: str) -> str | None:
    return None if value.strip("0") else "zero"


def _piece(value: str) -> str | None:
    middle = len(value) // 2
    return None if 1 <= int(value[:middle]) <= int(value[middle:]) else "piece_of_total"


def _padding(value: str) -> str | None:
    """Base64url whose signs of padding, if it has any, fill it up to threes."""
    return "padding" if value.endswith("=") and len(value) % 3 else None


RULES: Mapping[str, Rule] = {
    "check": _check,
    "date": _date,
    "date0": _date_or_month,
    "time": _time,
    "country": _country_number,
    "country2": _country_letters,
    "country999": _country_number_or_999,
    "percent": _percent,
    "latitude": _latitude,
    "longitude": _longitude,
    "yesno": _yes_no,
    "hyphen": _hyphen,
    "zero": _zero,
    "nonzero": _not_zero,
    "piece": _piece,
    "padding": _padding,
}
