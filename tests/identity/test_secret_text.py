"""Secrets in writing."""

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.identity.secret_text import (
    CODE_CHARS_MAX,
    CODE_SHAPE,
    KEY_SHAPE,
    LINK_SHAPE,
    RECOVERY_CHARS,
    SESSION_SHAPE,
    key_is_whole,
    new_code,
    new_key,
    new_link_token,
    new_recovery_code,
    new_session_token,
    read_code,
    read_recovery_code,
    secret_hash,
)
from safehand.kernel.ids import ALPHABET
from tests.asvs import asvs


@asvs("7.2.2", "7.2.3")
@pytest.mark.parametrize(
    ("make", "shape"), [(new_session_token, SESSION_SHAPE), (new_link_token, LINK_SHAPE), (new_key, KEY_SHAPE)]
)
def test_whatever_is_made_has_its_shape_and_is_made_once(make: Callable[[], str], shape: re.Pattern[str]) -> None:
    made = [make() for _ in range(2_000)]
    assert all(shape.fullmatch(secret) for secret in made)
    assert len(set(made)) == len(made)


@asvs("6.5.4")
def test_every_code_can_be_read() -> None:
    made = [new_code() for _ in range(2_000)]
    assert all(read_code(code) == code.replace("-", "") for code in made)
    assert len(set(made)) == len(made)


@asvs("7.2.3", "11.5.1")
def test_every_bit_of_a_key_is_drawn() -> None:
    """52 characters hold 260 bits: the first may show one bit only, all others all five."""
    bodies = [new_key()[4:56] for _ in range(2_000)]
    assert {body[0] for body in bodies} == {"0", "1"}
    assert all({body[place] for body in bodies} == set(ALPHABET) for place in range(1, 52))


@given(st.integers(4, 61), st.sampled_from(ALPHABET))
def test_one_wrong_character_makes_a_key_mistyped(place: int, character: str) -> None:
    key = new_key()
    typed = key[:place] + character + key[place + 1 :]
    assert key_is_whole(typed) == (typed == key)


@given(st.integers(4, 60))
def test_two_characters_in_the_wrong_order_make_a_key_mistyped(place: int) -> None:
    key = new_key()
    typed = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
    assert key_is_whole(typed) == (typed == key)


@pytest.mark.parametrize("decoration", ["0", "\n", " ", "="])
def test_a_key_cut_or_decorated_is_not_whole(decoration: str) -> None:
    key = new_key()
    assert key_is_whole(key)
    for typed in (key[:-1], key[4:], key.upper(), key + decoration, decoration + key, ""):
        assert not key_is_whole(typed)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_keys_and_codes(text: str) -> None:
    assert key_is_whole(text) in {True, False}
    code = read_code(text)
    assert code is None or CODE_SHAPE.fullmatch(code)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ABCD-1234", "ABCD1234"),
        ("abcd1234", "ABCD1234"),
        (" ab cd - 12 34 ", "ABCD1234"),
        ("OILO-oilo", "01100110"),
        ("ABCD-123", None),
        ("ABCD-12345", None),
        ("ABCD-123U", None),  # U is no letter of the alphabet, so that no code spells a word
        ("ABCD_1234", None),
        ("ABCD-123\u0664", None),  # an Arabic 4
        ("\uff21BCD1234", None),  # a full-width A
        ("ı" * 8, None),
        (" " * CODE_CHARS_MAX + "ABCD1234", None),
        ("", None),
    ],
)
def test_a_code_is_read_as_it_was_meant(typed: str, meant: str | None) -> None:
    assert read_code(typed) == meant


@given(st.integers(0, 2**40 - 1), st.booleans(), st.booleans())
def test_a_code_survives_being_read_out(number: int, small: bool, dashed: bool) -> None:
    code = "".join(ALPHABET[(number >> shift) & 31] for shift in range(35, -1, -5)).upper()
    typed = f"{code[:4]}-{code[4:]}" if dashed else code
    assert read_code(typed.lower() if small else typed) == code


def test_a_hash_for_one_purpose_is_none_for_another() -> None:
    assert len({secret_hash(purpose, "s") for purpose in ("session", "link", "setup", "api-key")}) == 4
    assert len(secret_hash("session", "s")) == 32


@asvs("6.5.2", "6.5.4")
def test_a_recovery_code_is_so_long_that_a_plain_hash_may_keep_it() -> None:
    codes = [read_recovery_code(new_recovery_code()) or "" for _ in range(200)]

    assert len(set(codes)) == 200
    assert RECOVERY_CHARS * math.log2(len(ALPHABET)) >= 112
    assert all(len({code[place] for code in codes}) >= 20 for place in range(RECOVERY_CHARS))
    assert read_recovery_code(codes[0][:-1]) is None
