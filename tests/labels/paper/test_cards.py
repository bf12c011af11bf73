from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.labels.errors import FieldInvalid, NumberTwice
from safehand.labels.layout import A6, FOUR_BY_SIX, Bars, Line, PageSize, Square
from safehand.labels.model import Format
from safehand.labels.numbers import grouped, read_number
from safehand.labels.paper.card import lay_out_card
from safehand.labels.paper.model import COLLECTED, Missed, MissedCard, Spot, Whereabouts
from safehand.labels.paper.printing import print_found_label, print_missed_card
from tests.labels.paper.sheets import ORIGIN, a_card, a_found, codes, pictures, texts
from tests.labels.samples import SSCC, TRACKING, english
from tests.labels.thermal_printer import printed

LINK = f"{ORIGIN}/t/{TRACKING}"
PDF = [Format.PDF_A6, Format.PDF_4X6]


def a_card_for(where: Whereabouts) -> MissedCard:
    if where in COLLECTED:
        return a_card(where=where)
    again = date(2026, 11, 30) if where is Whereabouts.AGAIN else None
    return a_card(where=where, spot=None, held_until=None, again_on=again)


def said(card: MissedCard, language: str = "en", format: Format = Format.PDF_A6) -> str:
    return texts(print_missed_card(card, format, load_catalogue(language)).body)[0].replace("\n", " ")


@pytest.mark.parametrize("where", list(Whereabouts))
@pytest.mark.parametrize("format", PDF)
def test_a_phone_reads_the_page_and_the_counter_reads_the_number(where: Whereabouts, format: Format) -> None:
    body = print_missed_card(a_card_for(where), format, english()).body
    assert sorted(codes(pictures(body)[0])) == sorted([TRACKING, LINK])


def test_a_thermal_printer_in_the_van_prints_the_same_card() -> None:
    out = printed(print_missed_card(a_card(), Format.ZPL, english()).body)
    assert sorted(symbol.text for symbol in zxingcpp.read_barcodes(out.picture)) == sorted([TRACKING, LINK])
    assert any("Kioski Töölö" in line for line in out.words)


def test_the_card_says_what_happened_where_it_is_until_when_and_where_to_look() -> None:
    words = said(a_card())
    needed = ("We missed you", "Päivi Åström", "Sat 28 Nov 2026", "05:40", "Kioski Töölö, Runeberginkatu 5", "7-21")
    numbers = ("Sat 5 Dec 2026", LINK, grouped(read_number(TRACKING)))
    assert [text for text in needed + numbers if text not in words] == []
    assert "Mon 30 Nov 2026" in said(a_card_for(Whereabouts.AGAIN))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("missed", list(Missed))
def test_the_card_speaks_the_recipients_language(missed: Missed, language: str) -> None:
    words = load_catalogue(language)
    text = said(a_card(missed=missed), language)
    assert words.say(f"labels.card.{missed}") in text
    assert "labels." not in text


@pytest.mark.parametrize("where", list(Whereabouts))
def test_where_a_code_would_stand_the_card_says_how_to_get_it_and_never_the_code(where: Whereabouts) -> None:
    text = said(a_card_for(where))
    assert ("It is never on a card" in text) == (where in COLLECTED)
    digits = "".join(char if char.isdigit() else " " for char in text.replace(TRACKING, "")).split()
    assert max(map(len, digits)) <= 5  # years, hours, groups of the number, a postal code


def test_the_link_on_a_card_opens_no_more_than_anybody_may_see() -> None:
    assert a_card().link == LINK
    assert "?" not in said(a_card()).split(ORIGIN)[1].split()[0]


def test_a_neighbour_or_a_hiding_place_is_never_named() -> None:
    with pytest.raises(FieldInvalid) as refused:
        a_card(where=Whereabouts.CHOSEN, held_until=None)
    assert refused.value.params["field"] == "spot"
    assert "Your page says where" in said(a_card_for(Whereabouts.CHOSEN))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"spot": None}, "spot"),
        ({"held_until": None}, "held_until"),
        ({"again_on": date(2026, 11, 30)}, "again_on"),
        ({"held_until": date(2026, 11, 27)}, "held_until"),
        ({"where": Whereabouts.AGAIN, "spot": None, "held_until": None}, "again_on"),
        ({"at": datetime(2026, 11, 28)}, "at"),  # noqa: DTZ001
        ({"recipient": "x" * 81}, "recipient"),
    ],
)
def test_what_does_not_go_together_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        a_card(**changes)
    assert refused.value.params["field"] == field


def test_a_card_goes_by_the_number_that_its_page_goes_by() -> None:
    with pytest.raises(FieldInvalid) as refused:
        a_card(number=SSCC)
    assert refused.value.params["field"] == "number"


def zone(mark: Bars | Square) -> tuple[int, int, int, int]:
    """A code with the quiet that it needs: ten modules beside bars, four around a QR Code."""
    side, above = (10 * mark.module, 0) if isinstance(mark, Bars) else (4 * mark.module, 4 * mark.module)
    height = mark.height if isinstance(mark, Bars) else mark.matrix.width * mark.module
    return mark.x - side, mark.y - above, mark.x + mark.matrix.width * mark.module + side, mark.y + height + above


@pytest.mark.parametrize("where", list(Whereabouts))
@pytest.mark.parametrize("size", [A6, FOUR_BY_SIX])
def test_no_word_stands_where_a_code_needs_quiet(where: Whereabouts, size: PageSize) -> None:
    card = replace(a_card_for(where), origin="https://" + "w" * 50 + ".fi", recipient="W" * 80)
    page = lay_out_card(card, size, english())
    for code in (mark for mark in page.marks if isinstance(mark, Bars | Square)):
        left, top, right, bottom = zone(code)
        for mark in page.marks:
            if isinstance(mark, Line):
                x = mark.x + (mark.centred_in - mark.run.width) / 2 if mark.centred_in else mark.x
                ink = x, mark.y - mark.size * 0.72, x + mark.run.width, mark.y
            elif isinstance(mark, Bars | Square) and mark is not code:
                ink = mark.x, mark.y, mark.x + mark.matrix.width * mark.module, mark.y + 1
            else:
                continue
            assert ink[0] >= right or ink[2] <= left or ink[1] >= bottom or ink[3] <= top, (mark, code)
            assert 0 <= ink[0] <= ink[2] <= size.width


@settings(max_examples=25)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(list(Format)))
def test_any_name_gives_a_card_that_reads_back(name: str, spot: str, format: Format) -> None:
    card = a_card(recipient=name, spot=Spot(name=f"x{spot}"[:80], street="W" * 100, hours="M" * 100))
    body = print_missed_card(card, format, english()).body
    if format is Format.ZPL:
        assert body.endswith(b"^XZ\n")
    else:
        assert sorted(codes(pictures(body, 203.2)[0])) == sorted([TRACKING, LINK])


def test_the_same_card_gives_the_same_bytes() -> None:
    for format in Format:
        assert print_missed_card(a_card(), format, english()) == print_missed_card(a_card(), format, english())


@pytest.mark.parametrize("format", PDF)
def test_a_found_parcel_gets_a_number_that_reads_back_and_says_where_it_was(format: Format) -> None:
    found = a_found(case="X-1042", weight_g=1230, sides_mm=(300, 200, 120))
    body = print_found_label(found, format, english()).body
    assert codes(pictures(body)[0]) == [SSCC]
    text = texts(body)[0]
    needed = ("FOUND", "Helsinki Ilmala: Lane L3", "05:40 (EET)", "by VV", "X-1042", "1230 g", "300 x 200 x 120 mm")
    assert [part for part in (*needed, "Nobody knows yet whose it is") if part not in text] == []


def test_a_found_parcel_that_is_known_again_names_its_old_number() -> None:
    words = texts(print_found_label(a_found(replaces=TRACKING), Format.PDF_A6, load_catalogue("fi")).body)[0]
    assert grouped(read_number(TRACKING)) in words
    assert "LÖYTYNYT" in words
    with pytest.raises(NumberTwice):
        a_found(replaces=SSCC)


def test_the_depots_thermal_printer_prints_a_found_label() -> None:
    out = printed(print_found_label(a_found(), Format.ZPL, english()).body)
    assert [symbol.text for symbol in zxingcpp.read_barcodes(out.picture)] == [f"(00){SSCC}"]
