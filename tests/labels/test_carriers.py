import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.carriers import FORMATS, GIVEN_CHARS_MAX, read_as, recognised
from safehand.labels.errors import ForeignNumberUnknown, ForeignShape, WrongCheckDigit


@pytest.mark.parametrize(
    ("format", "number"),
    [
        ("ups", "1Z 5R89 3903 5756 7127"),
        ("ups_waybill", "K1506235620"),
        ("fedex_12", "9865 7878 8855"),
        ("dhl_express", "3318810036"),
        ("dpd", "0081 827 0998 0000 0200 45 327 276 N"),
        ("ontrac_c", "C11031500001879"),
        ("old_dominion", "07209562763"),
        ("usps_impb_c", "420 11213 92 6129098349792366623 8"),
    ],
)
def test_a_published_number_is_read_and_one_wrong_character_of_it_is_told(format: str, number: str) -> None:
    text = read_as(format, number).text
    at = len(text) - 1
    other = text[:at] + ("1" if text[at] == "0" else "0")
    with pytest.raises(WrongCheckDigit) as refused:
        read_as(format, other)
    assert refused.value.params["kind"] == format
    assert (refused.value.params["expected"], refused.value.params["position"]) == (text[-1], len(text))


def test_a_number_of_another_shape_is_refused_with_the_shape_that_was_expected() -> None:
    with pytest.raises(ForeignShape) as refused:
        read_as("ups", "2Z5R89390357567127")
    assert refused.value.params["expected"] == r"1Z([0-9A-Z]{15})(\d)"


def test_a_number_that_two_carriers_could_have_printed_is_told_as_both() -> None:
    found = recognised("3205 9546 3938")
    assert "purolator_numeric" in [number.format for number in found]
    checked = [FORMATS[number.format].arithmetic is not None for number in found]
    assert checked == sorted(checked, reverse=True)


def test_a_format_that_nobody_knows_takes_nothing() -> None:
    with pytest.raises(ForeignShape):
        read_as("pigeon", "1")


@given(st.text(max_size=GIVEN_CHARS_MAX + 40) | st.text("0123456789 1ZJD", max_size=40))
def test_whatever_is_typed_is_a_carriers_number_or_a_refusal(typed: str) -> None:
    try:
        found = recognised(typed)
    except ForeignNumberUnknown:
        return
    assert all(read_as(number.format, number.text) == number for number in found)
