"""Canonical bytes equal RFC 8785's, and what has no canonical form is refused."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.canonical import DEPTH_MAX, INT_MAX, NotCanonical, canonical_bytes, parse_canonical

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
LEAVES = st.none() | st.booleans() | st.integers(-INT_MAX, INT_MAX) | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(TEXT, VALUES, max_size=6))
def test_they_equal_rfc_8785(value: dict[str, Any]) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(st.dictionaries(TEXT, VALUES, max_size=6))
def test_they_are_read_back(value: dict[str, Any]) -> None:
    assert parse_canonical(canonical_bytes(value)) == value


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.0},
        {"a": float("nan")},
        {"a": [0.5]},
        {"a": INT_MAX + 1},
        {"a": -(2**64)},
        {"a": "ä"},
        {"ä": 1},
        {"a": "line\nbreak"},
        {"a": "\x7f"},
        {"a": "\ud800"},
        {1: "a"},
        {"a": b"bytes"},
        {"a": {1, 2}},
        nested(DEPTH_MAX + 1),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"7",
        b"{",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1e3}',
        b'{"a":"\\u0041"}',
        b"\xff",
    ],
)
def test_bytes_that_would_be_written_differently_are_refused(raw: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse_canonical(raw)
