"""GS1 Digital Link: a web address that names the same thing as a barcode does, so that any phone can read a label.

Taken are uncompressed addresses: a primary key in the path, its qualifiers in order, attributes in the query.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from safehand.labels import elements
from safehand.labels.check_digits import is_digits
from safehand.labels.errors import ElementInvalid, LinkInvalid

LINK_CHARS_MAX = 2_048
ORIGIN_CHARS_MAX = 64  # keeps the symbol at 41 modules a side or fewer, so that it stays coarse enough to print

# Primary keys, and the qualifiers that may follow each, in order (alternatives apart).
_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "00": ((),),
    "01": (("22", "10", "21"), ("235",)),
    "253": ((),),
    "255": ((),),
    "401": ((),),
    "402": ((),),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "417": (("7040",),),
    "8003": ((),),
    "8004": (("7040",),),
    "8006": (("22", "10", "21"),),
    "8010": (("8011",),),
    "8013": ((),),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
_GTIN_DIGITS = 14
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?P<port>:[0-9]{1,5})?/?", re.ASCII | re.IGNORECASE
)
_ADDRESS_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_HOST = re.compile(r"[A-Za-z0-9.\-_~:\[\]@]+")


def make(origin: str, sscc: str) -> str:
    """The address that a label's QR Code carries: `https://parcels.example/00/<sscc>`.

    Shapes
        origin  a web origin (`https://parcels.example`, `http://127.0.0.1:8000`), up to 64 characters;
                a bare host means https.
        sscc    18 digits, known to be right.
    Errors
        LinkInvalid  the origin is something else.
    Source
        GS1 Digital Link Standard: URI Syntax 1.4, section 4.
    """
    return f"{web_origin(origin)}/00/{sscc}"


def web_origin(origin: str) -> str:
    """The origin in its one form; a bare host means https.

    Errors
        LinkInvalid  it is something else, or longer than ORIGIN_CHARS_MAX.
    """
    whole = origin if "://" in origin else f"https://{origin}"
    found = _ORIGIN.fullmatch(whole)
    if len(whole) > ORIGIN_CHARS_MAX or not found or ".." in found["host"]:
        raise LinkInvalid(origin, "origin")
    return f"{found['scheme'].lower()}://{found['host'].lower()}{found['port'] or ''}"


def parse(address: str) -> dict[str, str]:
    """What a Digital Link says: identifier to value, key first, then qualifiers, then attributes.

    Shapes
        address  up to 2 048 characters of a web address, any host; a GTIN in the path may lack its leading zeros.
    Errors
        LinkInvalid  it is no Digital Link, or a value breaks its rule.
    Source
        GS1 Digital Link Standard: URI Syntax 1.4, section 4.
    """
    if len(address) > LINK_CHARS_MAX or not _ADDRESS_CHARACTERS.fullmatch(address):
        raise LinkInvalid(address, "characters")
    try:
        parts = urlsplit(address)
    except ValueError as refused:
        raise LinkInvalid(address, "address") from refused
    if parts.scheme.lower() not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        raise LinkInvalid(address, "address")
    try:
        found = _path(parts.path.split("/")[1:], address)
        _query(parts.query, found, address)
    except ElementInvalid as refused:
        raise LinkInvalid(address, refused.why) from refused
    return found


def _path(segments: list[str], address: str) -> dict[str, str]:
    """The key nearest to the end stands; what is before it is the owner's own business."""
    start = next((at for at in range(len(segments) - 2, -1, -2) if segments[at] in _KEYS), None)
    if start is None:
        raise LinkInvalid(address, "no_key")
    key, *qualifiers = segments[start::2]
    values = [unquote(segment, errors="replace") for segment in segments[start + 1 :: 2]]
    if not any(_in_order(qualifiers, order) for order in _KEYS[key]):
        raise LinkInvalid(address, "qualifiers")
    if key == "01" and len(values[0]) in (8, 12, 13):
        values[0] = values[0].zfill(_GTIN_DIGITS)
    found: dict[str, str] = {}
    for identifier, value in zip((key, *qualifiers), values, strict=True):
        elements.add_value(found, identifier, value)
    return found


def _in_order(qualifiers: list[str], order: tuple[str, ...]) -> bool:
    left = iter(order)
    return all(qualifier in left for qualifier in qualifiers)


def _query(query: str, found: dict[str, str], address: str) -> None:
    """Attributes are the parameters whose names are all digits; the others belong to the owner of the site."""
    for pair in re.split("[&;]", query):
        name, _, value = pair.partition("=")
        if not is_digits(name):
            continue
        if name in found:
            raise LinkInvalid(address, "repeated")
        elements.add_value(found, name, unquote(value.replace("+", " "), errors="replace"))
