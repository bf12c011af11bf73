"""Canonical bytes: one value, one sequence of bytes, so that a hash means something.

The values are restricted to what orjson and RFC 8785 write alike: no floats, no integers beyond
2**53 - 1, keys and strings in printable ASCII. Within that, sorted orjson equals RFC 8785
(`tests/kernel/test_canonical.py` proves it) and is more than ten times as fast.
"""

from collections.abc import Iterable, Mapping

import orjson

INT_MAX = 2**53 - 1
DEPTH_MAX = 8

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_PLAIN = frozenset({str, int, bool, type(None)})
_UNESCAPED = bytes(byte for byte in range(0x20, 0x7F) if byte != 0x5C)
"""What strings of printable ASCII are written in, as long as they hold no quote and no backslash."""

type Canonical = str | int | bool | list[Canonical] | Mapping[str, Canonical] | None


class NotCanonical(ValueError):
    """The value, or the bytes, have no canonical form. A caller that reads from outside turns it into a refusal."""


def canonical_bytes(value: Mapping[str, Canonical]) -> bytes:
    """The one ASCII JSON form of `value`.

    Errors
        NotCanonical  a float, a large integer, a character outside printable ASCII, a nesting
                      deeper than 8.
    Source
        RFC 8785 (JSON Canonicalization Scheme), for the values allowed here.
    """
    for item in value.values():
        if type(item) not in _PLAIN:
            _check_type(item, DEPTH_MAX - 1)
    try:
        raw = orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:  # also what orjson raises for itself: a large integer, a lone surrogate
        raise NotCanonical(str(error)) from None
    if raw.translate(None, _UNESCAPED):
        _check_strings(value)
    return raw


def parse_canonical(raw: bytes) -> dict[str, Canonical]:
    """Read bytes that must already be canonical; anything that would be written differently is refused.

    Errors
        NotCanonical  not JSON, not an object, or not the canonical form of what it says.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise NotCanonical(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise NotCanonical("not an object")
    if canonical_bytes(value) != raw:
        raise NotCanonical("not in canonical form: sort the keys, leave out spaces, use plain ASCII")
    return value


def _check_type(value: object, depth: int) -> None:
    """Objects, lists, strings, integers, booleans and None, not nested too deep. Plain values are not even asked."""
    if isinstance(value, list | tuple):
        items: Iterable[object] = value
    elif isinstance(value, dict):
        items = value.values()
    elif isinstance(value, str | int):  # an enumeration's word
        return
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical form")
    if depth < 0:
        raise NotCanonical(f"nested deeper than {DEPTH_MAX}")
    for item in items:
        if type(item) not in _PLAIN:
            _check_type(item, depth - 1)


def _check_strings(value: object) -> None:
    """Every string in printable ASCII."""
    if isinstance(value, str):
        if not value.isascii() or not value.isprintable():
            raise NotCanonical("a string holds a character outside printable ASCII")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_strings(key)
            _check_strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_strings(item)
