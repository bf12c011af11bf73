"""Other carriers' numbers: whose a number on a foreign label may be, and why it is not what somebody says it is.

A parcel of ours is never found by one of these alone: many have no check digit, and some are right for two carriers at
once. They tell a depot where an unexpected parcel comes from, and keep a mistyped reference out of a manifest.

Source: what carriers print on their labels, as collected in jkeen/tracking_number_data (MIT); a test holds the table to
its examples. UPU S10 and GS1 numbers, which others use too, are in numbers.py.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from safehand.labels.check_digits import gs1_check_digit
from safehand.labels.errors import ForeignNumberUnknown, ForeignShape, WrongCheckDigit

GIVEN_CHARS_MAX = 120
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SAID_APART = re.compile(r"[\s.·_-]+")
_ZIP = r"(?:420\d{5}(?:\d{4})?)?"  # US posts put the place before the number

type Arithmetic = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ForeignFormat:
    """One format of one carrier's numbers.

    Shapes
        shape       of the number without blanks, in capitals; `body` is what its `check` character is reckoned from.
        arithmetic  body to check character; None where the number has none.
        lead        what is reckoned before the body and is not printed.
    """

    name: str
    courier: str
    shape: re.Pattern[str]
    arithmetic: Arithmetic | None = None
    lead: str = ""

    @property
    def said(self) -> str:
        """Its shape, as an error tells it: a regular expression, which those who mend manifests can read."""
        return re.sub(r"\?P<\w+>|\?:", "", self.shape.pattern)

    def read(self, given: str) -> str:
        """The number in its one form.

        Errors
            ForeignShape     it is not of this format.
            WrongCheckDigit  it is, and its check character is another than the rest asks for.
        """
        text = bare(given)
        found = self.shape.fullmatch(text)
        if not found:
            raise ForeignShape(self.name, given, self.said)
        if self.arithmetic is not None:
            expected = self.arithmetic(self.lead + found["body"])
            if found["check"] != expected:
                raise WrongCheckDigit(self.name, text, found["check"], expected, found.start("check") + 1)
        return text


@dataclass(frozen=True, slots=True)
class ForeignNumber:
    """A number that fits a format."""

    format: str
    courier: str
    text: str


def bare(given: str) -> str:
    """The number as it is compared: capitals, nothing between them."""
    return _SAID_APART.sub("", unicodedata.normalize("NFKC", given[:GIVEN_CHARS_MAX])).upper()


def read_as(format: str, given: str) -> ForeignNumber:
    """What `given` says as a number of that format.

    Errors
        ForeignShape, WrongCheckDigit  as ForeignFormat.read; of a format that is not known, nothing is the shape.
    """
    known = FORMATS.get(format)
    if known is None:
        raise ForeignShape(format, given, ", ".join(FORMATS))
    return ForeignNumber(known.name, known.courier, known.read(given))


def recognised(given: str) -> tuple[ForeignNumber, ...]:
    """Every carrier's number that it can be; those with a check digit first.

    Errors
        ForeignNumberUnknown  it is none.
    """
    found: list[ForeignNumber] = []
    for known in sorted(FORMATS.values(), key=lambda known: known.arithmetic is None):
        try:
            found.append(read_as(known.name, given))
        except (ForeignShape, WrongCheckDigit):
            continue
    if not found:
        raise ForeignNumberUnknown(given)
    return tuple(found)


def _modulo_7(body: str) -> str:
    return str(int(body) % 7)


def _doubled(body: str) -> str:
    """UPS, OnTrac: every second one twice, from the left; letters count by their place, A is 2."""
    values = (int(char) if char.isdigit() else (ord(char) - 3) % 10 for char in body)
    return str(-sum(value * (1 + at % 2) for at, value in enumerate(values)) % 10)


def _weighted(body: str) -> str:
    """FedEx: 1, 3, 7 from the right, modulo 11, then 10."""
    return str(sum(int(digit) * (1, 3, 7)[at % 3] for at, digit in enumerate(reversed(body))) % 11 % 10)


def _luhn(body: str) -> str:
    doubled = (int(digit) * 2 if at % 2 == 0 else int(digit) for at, digit in enumerate(reversed(body)))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def _modulo_37_36(body: str) -> str:
    """DPD. Source: ISO/IEC 7064, hybrid system MOD 37,36."""
    carried = 36
    for char in body:
        carried = (carried + _LETTERS.index(char)) % 36 or 36
        carried = carried * 2 % 37
    return _LETTERS[(37 - carried) % 36]


def _format(name: str, shape: str, arithmetic: Arithmetic | None = None, lead: str = "") -> ForeignFormat:
    return ForeignFormat(name, _COURIERS[name.partition("_")[0]], re.compile(shape, re.ASCII), arithmetic, lead)


_COURIERS = {
    "amazon": "Amazon", "canada": "Canada Post", "canpar": "Canpar", "dhl": "DHL", "dpd": "DPD", "fedex": "FedEx",
    "gofo": "GOFO Express", "landmark": "Landmark Global", "lasership": "LaserShip", "old": "Old Dominion",
    "ontrac": "OnTrac", "purolator": "Purolator", "speedee": "Spee-Dee", "ups": "UPS", "usps": "USPS",
    "yodel": "Yodel", "yunexpress": "YunExpress",
}  # fmt: skip

_ALL = (
    _format("amazon_logistics", r"TB[ACM]\d{12}"),
    _format("canada_post", r"(?P<body>\d{15})(?P<check>\d)", gs1_check_digit),
    _format("canpar_22", r"[CDKLSUXZ]\d{21}"),
    _format("dhl_express", r"(?P<body>\d{9,10})(?P<check>\d)", _modulo_7),
    _format("dhl_ecommerce", r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)\d{10,39}"),
    _format("dhl_ecommerce_14", r"\d{14}"),
    _format("dpd", r"(?P<body>\d{27})(?P<check>[0-9A-Z])", _modulo_37_36),
    _format("dpd_14", r"(?P<body>\d{14})(?P<check>[0-9A-Z])", _modulo_37_36),
    _format("fedex_12", r"(?P<body>\d{11})(?P<check>\d)", _weighted),
    _format("fedex_34", r"1[01]\d{18}(?P<body>\d{13})(?P<check>\d)", _weighted),
    _format("fedex_astra_32", r"\d{16}(?P<body>\d{11})(?P<check>\d)\d{4}", _weighted),
    _format("fedex_ground", r"(?P<body>\d{14})(?P<check>\d)", gs1_check_digit),
    _format("fedex_ground_sscc_18", r"(?P<body>\d{17})(?P<check>\d)", gs1_check_digit),
    _format("fedex_ground_96", r"96\d{5}(?P<body>\d{14})(?P<check>\d)", gs1_check_digit),
    _format("fedex_ground_gsn", r"96\d{18}(?P<body>\d{13})(?P<check>\d)", _weighted),
    _format("gofo_us", r"GFUS\d{14}"),
    _format("landmark_global", r"LTN\d{8}N1"),
    _format("lasership_lx", r"L[A-Z][12]\d{7}"),
    _format("lasership_1ls7", r"1LS7[12]\d{10}"),
    _format("lasership_1ls7_18", r"1LS7[12]\d{2}01[1-4]\d{6}1"),
    _format("old_dominion", r"(?P<body>(?:77[78]|780|072)\d{7})(?P<check>\d)", _luhn),
    _format("old_dominion_guaranteed_shipment", r"(?P<body>80\d{8})(?P<check>\d)", _luhn),
    _format("ontrac_c", r"C(?P<body>\d{13})(?P<check>\d)", _doubled, "4"),
    _format("ontrac_d", r"D(?P<body>\d{13})(?P<check>\d)", _doubled, "5"),
    _format("purolator_numeric", r"(?P<body>[0-5]\d{10})(?P<check>\d)", _luhn),
    _format("purolator_alpha", r"[A-Z]{3}\d{9}"),
    _format("speedee", r"SP\d{18}"),
    _format("ups", r"1Z(?P<body>[0-9A-Z]{15})(?P<check>\d)", _doubled),
    _format("ups_waybill", r"[A-Z](?P<body>\d{9})(?P<check>\d)", _doubled),
    _format("usps_20", r"(?P<body>\d{19})(?P<check>\d)", gs1_check_digit),
    _format("usps_legacy", _ZIP + r"(?:91)?(?P<body>\d{19})(?P<check>\d)", gs1_check_digit, "91"),
    _format("usps_impb_n", _ZIP + r"(?P<body>9[45]\d{19})(?P<check>\d)", gs1_check_digit),
    _format("usps_impb_c", _ZIP + r"(?P<body>9[23](?:\d{19}|\d{23}))(?P<check>\d)", gs1_check_digit),
    _format("yodel", r"JJ?D\d{16}"),
    _format("yunexpress", r"YT\d{16}"),
)  # fmt: skip
FORMATS: Mapping[str, ForeignFormat] = MappingProxyType({known.name: known for known in _ALL})
