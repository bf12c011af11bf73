"""Numbers in groups."""

from hypothesis import given
from hypothesis import strategies as st

from safehand.surfaces.words.numbers import s10_words, sscc_words, tracking_groups
from tests.surfaces.day import BOX_NUMBERS


def test_each_number_is_grouped_as_on_its_label() -> None:
    assert tracking_groups(BOX_NUMBERS.tracking) == ("SH", "7344", "1829", "4418")
    assert sscc_words(BOX_NUMBERS.sscc) == "(00) 0643 0000 0000 0044 10"
    assert s10_words(BOX_NUMBERS.s10) == "CE 000 004 413 FI"


@given(st.text(alphabet="ABZ0189", max_size=40))
def test_groups_joined_are_the_number_again(number: str) -> None:
    assert "".join(tracking_groups(number)) == number
