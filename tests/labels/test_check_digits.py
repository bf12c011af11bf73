from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.check_digits import damm_check_digit, gs1_check_digit, s10_check_digit

digits = st.text("0123456789", min_size=1, max_size=20)


def missed(check_digit: Callable[[str], str], payload: str) -> list[str]:
    """The misreadings of one number that its check digit lets through: a wrong digit, or two neighbours swapped."""
    number = payload + check_digit(payload)
    wrong = [number[:at] + other + number[at + 1 :] for at in range(len(number)) for other in "0123456789"]
    swapped = [number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(len(number) - 1)]
    return [misread for misread in wrong + swapped if misread != number and check_digit(misread[:-1]) == misread[-1]]


@given(digits)
def test_no_wrong_digit_and_no_swap_gets_past_the_check_digit_of_a_tracking_number(payload: str) -> None:
    assert missed(damm_check_digit, payload) == []


def test_that_law_finds_the_swap_that_gs1_arithmetic_lets_through() -> None:
    assert missed(gs1_check_digit, "105") == ["150" + gs1_check_digit("105")]


@given(digits)
def test_gs1_arithmetic_finds_every_wrong_digit(payload: str) -> None:
    number = payload + gs1_check_digit(payload)
    assert all(sorted(misread) == sorted(number) for misread in missed(gs1_check_digit, payload))


@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 7), st.sampled_from("0123456789"))
def test_a_wrong_digit_of_an_s10_number_shows_but_where_two_remainders_share_a_digit(
    serial: str, at: int, other: str
) -> None:
    misread = serial[:at] + other + serial[at + 1 :]
    if misread != serial and s10_check_digit(misread) == s10_check_digit(serial):
        assert s10_check_digit(serial) in "05"  # remainders 1 and 0 borrow the digits of 11 and 6


@pytest.mark.parametrize(
    ("check_digit", "payload", "expected"),
    [
        (gs1_check_digit, "00614141123456789", "0"),
        (gs1_check_digit, "629104150021", "3"),
        (s10_check_digit, "47312482", "9"),
        (s10_check_digit, "12345678", "5"),
        (damm_check_digit, "572", "4"),
        (damm_check_digit, "43881234567", "9"),
    ],
)
def test_published_examples(check_digit: Callable[[str], str], payload: str, expected: str) -> None:
    assert check_digit(payload) == expected


@pytest.mark.parametrize("check_digit", [gs1_check_digit, s10_check_digit, damm_check_digit])
@pytest.mark.parametrize("payload", ["", "1234567x", "١٢٣٤٥٦٧٨", "²²²²²²²²"])
def test_anything_but_digits_is_the_callers_mistake(check_digit: Callable[[str], str], payload: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        check_digit(payload)


def test_an_s10_serial_has_eight_digits() -> None:
    with pytest.raises(ValueError, match="7 digits"):
        s10_check_digit("1234567")
