"""An entry of the public log: a commitment to one fact, and nothing else.

Words       The *fact* is the ASCII canonical JSON of an event. The *salt* is 32 random bytes that stay private:
            without them nobody can guess a fact and recognise its entry.
"""

import hashlib
import re
import secrets
import struct
from functools import cache

SALT_BYTES = 32
FACT_BYTES_MAX = 16 * 1024

ENTRY_MARK = b"safehand/entry/v1\n"
ENTRY_BYTES = len(ENTRY_MARK) + 64 + 1

_RECORD_MARK = ENTRY_BYTES.to_bytes(2) + ENTRY_MARK
_RECORD_BYTES = 2 + ENTRY_BYTES
_DIGITS_ALIKE = bytes(ord("0") if chr(code) in "0123456789abcdef" else code for code in range(256))
_RECORD_ALIKE = (_RECORD_MARK + b"0" * 64 + b"\n").translate(_DIGITS_ALIKE)
_BLURRED = tuple((at, bytes([code])) for at, code in enumerate(_RECORD_MARK) if chr(code) in "0123456789abcdef")

_LEAF = hashlib.sha256(b"\x00")
_ENTRY = re.compile(re.escape(ENTRY_MARK) + rb"[0-9a-f]{64}\n")


class BadEntry(ValueError):
    """The bytes are not an entry."""


def new_salt() -> bytes:
    """A salt for one fact; never used for a second one."""
    return secrets.token_bytes(SALT_BYTES)


def entry_of(salt: bytes, fact: bytes) -> bytes:
    """The public entry of a fact.

    Shapes
        salt  32 bytes.
        fact  1..16 384 bytes.
        ->    83 bytes: the mark, 64 hex digits of SHA-256(salt + fact), a newline.
    Errors
        ValueError  a size is wrong: the caller is broken.
    """
    if len(salt) != SALT_BYTES or not 0 < len(fact) <= FACT_BYTES_MAX:
        raise ValueError(f"salt {len(salt)} B, fact {len(fact)} B")
    return ENTRY_MARK + hashlib.sha256(salt + fact).hexdigest().encode() + b"\n"


def check_entry(entry: bytes) -> None:
    """Refuse anything that is not exactly an entry.

    Errors
        BadEntry  another length, mark, or alphabet.
    """
    if not _ENTRY.fullmatch(entry):
        raise BadEntry("not in the form of an entry: mark, 64 hex digits, newline")


def bundle_holds_entries(raw: bytes, width: int) -> bool:
    """Whether a bundle is exactly `width` entries, each in its form.

    All at once, as this is on the way of every verification: every hex digit is turned into the same one, and what
    is left must be one record, `width` times. That blurs some letters of the mark too; those are then compared as
    columns, one letter of all records in a slice.
    """
    alike, columns = _bundle_alike(width)
    return raw.translate(_DIGITS_ALIKE) == alike and all(raw[at::_RECORD_BYTES] == letters for at, letters in columns)


def bundle_leaf_hashes(raw: bytes) -> list[bytes]:
    """The leaf hashes of a bundle for which `bundle_holds_entries` is true.

    Cost
        As much as hashing its entries one by one, or a little less: the bundle is taken apart in one call.
    """
    leaves: list[bytes] = []
    add, copy = leaves.append, _LEAF.copy
    for entry in _entries(len(raw) // _RECORD_BYTES).unpack(raw):
        hashing = copy()
        hashing.update(entry)
        add(hashing.digest())
    return leaves


@cache
def _bundle_alike(width: int) -> tuple[bytes, tuple[tuple[int, bytes], ...]]:
    """What a right bundle becomes when its digits are made alike, and the columns that are blurred by that."""
    return _RECORD_ALIKE * width, tuple((at, letter * width) for at, letter in _BLURRED)


@cache
def _entries(count: int) -> struct.Struct:
    return struct.Struct(f"2x{ENTRY_BYTES}s" * count)
