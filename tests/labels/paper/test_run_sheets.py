import re
from dataclasses import fields
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.labels.errors import FieldInvalid, NumberTwice
from safehand.labels.layout import Bars, Box, Line, Page
from safehand.labels.paper.model import (
    PRINT_PARCELS_MAX,
    SHEET_PARCELS_MAX,
    STOP_PARCELS_MAX,
    STOPS_MAX,
    Care,
    Expected,
    FallbackSheet,
    FoundLabel,
    MissedCard,
    RunParcel,
    RunSheet,
    Spot,
    Stop,
)
from safehand.labels.paper.printing import SHEETS_MAX, print_run_sheets
from safehand.labels.paper.run_sheet import lay_out_run
from safehand.labels.paper.sheet import A4, EDGE
from tests.labels.paper.sheets import a_run, codes, number, pictures, texts
from tests.labels.samples import an_address, english

LONG_DAY = (1, 2, 14, 1, 1, 3, 40, 1, 1, 1)
COUNTED = re.compile(r"Parcels here: (\d+), so far (\d+) of (\d+)")


def test_every_parcel_of_a_run_is_on_it_once_in_order_and_reads_back() -> None:
    run = a_run(*LONG_DAY)
    printed = print_run_sheets([run], english())
    read = [code for picture in pictures(printed.body) for code in codes(picture)]
    assert read == [parcel.number for parcel in run.parcels]
    assert printed.pages == len(texts(printed.body)) > 3


def test_what_each_page_counts_adds_up_to_the_run() -> None:
    run = a_run(*LONG_DAY)
    body = print_run_sheets([run], english()).body
    counted = [tuple(map(int, COUNTED.search(text).groups())) for text in texts(body)]  # type: ignore[union-attr]
    on_page = [len(codes(picture)) for picture in pictures(body)]
    assert [here for here, _, _ in counted] == on_page
    assert [so_far for _, so_far, _ in counted] == [sum(on_page[: at + 1]) for at in range(len(on_page))]
    assert {of for _, _, of in counted} == {len(run.parcels)} == {sum(on_page)}


def test_each_page_says_whose_run_it_is_and_which_page_of_how_many() -> None:
    pages = texts(print_run_sheets([a_run(*LONG_DAY)], english()).body)
    for at, text in enumerate(pages, 1):
        needed = ("Helsinki Ilmala", "HEL 3", "Veera Virtanen", "Sat 28 Nov 2026", "05:40 (EET)", "Run sheet")
        assert [said for said in needed if said not in text.replace("\n", " ")] == []
        assert f"Page {at} of {len(pages)}" in text
    assert "Stops: 10 · Parcels: 65 · Sealed: 32" in pages[0]
    assert "Taken along" in pages[-1]
    assert all("Taken along" not in text for text in pages[:-1])


def test_a_stop_tells_where_to_whom_when_and_what_to_ask_for() -> None:
    said = texts(print_run_sheets([a_run(1, 3)], english()).body)[0]
    needed = ("Päivi Åström", "Mannerheimintie 2", "00260 Helsinki", "09:00-12:00", "F00001", "F00003", "age check")
    assert [text for text in (*needed, "Delivered", "Left elsewhere", "Back", "Name, time") if text not in said] == []


def test_what_to_ask_for_at_the_door_is_never_cut_short() -> None:
    parcel = RunParcel(number=number(0), seal="W" * 24, cares=frozenset(Care))
    run = a_run(1, stops=(Stop(address=an_address(), parcels=(parcel,)),))
    for language in LANGUAGES:
        words = load_catalogue(language)
        printed = print_run_sheets([run], words)
        said = texts(printed.body)[0].replace("\n", " ")
        assert printed.shortened == ()
        assert [care for care in Care if words.say(f"labels.care.{care}") not in said.split("W", 1)[1]] == []


def test_a_stop_that_is_longer_than_a_page_goes_on_overleaf_and_says_so() -> None:
    pages = texts(print_run_sheets([a_run(40)], english()).body)
    assert len(pages) > 2
    assert "goes on" not in pages[0]
    assert all("goes on" in text and "Mannerheimintie 1" in text for text in pages[1:])


def test_finnish_and_english_say_the_same_numbers() -> None:
    run = a_run(1, 2)
    finnish = texts(print_run_sheets([run], load_catalogue("fi")).body)[0]
    assert "Ajolista" in finnish
    assert "Lähetyksiä tällä sivulla 3, tähän asti 3/3" in finnish
    assert "La 28.11.2026" in finnish


def test_sheets_of_many_drivers_are_one_file_and_each_counts_its_own_pages() -> None:
    runs = [a_run(30), a_run(1, route="HEL 4", driver="Łukasz Żółć")]
    printed = print_run_sheets(runs, english())
    pages = texts(printed.body)
    assert [re.search(r"Page \d of \d", text)[0] for text in pages] == [  # type: ignore[index]
        "Page 1 of 3", "Page 2 of 3", "Page 3 of 3", "Page 1 of 1",
    ]  # fmt: skip
    assert "Łukasz Żółć" in pages[-1]


@pytest.mark.parametrize("name", ["Päivi", "Łukasz 王芳 😀", "محمد דוד"])
def test_the_same_run_gives_the_same_bytes(name: str) -> None:
    run = a_run(1, 2, driver=name)
    first, second = print_run_sheets([run], english()), print_run_sheets([run], english())
    assert first == second


def test_what_no_font_has_is_told_on_the_page_and_to_the_caller() -> None:
    printed = print_run_sheets([a_run(1, driver="דוד")], english())
    assert printed.unprinted == ("ד", "ו")
    assert "cannot print" in texts(printed.body)[0]


def test_the_same_parcel_at_two_stops_is_refused_by_its_number() -> None:
    stops = a_run(1).stops
    with pytest.raises(NumberTwice) as refused:
        a_run(1, stops=(*stops, *stops))
    assert refused.value.params == {"number": number(0)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("depot", ""),
        ("route", "\u202e"),
        ("driver", "x" * 81),
        ("driver", ""),
        ("printed_at", datetime(2026, 11, 28)),  # noqa: DTZ001
        ("stops", ()),
        ("stops", a_run(1).stops * (STOPS_MAX + 1)),
    ],
)
def test_a_run_that_is_empty_or_too_long_is_refused_by_its_field(field: str, value: object) -> None:
    with pytest.raises(FieldInvalid) as refused:
        a_run(1, **{field: value})
    assert refused.value.params["field"] == field


def test_every_count_has_its_limit() -> None:
    parcel = RunParcel(number=number(0))
    with pytest.raises(FieldInvalid):
        Stop(address=an_address(), parcels=(parcel,) * (STOP_PARCELS_MAX + 1))
    full = Stop(address=an_address(), parcels=(parcel,) * STOP_PARCELS_MAX)
    with pytest.raises(FieldInvalid):
        a_run(1, stops=(full,) * (SHEET_PARCELS_MAX // STOP_PARCELS_MAX + 1))
    with pytest.raises(FieldInvalid):
        print_run_sheets([a_run(1)] * (SHEETS_MAX + 1), english())
    with pytest.raises(FieldInvalid):
        print_run_sheets([a_run(*[190] * 10)] * (PRINT_PARCELS_MAX // 1900 + 1), english())


def test_no_sheet_has_a_field_for_what_a_finder_of_it_must_not_learn() -> None:
    forbidden = re.compile(r"pin|code|value|cents|content|sender|phone|mail|key|token|instruction|merchant")
    said = {field.name for kind in (RunSheet, Stop, RunParcel, MissedCard, Spot, FallbackSheet, Expected, FoundLabel)
            for field in fields(kind)}  # fmt: skip
    assert [name for name in said if forbidden.search(name)] == []


def room(mark: Box | Line | Bars) -> tuple[float, float, float, float]:
    if isinstance(mark, Bars):
        quiet = 10 * mark.module
        return mark.x - quiet, mark.y, mark.x + mark.matrix.width * mark.module + quiet, mark.y + mark.height
    if isinstance(mark, Box):
        return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
    return mark.x, mark.y - mark.size * 0.72, mark.x + mark.run.width, mark.y + mark.size * 0.05


def must_be_clear(page: Page) -> None:
    """Nothing leaves the paper or stands in the quiet zone of a code."""
    bars = [mark for mark in page.marks if isinstance(mark, Bars)]
    for mark in page.marks:
        if not isinstance(mark, Box | Line | Bars):
            continue
        left, top, right, bottom = room(mark)
        assert left >= EDGE - 12, mark
        assert right <= A4.width - EDGE + 2, mark
        assert EDGE / 2 <= top <= bottom <= A4.height - EDGE / 2, mark
        for code in bars:
            zone = room(code)
            clear = left >= zone[2] or right <= zone[0] or top >= zone[3] or bottom <= zone[1]
            assert mark is code or clear, (mark, code)


names = st.text(min_size=1, max_size=80).map(lambda text: ("x" + text)[:80]) | st.text("WM@ ", min_size=1, max_size=79)
lines = st.text(max_size=100) | st.text("WM@", max_size=100)


@settings(max_examples=25)
@given(names, names, lines, lines, st.text("W", min_size=1, max_size=24), st.lists(st.integers(1, 20), max_size=4))
def test_whatever_people_are_called_their_sheet_stays_on_the_paper_and_off_the_codes(
    name: str, driver: str, street: str, extra: str, seal: str, more: list[int]
) -> None:
    address = an_address(name=f"x{name}"[:80], street=street, extra=extra, city="W" * 60)
    plain = a_run(*more, 3)
    stops = tuple(
        Stop(address=address, parcels=tuple(RunParcel(number=parcel.number, seal=seal, cares=parcel.cares)
                                            for parcel in stop.parcels), promised=stop.promised)
        for stop in plain.stops
    )  # fmt: skip
    run = a_run(1, stops=stops, driver=f"x{driver}"[:80], depot=f"x{name}"[:80], route="W" * 12, carrier="W" * 24)
    for page in lay_out_run(run, english()):
        must_be_clear(page)
