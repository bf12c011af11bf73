import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.events.vocabulary import REPORTABLE, ExceptionKind
from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.labels.errors import FieldInvalid, NumberTwice
from safehand.labels.layout import Bars, Box, Line
from safehand.labels.numbers import grouped, read_number
from safehand.labels.paper.codes import CODES, Wrong
from safehand.labels.paper.fallback_sheet import lay_out_fallback
from safehand.labels.paper.model import BLANK_ROWS_MAX, SHEET_PARCELS_MAX, Expected
from safehand.labels.paper.printing import SHEETS_MAX, print_fallback_sheets
from safehand.labels.typeface import Run
from tests.labels.paper.sheets import a_fallback, codes, number, pictures, texts
from tests.labels.paper.test_run_sheets import must_be_clear
from tests.labels.samples import S10, SSCC, TRACKING, english

CHECKED = {TRACKING: TRACKING[-1], SSCC: SSCC[-1], S10: S10[10]}


def test_every_parcel_that_is_expected_reads_back_and_stands_there_in_figures() -> None:
    sheet = a_fallback(45)
    body = print_fallback_sheets([sheet], english()).body
    assert [code for picture in pictures(body) for code in codes(picture)] == [number(at) for at in range(45)]
    words = "\n".join(texts(body))
    assert [at for at in range(45) if grouped(read_number(number(at))) not in words] == []


@pytest.mark.parametrize("given", [TRACKING, SSCC, S10])
def test_the_digit_that_checks_the_others_is_underlined(given: str) -> None:
    (page,) = lay_out_fallback(a_fallback(1, expected=(Expected(number=given),)), english())
    said = next(mark for mark in page.marks if isinstance(mark, Line) and mark.text == grouped(read_number(given)))
    (under,) = [mark for mark in page.marks if isinstance(mark, Box) and mark.height == 3 and mark.y == said.y + 4]
    ends = [Run(said.text[:at], said.size, bold=True).width for at in range(len(said.text) + 1)]
    at = next(at for at, end in enumerate(ends) if abs(said.x + end - under.x) <= 1)
    assert said.text[at] == CHECKED[given]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_explains_every_code_and_names_every_column(language: str) -> None:
    words = load_catalogue(language)
    for text in texts(print_fallback_sheets([a_fallback(30)], words).body):
        flat = text.replace("\n", " ")
        assert [code for code, name in CODES.items() if f"{code} {words.say(f'labels.code.{name}')}" not in flat] == []
        columns = ("received", "lane", "loaded", "route", "code", "time", "initials")
        assert [name for name in columns if words.say(f"labels.fallback.{name}") not in flat] == []
        assert "Turku 04:15" in flat
        assert "labels." not in flat


def test_the_codes_for_what_is_wrong_are_the_names_that_custody_takes() -> None:
    assert {wrong.value for wrong in Wrong} == {kind.value for kind in REPORTABLE | {ExceptionKind.REPORTED}}
    assert len(set(CODES.values())) == len(CODES)
    assert all(re.fullmatch(r"[A-Z]{1,2}", code) for code in CODES)


def test_rows_for_what_nobody_expected_have_room_for_a_number() -> None:
    (page,) = lay_out_fallback(a_fallback(0, blank_rows=4), english())
    assert [mark for mark in page.marks if isinstance(mark, Bars)] == []
    assert sum(isinstance(mark, Line) and mark.text == "SH" for mark in page.marks) == 4


def test_the_same_sheet_gives_the_same_bytes() -> None:
    first, second = (print_fallback_sheets([a_fallback(3)], english()) for _ in range(2))
    assert first == second


def test_too_much_nothing_at_all_and_one_parcel_twice_are_refused() -> None:
    one = Expected(number=TRACKING)
    with pytest.raises(NumberTwice):
        a_fallback(0, expected=(one, Expected(number=TRACKING.lower())))
    for changes in (
        {"blank_rows": 0},
        {"blank_rows": BLANK_ROWS_MAX + 1},
        {"expected": (one,) * (SHEET_PARCELS_MAX + 1)},
        {"depot": " "},
    ):
        with pytest.raises(FieldInvalid):
            a_fallback(0, **changes)
    with pytest.raises(FieldInvalid):
        print_fallback_sheets([a_fallback(0)] * (SHEETS_MAX + 1), english())


@settings(max_examples=20)
@given(st.text(max_size=79), st.text("WM", min_size=1, max_size=12), st.integers(0, 40))
def test_whatever_a_depot_is_called_its_sheet_stays_on_the_paper_and_off_the_codes(
    name: str, lane: str, count: int
) -> None:
    expected = tuple(Expected(number=number(at), lane=lane, route=lane) for at in range(count))
    sheet = a_fallback(0, depot=f"x{name}", title="W" * 80, carrier="W" * 24, expected=expected)
    for page in lay_out_fallback(sheet, english()):
        must_be_clear(page)
