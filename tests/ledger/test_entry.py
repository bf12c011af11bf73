"""Entries: a commitment and nothing else, in one form."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.ledger.entry import (
    ENTRY_BYTES,
    BadEntry,
    bundle_holds_entries,
    bundle_leaf_hashes,
    check_entry,
    entry_of,
    new_salt,
)
from safehand.ledger.merkle import leaf_hash
from safehand.ledger.tiles import encode_bundle
from tests.ledger.logs import entries_for

SALT = bytes(range(32))


def test_an_entry_is_byte_for_byte_what_is_pinned() -> None:
    fact = b'{"name":"parcel.created.v1"}'

    entry = entry_of(SALT, fact)

    assert entry == b"safehand/entry/v1\n86b7f581d9ecdc4abd39cc587e2376621634a78a06c8c196a677c02c0ecb7974\n"
    assert len(entry) == ENTRY_BYTES == 83
    check_entry(entry)


def test_equal_facts_do_not_show_in_the_log() -> None:
    assert entry_of(new_salt(), b"{}") != entry_of(new_salt(), b"{}")


@pytest.mark.parametrize(
    ("salt", "fact"), [(SALT[:31], b"{}"), (SALT + b"x", b"{}"), (SALT, b""), (SALT, b"x" * 16385)]
)
def test_wrong_sizes_are_a_broken_caller(salt: bytes, fact: bytes) -> None:
    with pytest.raises(ValueError):
        entry_of(salt, fact)


GOOD = entries_for(1)[0]
BENT = [
    b"",
    GOOD[:-1],
    GOOD + b"\n",
    GOOD[:-1] + b" ",
    b" " + GOOD[1:],
    GOOD.replace(b"v1", b"v2"),
    GOOD[:18] + GOOD[18:].upper(),
    GOOD[:18] + b"g" + GOOD[19:],
    GOOD[:18] + GOOD[17:18] + GOOD[19:],
    GOOD.replace(b"safehand", b"s0fehand"),
    GOOD.replace(b"\n", b"\r"),
]


@pytest.mark.parametrize("entry", BENT)
def test_anything_else_is_not_an_entry(entry: bytes) -> None:
    with pytest.raises(BadEntry):
        check_entry(entry)


@pytest.mark.parametrize("width", [1, 2, 255, 256])
def test_a_bundle_of_entries_is_one(width: int) -> None:
    entries = entries_for(width)

    assert bundle_holds_entries(encode_bundle(entries), width)
    assert bundle_leaf_hashes(encode_bundle(entries)) == [leaf_hash(entry) for entry in entries]


@pytest.mark.parametrize("entry", [entry for entry in BENT if entry])
def test_a_bundle_with_one_other_thing_is_none(entry: bytes) -> None:
    good = entries_for(3)
    for at in range(3):
        entries = [*good[:at], entry, *good[at + 1 :]]
        assert not bundle_holds_entries(encode_bundle(entries), 3)


@given(at=st.integers(0, 85 * 4 - 1), byte=st.integers(0, 255))
def test_the_quick_look_at_a_bundle_agrees_with_the_slow_one(at: int, byte: int) -> None:
    """Whatever single byte is put wherever, both find a bundle to be entries, or neither does."""
    raw = bytearray(encode_bundle(entries_for(4)))
    raw[at] = byte
    slow = all(raw[start : start + 2] == b"\x00\x53" for start in range(0, 340, 85))
    for start in range(2, 340, 85):
        body = bytes(raw[start : start + 83])
        slow &= body[:18] == b"safehand/entry/v1\n" and body[82:] == b"\n"
        slow &= all(chr(code) in string.digits + "abcdef" for code in body[18:82])

    assert bundle_holds_entries(bytes(raw), 4) == slow


def test_a_bundle_of_another_width_is_none() -> None:
    raw = encode_bundle(entries_for(4))

    assert not bundle_holds_entries(raw, 3)
    assert not bundle_holds_entries(raw, 5)
    assert not bundle_holds_entries(raw + b"\x00", 4)
    assert not bundle_holds_entries(raw[1:], 4)
    assert not bundle_holds_entries(b"", 1)
