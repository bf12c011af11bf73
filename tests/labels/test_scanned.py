import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.elements import TEXT_CHARS_MAX
from safehand.labels.errors import ElementInvalid, ScanUnreadable
from safehand.labels.scanned import GS1, Scanned, Symbology, read_scan
from tests.labels.samples import LINK, SSCC, TRACKING


def test_what_the_scanner_names_decides_what_the_digits_mean() -> None:
    assert read_scan(f"]C100{SSCC}\x1d").gs1 == {"00": SSCC}
    assert read_scan(f"]C000{SSCC}") == Scanned(Symbology.CODE_128, f"00{SSCC}", {})
    assert read_scan(f"]Q1{LINK}").gs1 == {"00": SSCC}
    assert read_scan(f"]d1{TRACKING}").text == TRACKING
    assert read_scan("]E02112345678900").gs1 == {"01": "02112345678900"}


@pytest.mark.parametrize(
    ("scan", "why"),
    [
        ("", "symbology"),
        ("]X0123", "symbology"),
        ("]C1", "empty"),
        ("]E0211234567890X", "digits"),
        ("]E0211234567890", "length"),
        ("]E02112345678901", "check_digit"),
        ("]Q1" + "x" * TEXT_CHARS_MAX, "too_long"),
    ],
)
def test_a_scan_that_does_not_fit_says_why(scan: str, why: str) -> None:
    with pytest.raises(ScanUnreadable) as refused:
        read_scan(scan)
    assert refused.value.why == why


def test_a_gs1_symbology_without_a_right_element_string_is_refused_by_its_rule() -> None:
    with pytest.raises(ElementInvalid) as refused:
        read_scan(f"]C100{SSCC[:-1]}9")
    assert refused.value.why == "check_digit"


@given(st.sampled_from(list(Symbology)), st.text(max_size=60) | st.text("0123456789\x1d|]e", max_size=60))
def test_whatever_a_scanner_sends_is_read_or_refused(symbology: Symbology, text: str) -> None:
    try:
        scanned = read_scan(symbology + text)
    except (ScanUnreadable, ElementInvalid):
        return
    assert scanned.text == text
    assert bool(scanned.gs1) or symbology not in GS1
