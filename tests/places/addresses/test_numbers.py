"""House numbers, as people and maps write them."""

import pytest

from safehand.places.addresses.numbers import HouseNumber, read_number, read_numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", HouseNumber(12, 12, "")),
        ("12a", HouseNumber(12, 12, "a")),
        ("12 A", HouseNumber(12, 12, "a")),
        ("12/3", HouseNumber(12, 12, "/3")),
        ("12-14", HouseNumber(12, 14, "")),
        ("12–14", HouseNumber(12, 14, "")),
        ("14-12", HouseNumber(14, 14, "-12")),
        ("1-900", HouseNumber(1, 1, "-900")),
        ("12-14b", HouseNumber(12, 12, "-14b")),
    ],
)
def test_a_number_is_read(text: str, number: HouseNumber) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "a", "12 bis rue", "123456", "-3", "½"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(text) is None


def test_a_door_may_have_several_numbers() -> None:
    assert [number.text for number in read_numbers("9, 9a; house, 9b")] == ["9", "9a", "9b"]


def test_a_range_holds_the_numbers_of_its_side() -> None:
    held = read_number("12-18")

    assert held is not None
    assert [number for number in range(10, 21) if held.holds(number)] == [12, 14, 16, 18]
