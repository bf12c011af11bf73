import re

from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.labels.layout import (
    A6,
    FOUR_BY_SIX,
    MARGIN,
    S10_MODULE,
    SSCC_MODULE,
    Bars,
    Box,
    Line,
    Page,
    PageSize,
    Square,
    lay_out,
)
from safehand.labels.model import Label
from tests.labels.samples import a_label, an_address, english

names = st.text(min_size=1, max_size=80).filter(lambda text: any(char.isalnum() for char in text)) | st.text(
    "WM@", min_size=1, max_size=80
)
words = st.text(max_size=60) | st.text("WM@ ", max_size=60)
labels = st.builds(
    lambda name, street, extra, city, code, route, carrier, sender: a_label(
        recipient=an_address(name="x" + name[:79], street=street, extra=extra, city=city, postal_code=code),
        route=route,
        carrier="x" + carrier,
        sender=an_address(name="x" + name[:79], street=street, extra=extra, city=city) if sender else None,
        s10=a_label().s10 if len(street) % 2 else None,
        reference=route,
        contents=street,
    ),
    names,
    words,
    words,
    words,
    st.from_regex(r"[0-9A-Z]{1,12}", fullmatch=True),
    st.text(max_size=12),
    st.text(max_size=23),
    st.booleans(),
)
sizes = st.sampled_from([A6, FOUR_BY_SIX])


def room_about(page: Page, mark: Bars | Square) -> tuple[int, int, int, int]:
    """The quiet zone that a symbol needs, with the symbol: ten modules beside bars, four around a QR Code."""
    width = mark.matrix.width * mark.module
    if isinstance(mark, Bars):
        return mark.x - 10 * mark.module, mark.y, mark.x + width + 10 * mark.module, mark.y + mark.height
    quiet = 4 * mark.module
    return mark.x - quiet, mark.y - quiet, mark.x + width + quiet, mark.y + width + quiet


def ink(mark: Box | Line) -> tuple[float, float, float, float]:
    if isinstance(mark, Box):
        return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
    left = mark.x + (mark.centred_in - mark.run.width) / 2 if mark.centred_in else mark.x
    below = 0.05 if re.fullmatch("[0-9A-Z -]*", mark.text) else 0.22
    return left, mark.y - mark.size * 0.72, left + mark.run.width, mark.y + mark.size * below


@settings(max_examples=60)
@given(labels, sizes)
def test_whatever_the_label_says_it_stays_on_the_page_and_off_the_quiet_zones(label: Label, size: PageSize) -> None:
    page = lay_out(label, size, english())
    symbols = [mark for mark in page.marks if isinstance(mark, Bars | Square)]
    assert len(symbols) == 2 + bool(label.s10)
    for mark in page.marks:
        if isinstance(mark, Box | Line):
            left, top, right, bottom = ink(mark)
            assert left >= 0
            assert right <= size.width - MARGIN + 2, mark
            assert 0 <= top <= bottom <= size.height
            for symbol in symbols:
                zone = room_about(page, symbol)
                assert left >= zone[2] or right <= zone[0] or top >= zone[3] or bottom <= zone[1], (mark, symbol)
    for symbol in symbols:
        left, top, right, bottom = room_about(page, symbol)
        assert left >= 0
        assert right <= size.width


@settings(max_examples=60)
@given(labels, sizes)
def test_the_recipient_always_fits_whole(label: Label, size: PageSize) -> None:
    assert "recipient" not in lay_out(label, size, english()).shortened


def test_bars_are_as_coarse_as_gs1_and_upu_ask() -> None:
    page = lay_out(a_label(), A6, english())
    sscc, s10 = (
        next(mark for mark in page.marks if isinstance(mark, Bars) and mark.gs1 is gs1) for gs1 in (True, False)
    )
    assert sscc.module == SSCC_MODULE
    assert sscc.module / 8 >= 0.495  # millimetres
    assert sscc.height / 8 >= 31.75
    assert s10.module == S10_MODULE
    assert s10.height / 8 >= 12.5
    assert sscc.matrix.width == s10.matrix.width == 156


def test_the_postal_code_is_the_largest_thing_to_read() -> None:
    for label in (a_label(), a_label(s10=None), a_label(route="")):
        lines = [mark for mark in lay_out(label, A6, english()).marks if isinstance(mark, Line)]
        assert max(lines, key=lambda line: line.size).text == "00260"


def test_a_sorting_hint_that_only_repeats_the_postal_code_is_left_out() -> None:
    for route, times in (("HEL 3", 1), ("00260", 0)):
        lines = [mark for mark in lay_out(a_label(route=route), A6, english()).marks if isinstance(mark, Line)]
        assert sum(line.text == route for line in lines) - (route == "00260") == times


def test_a_short_address_is_set_larger_than_a_long_one() -> None:
    def size_of(name: str) -> int:
        marks = lay_out(a_label(recipient=an_address(name=name)), A6, english()).marks
        return next(mark.size for mark in marks if isinstance(mark, Line) and mark.text.startswith(name[:8]))

    assert size_of("Aino Aho") > size_of("Aino Aho-Österman " * 4)


def test_what_does_not_fit_is_shortened_with_a_sign_and_told() -> None:
    wordy = an_address(name="W" * 80, street="W" * 100, extra="W" * 100, city="W" * 60)
    page = lay_out(a_label(sender=wordy), A6, english())
    assert page.shortened == ["sender"]
    assert any(isinstance(mark, Line) and mark.text.endswith("…") for mark in page.marks)


def test_each_piece_of_a_shipment_says_which_of_how_many_it_is() -> None:
    marks = lay_out(a_label(piece=2, pieces=3), A6, english()).marks
    assert any(isinstance(mark, Line) and mark.text == "2/3" for mark in marks)
