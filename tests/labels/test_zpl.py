import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.labels.model import Format, Label
from safehand.labels.printing import print_label
from safehand.labels.zpl import field_data
from tests.asvs import asvs
from tests.labels.samples import LINK, S10, SSCC, a_label, an_address, english
from tests.labels.thermal_printer import printed

ATTACKS = [
    "^XZ^XA^FO0,0^FDowned^FS",
    "~JA",
    "_5EXA",
    "\x10^XA",
    "^CC!",
    "~CT^",
    "\\&",
    "^FS^IDR:*.*",
    "\n^XA",
    "，^XA",
    "˜HS",
]


def zpl(label: Label, discreet: bool = False) -> bytes:
    return print_label(label, Format.ZPL, english(), discreet).body


def test_what_the_printer_prints_reads_back() -> None:
    out = printed(zpl(a_label()))
    symbols = zxingcpp.read_barcodes(out.picture)
    assert {(symbol.text, symbol.symbology_identifier) for symbol in symbols} == {
        (f"(00){SSCC}", "]C1"),
        (S10, "]C0"),
        (LINK, "]Q1"),
    }


def test_a_label_of_4_by_6_inches_has_so_many_dots() -> None:
    assert printed(zpl(a_label())).picture.size == (812, 1219)


def test_the_page_says_what_the_pdf_says() -> None:
    words = printed(zpl(a_label())).words
    for text in ("Päivi Åström", "Mechelininkatu 34 B 12", "00260", "HEL 3", "SH 4829", "Gold", "EXPRESS"):
        assert any(text in line for line in words), text


def test_a_discreet_label_sends_the_printer_no_secret() -> None:
    secrets = ("Nordic", "Aleksanterinkatu", "NJ-118842", "Gold", "1290")
    assert all(secret in zpl(a_label()).decode() for secret in secrets)
    assert not any(secret in zpl(a_label(), discreet=True).decode() for secret in secrets)


def hostile_label(words: str) -> Label:
    address = an_address(name=f"x{words}", street=words, extra=words, city=words)
    short = words[:12]
    return a_label(
        recipient=address,
        sender=address,
        carrier=f"x{short}",
        service=short,
        route=short,
        reference=words,
        contents=words,
    )


@asvs("1.3.3")
@pytest.mark.parametrize("attack", ATTACKS)
def test_words_cannot_command_the_printer(attack: str) -> None:
    commands = [re.findall(r"\^[A-Z][A-Z0-9]", zpl(hostile_label(words)).decode()) for words in (attack, "x")]
    assert set(commands[0]) <= set(commands[1]) | {"^GF"}
    out = printed(zpl(hostile_label(attack)))
    assert {symbol.text for symbol in zxingcpp.read_barcodes(out.picture)} == {f"(00){SSCC}", S10, LINK}


@settings(max_examples=40)
@given(st.text(max_size=34) | st.text("^~_\\,>:;XAFDS", max_size=34))
def test_whatever_is_said_the_printer_gets_one_label_and_the_words_come_out_whole(words: str) -> None:
    body = zpl(hostile_label(words))
    assert body.count(b"^XA") == body.count(b"^XZ") == 1
    assert printed(body).barcodes == [LINK, f">:{S10[:2]}>5{S10[2:10]}>6{S10[10:]}", f">;>800{SSCC}"]


def test_that_law_finds_a_field_that_is_not_escaped() -> None:
    body = zpl(a_label(recipient=an_address(name="Eve ^JUF"))).replace(field_data("^").encode(), b"^")
    with pytest.raises(ValueError, match=r"\^JU"):
        printed(body)


@given(st.text())
def test_field_data_is_a_few_plain_signs_and_gives_the_text_back(text: str) -> None:
    text = "".join(char for char in text if not "\ud800" <= char <= "\udfff")
    data = field_data(text)
    assert re.fullmatch(r"[A-Za-z0-9 ()/\-.,:_]*", data)
    assert (
        bytes.fromhex("".join(f"{ord(c):02x}" if len(c) == 1 else c[1:] for c in re.findall(r"_..|.", data))).decode()
        == text
    )


def test_letters_that_the_printer_lacks_are_sent_as_a_picture() -> None:
    out = printed(zpl(a_label(recipient=an_address(name="Юлия Мельникова"))))
    assert not any("Юлия" in line for line in out.words)
    name_area = out.picture.crop((32, 230, 780, 320))
    dark = sum(value == 0 for value in name_area.tobytes())
    assert 0.05 < dark / (748 * 90) < 0.5


def test_a_label_is_small_enough_for_a_slow_printer() -> None:
    assert len(zpl(a_label())) < 2_500
    assert len(zpl(a_label(recipient=an_address(name="Юлия", street="Łódzka", city="Кириши")))) < 12_000
