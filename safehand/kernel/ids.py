"""Opaque ids: a prefix that says what it is, then 128 bits that say nothing.

The first 48 bits are the creation time in milliseconds, so that new rows land at the end of an index;
the other 80 are random. 26 characters of Crockford's base 32, as in the ULID specification, in lower case.
"""

import re
import secrets
from typing import NewType

ParcelId = NewType("ParcelId", str)
AggregateId = NewType("AggregateId", ParcelId)
"""A cage or a bag is in somebody's hands as a parcel is: what is told of a parcel is told of it."""
ShipmentId = NewType("ShipmentId", str)
PartyId = NewType("PartyId", str)
PersonId = NewType("PersonId", PartyId)
"""A person may hold a parcel: then the person is the party."""
PlaceId = NewType("PlaceId", str)
DeviceId = NewType("DeviceId", str)
UserId = NewType("UserId", str)
ExceptionId = NewType("ExceptionId", str)
LicenceId = NewType("LicenceId", str)
CertificateId = NewType("CertificateId", str)

PARCEL, AGGREGATE, SHIPMENT, PARTY, PERSON = "pcl", "agg", "shp", "pty", "per"
PLACE, DEVICE, USER, EXCEPTION = "plc", "dev", "usr", "exc"
LICENCE, CERTIFICATE = "lic", "crt"

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SHAPE = re.compile(r"[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}")
_RANDOM_BITS = 80


def new_id(prefix: str, now_ms: int) -> str:
    """A fresh id: `prefix`, an underscore, 26 characters.

    Shapes
        prefix  three lower-case letters.
        now_ms  0 .. 2**48 - 1, milliseconds since 1970 UTC.
    Source
        ULID specification (layout and alphabet), written in lower case.
    """
    return f"{prefix}_{_base32((now_ms << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS))}"


def derived_id(prefix: str, digest: bytes) -> str:
    """The id that follows from a hash: the same digest always gives the same id.

    Shapes
        digest  at least 16 bytes; the first 16 are used.
    """
    return f"{prefix}_{_base32(int.from_bytes(digest[:16]))}"


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` is an id of this kind; anything else is not to be looked up."""
    return text.startswith(prefix + "_") and _SHAPE.fullmatch(text) is not None


def _base32(number: int) -> str:
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
