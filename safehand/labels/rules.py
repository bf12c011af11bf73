"""What the value of an application identifier may hold, beyond length and characters. Pure; None is good, else why not.

Source: GS1 General Specifications, section 3; named as in GS1's barcode syntax dictionary where it has a name.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from safehand.labels.check_digits import gs1_check_digit
from safehand.labels.countries import NUMBERS, is_country
from safehand.labels.currencies import CURRENCIES

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LATITUDE_MOST, _LONGITUDE_MOST = 1_800_000_000, 3_600_000_000  # degrees x 10^7, counted from -90 and -180

_GS1_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_PAIR = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = tuple(n for n in range(2, 510) if all(n % less for less in range(2, 23) if less < n))  # 97 of them
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

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


def _date_of_birth(value: str) -> str | None:
    """YYYYMMDD."""
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return "date"
    return None


def _hour(value: str) -> str | None:
    return None if int(value) < 24 else "time"


def _sixty(value: str) -> str | None:
    return None if int(value) < 60 else "time"


def _currency(value: str) -> str | None:
    return None if value in CURRENCIES else "currency"


def _check_pair(value: str) -> str | None:
    """The two characters that end a model number. Source: GS1 General Specifications 7.9.5."""
    body, pair = value[:-2], value[-2:]
    if len(value) < 2 or len(body) > len(_PRIMES):
        return "check_pair"
    total = sum(_GS1_82.index(char) * prime for char, prime in zip(reversed(body), _PRIMES, strict=False)) % 1021
    return None if pair == _PAIR[total >> 5] + _PAIR[total & 31] else "check_pair"


def _not_digits_only(value: str) -> str | None:
    return "digits_only" if not value or value.isdigit() else None


def _no_leading_zero(value: str) -> str | None:
    return "leading_zero" if value.startswith("0") else None


def _winding(value: str) -> str | None:
    return None if value in ("0", "1", "9") else "winding"


def _sex(value: str) -> str | None:
    """Source: ISO/IEC 5218."""
    return None if value in ("0", "1", "2", "9") else "sex"


def _medium(value: str) -> str | None:
    return None if 1 <= int(value) <= 10 or 80 <= int(value) <= 99 else "medium"


def _importer(value: str) -> str | None:
    return None if re.fullmatch(r"[-0-9A-Z_a-z]", value) else "character"


def _package(value: str) -> str | None:
    """The form of a code of UN/ECE's recommendation 21; the list itself changes too often to be kept here."""
    return None if re.fullmatch(r"[0-9A-Z]{2,3}", value) else "package"


def _place_in_sequence(value: str) -> str | None:
    """`2/3`: no leading zeros, and not beyond the end."""
    found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", value, re.ASCII)
    return None if found and int(found[1]) <= int(found[2]) else "sequence"


def _iban(value: str) -> str | None:
    """Source: ISO 13616, modulo 97 of ISO/IEC 7064."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[0-9A-Z]+", value, re.ASCII) or not is_country(value[:2]):
        return "iban"
    turned = value[4:] + value[:4]
    return None if int("".join(str(_LETTERS.index(char)) for char in turned)) % 97 == 1 else "iban"


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
    "birth": _date_of_birth,
    "hour": _hour,
    "sixty": _sixty,
    "currency": _currency,
    "pair": _check_pair,
    "nondigit": _not_digits_only,
    "nolead": _no_leading_zero,
    "winding": _winding,
    "sex": _sex,
    "medium": _medium,
    "importer": _importer,
    "sequence": _place_in_sequence,
    "package": _package,
    "iban": _iban,
}
