"""EPC names of things (`urn:epc:id:sscc:0614141.1234567890`), as EPCIS documents and readers of radio tags tell them.

The same key stands in an EPC and in an element string, cut differently: an EPC sets the company prefix apart, has no
check digit, and moves what leads the number (a GTIN's indicator, an SSCC's extension) behind the prefix. So an EPC says
all that elements say; the way back has to be told how long the prefix is, which no label shows.

Source: GS1 EPC Tag Data Standard 2.1, sections 6 and 7. A `%` that escapes nothing is taken as itself, as others do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

from safehand.labels import elements
from safehand.labels.check_digits import gs1_check_digit, is_digits
from safehand.labels.errors import EpcInvalid

EPC_CHARS_MAX = 200
PREFIX_DIGITS = range(6, 13)
ANY = "*"
"""In the place of a serial: a pattern, which stands for every thing of its class."""

_NAME = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):(.+)", re.DOTALL)
_ESCAPED = '"%&/<>?#'


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme of EPCs, and the element string that says the same.

    Shapes
        key     the application identifier of the key.
        digits  of prefix and reference together; None where the reference may be letters, up to 30 in all.
        leads   the reference's first digit stands before the prefix in the key.
        zero    a 0 stands before the key.
        serial  the identifier of the serial, the key's own where it stands behind the check digit; None without one.
        most    characters of a serial.
    """

    name: str
    key: str
    digits: int | None
    leads: bool = False
    zero: bool = False
    serial: str | None = None
    most: int = 0

    @property
    def appended(self) -> bool:
        """Whether the serial belongs to the key's own value."""
        return self.serial == self.key


_ALL = (
    Scheme("sgtin", "01", 13, leads=True, serial="21", most=20),
    Scheme("lgtin", "01", 13, leads=True, serial="10", most=20),
    Scheme("upui", "01", 13, leads=True, serial="235", most=28),
    Scheme("itip", "8006", 13, leads=True, serial="21", most=20),
    Scheme("sscc", "00", 17, leads=True),
    Scheme("sgln", "414", 12, serial="254", most=20),
    Scheme("pgln", "417", 12),
    Scheme("grai", "8003", 12, zero=True, serial="8003", most=16),
    Scheme("gdti", "253", 12, serial="253", most=17),
    Scheme("sgcn", "255", 12, serial="255", most=12),
    Scheme("gsrn", "8018", 17),
    Scheme("gsrnp", "8017", 17),
    Scheme("gsin", "402", 16),
    Scheme("giai", "8004", None),
    Scheme("ginc", "401", None),
    Scheme("cpi", "8010", None, serial="8011", most=12),
)
SCHEMES: Mapping[str, Scheme] = MappingProxyType({scheme.name: scheme for scheme in _ALL})
_LETTERS_MOST = 30
_PATTERNED = frozenset({"sgtin", "upui", "itip", "sgln", "grai", "gdti", "sgcn", "cpi"})
_CLASS = "lgtin"
_NO_EXTENSION = "0"  # of an SGLN: the place as a whole


@dataclass(frozen=True, slots=True)
class Epc:
    """An EPC, taken apart.

    Shapes
        of      an ITIP's piece and total, two digits each; else empty.
        serial  ANY in a pattern; None where the scheme has none.
    """

    scheme: Scheme
    prefix: str
    reference: str
    of: str = ""
    serial: str | None = None

    def told_in_elements(self) -> dict[str, str]:
        """The element string that says the same: identifier to value.

        Errors
            ElementInvalid  a value breaks its rule.
        """
        scheme, serial = self.scheme, self.serial if self.serial != ANY else None
        value = self.prefix + self.reference
        if scheme.digits is not None:
            if scheme.leads:
                value = self.reference[0] + self.prefix + self.reference[1:]
            value = ("0" if scheme.zero else "") + value + gs1_check_digit(value) + self.of
        if scheme.appended:
            value += serial or ""
        found: dict[str, str] = {}
        elements.add_value(found, scheme.key, value)
        if serial and scheme.serial and not scheme.appended and (scheme.name, serial) != ("sgln", _NO_EXTENSION):
            elements.add_value(found, scheme.serial, serial)
        return found

    @property
    def name(self) -> str:
        """Its one form."""
        kind = "class" if self.scheme.name == _CLASS else "idpat" if self.serial == ANY else "id"
        parts = [self.prefix, _escaped(self.reference), *([self.of[:2], self.of[2:]] if self.of else [])]
        if self.serial is not None:
            parts.append(self.serial if self.serial == ANY else _escaped(self.serial))
        return f"urn:epc:{kind}:{self.scheme.name}:{'.'.join(parts)}"


def read_epc(name: str) -> Epc:
    """An EPC's parts.

    Shapes
        name  `urn:epc:id:...`; of a class `urn:epc:idpat:...`, `urn:epc:class:lgtin:...`; up to EPC_CHARS_MAX.
    Errors
        EpcInvalid      it is no EPC of a scheme that is known here; says which rule it breaks.
        ElementInvalid  a part breaks the rule of its application identifier.
    """
    found = _NAME.fullmatch(name) if len(name) <= EPC_CHARS_MAX else None
    if not found:
        raise EpcInvalid(name, "form")
    kind, told, rest = found.groups()
    scheme = SCHEMES.get(told)
    if scheme is None or (kind == "class") != (told == _CLASS) or (kind == "idpat" and told not in _PATTERNED):
        raise EpcInvalid(name, "scheme")
    parts = rest.split(".", 1 + (scheme.serial is not None) + 2 * (told == "itip"))
    if len(parts) != 2 + (scheme.serial is not None) + 2 * (told == "itip"):
        raise EpcInvalid(name, "parts")
    serial = unquote(parts[-1]) if scheme.serial is not None else None
    if kind == "idpat" and serial != ANY:
        raise EpcInvalid(name, "pattern")
    return _held(Epc(scheme, parts[0], unquote(parts[1]), "".join(parts[2:4]) if told == "itip" else "", serial), name)


def epc_of(found: Mapping[str, str], prefix_digits: int) -> Epc:
    """The EPC of an element string, such as a Digital Link says; one without its serial is a pattern.

    Shapes
        prefix_digits  how long the company prefix is, 6 .. 12: it is the company's, and on no label.
    Errors
        EpcInvalid  there is no EPC of these, or the prefix cannot be so long.
    """
    shown = " ".join(f"({identifier}){value}" for identifier, value in found.items())
    if prefix_digits not in PREFIX_DIGITS:
        raise EpcInvalid(shown, "prefix_length")
    scheme = next((scheme for scheme in _ALL if _goes(scheme, found)), None)
    if scheme is None:
        raise EpcInvalid(shown, "scheme")
    value, of = found[scheme.key], ""
    serial = ANY if scheme.serial and scheme.name in _PATTERNED else None
    if scheme.digits is not None:
        body = value[1:] if scheme.zero else value
        rest = body[scheme.digits + 1 :]
        if scheme.name == "itip":
            of, rest = rest, ""
        elif scheme.appended and rest:
            serial = rest
        value = body[: scheme.digits]
    if scheme.leads:
        value = value[1 : prefix_digits + 1] + value[0] + value[prefix_digits + 1 :]
    if scheme.serial and not scheme.appended:
        serial = found.get(scheme.serial, _NO_EXTENSION if scheme.name == "sgln" else ANY)
    return _held(Epc(scheme, value[:prefix_digits], value[prefix_digits:], of, serial), shown)


def _goes(scheme: Scheme, found: Mapping[str, str]) -> bool:
    if scheme.key not in found:
        return False
    if scheme.key != "01":
        return True
    told = [name for name in ("21", "235", "10") if name in found]
    return scheme.serial == (told[0] if told else "21")


def _held(epc: Epc, name: str) -> Epc:
    """The same, held to its scheme's lengths."""
    scheme = epc.scheme
    if not is_digits(epc.prefix) or len(epc.prefix) not in PREFIX_DIGITS:
        raise EpcInvalid(name, "prefix_length")
    if epc.of and not (is_digits(epc.of) and len(epc.of) == 4):
        raise EpcInvalid(name, "piece")
    if scheme.digits is not None:
        if epc.reference and not is_digits(epc.reference):
            raise EpcInvalid(name, "digits")
        if len(epc.prefix) + len(epc.reference) != scheme.digits:
            raise EpcInvalid(name, "length")
    elif not epc.reference or len(epc.prefix) + len(epc.reference) > _LETTERS_MOST:
        raise EpcInvalid(name, "length")
    if scheme.serial is not None and epc.serial != ANY and not 1 <= len(epc.serial or "") <= scheme.most:
        raise EpcInvalid(name, "serial")
    epc.told_in_elements()  # each value is held to the rule of its application identifier
    return epc


def _escaped(text: str) -> str:
    return "".join(f"%{ord(char):02X}" if char in _ESCAPED else char for char in text)
