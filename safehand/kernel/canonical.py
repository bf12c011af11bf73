"""Canonical bytes: one value, one sequence of bytes, so that a hash means something.

The values are restricted to what orjson and RFC 8785 write alike: no floats, no integers beyond
2**53 - 1, keys and strings in printable ASCII. Within that, sorted orjson equals RFC 8785
(`tests/kernel/test_canonical.py` proves it) and is more than ten times as fast.
"""

from collections.abc import Mapping

import orjson

INT_MAX = 2**53 - 1
DEPTH_MAX = 8

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
    _check(value, DEPTH_MAX)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


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


def _check(value: object, depth: int) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii() or not value.isprintable():
            raise NotCanonical("a string holds a character outside printable ASCII")
    elif isinstance(value, int):
        if not -INT_MAX <= value <= INT_MAX:
            raise NotCanonical("an integer is beyond 2**53 - 1")
    elif depth == 0:
        raise NotCanonical(f"nested deeper than {DEPTH_MAX}")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotCanonical("a key is not a string")
            _check(key, depth)
            _check(item, depth - 1)
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical form")
