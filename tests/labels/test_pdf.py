import importlib
import re
import zlib
from base64 import a85decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from safehand.kernel.catalogue import load_catalogue
from safehand.labels.model import Format, Label
from safehand.labels.printing import print_label
from tests.labels.samples import LINK, S10, SSCC, a_label, an_address, english

pypdfium2: Any = importlib.import_module("pypdfium2")  # it has no types

PAPER_MM = {Format.PDF_A6: (105, 148), Format.PDF_4X6: (101.6, 152.4)}
PRINT_HEAD_DPI = 203.2
SECRETS = ("Nordic", "Jewels", "Aleksanterinkatu", "NJ-118842", "Gold", "1290")


def pdf(label: Label, format: Format = Format.PDF_A6, discreet: bool = False) -> bytes:
    return print_label(label, format, english(), discreet).body


def picture(body: bytes, dpi: float = PRINT_HEAD_DPI) -> Image.Image:
    document = pypdfium2.PdfDocument(body)
    assert len(document) == 1
    image: Image.Image = document[0].render(scale=dpi / 72).to_pil()
    return image


def words(body: bytes) -> str:
    text: str = pypdfium2.PdfDocument(body)[0].get_textpage().get_text_bounded()
    return text


def unpacked(body: bytes) -> bytes:
    """The file with all its streams open, so that nothing can hide in one."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", body, re.DOTALL)
    opened = []
    for stream in streams:
        raw = (
            a85decode(stream.strip(), adobe=False)
            if not stream.strip().endswith(b"~>")
            else a85decode(b"<~" + stream.strip(), adobe=True)
        )
        opened.append(zlib.decompress(raw))
    assert opened
    return body + b"".join(opened)


@pytest.mark.parametrize("format", [Format.PDF_A6, Format.PDF_4X6])
@pytest.mark.parametrize("dpi", [PRINT_HEAD_DPI, 300, 600])
def test_what_is_printed_reads_back(format: Format, dpi: float) -> None:
    symbols = zxingcpp.read_barcodes(picture(pdf(a_label(), format), dpi))
    assert {(symbol.text, str(symbol.format)) for symbol in symbols} == {
        (f"(00){SSCC}", "Code 128"),
        (S10, "Code 128"),
        (LINK, "QR Code"),
    }
    assert next(symbol for symbol in symbols if symbol.text.startswith("(00)")).symbology_identifier == "]C1"


@pytest.mark.parametrize("format", [Format.PDF_A6, Format.PDF_4X6])
def test_the_page_is_the_paper(format: Format) -> None:
    width, height = pypdfium2.PdfDocument(pdf(a_label(), format))[0].get_size()
    assert (width / 72 * 25.4, height / 72 * 25.4) == pytest.approx(PAPER_MM[format], abs=0.15)


def test_at_203_dpi_every_bar_is_whole_dots_however_a_printer_rounds() -> None:
    image = picture(pdf(a_label(), Format.PDF_4X6)).convert("L")
    row = image.crop((0, 1000, image.width, 1001)).tobytes()
    assert all(value < 25 or value > 230 for value in row)
    touched = re.findall(r"1+|0+", "".join("1" if value < 255 else "0" for value in row))
    assert [len(run) % 4 for run in touched[1:-1]] == [0] * (len(touched) - 2)


def test_a_label_says_what_people_need() -> None:
    said = words(pdf(a_label()))
    needed = ("Safehand", "EXPRESS", "Päivi Åström", "Mechelininkatu 34 B 12", "00260 Helsinki", "HEL 3", "2.4 kg")
    numbers = (f"(00) {SSCC[:4]}", "SH 4829", "1057 3345", "CE 123 456 785 FI", "Nordic Jewels Oy", "1290.00 EUR")
    assert [text for text in needed + numbers if text not in said] == []


def test_a_discreet_label_tells_nobody_who_sent_it_what_is_in_it_or_what_it_is_worth() -> None:
    open_label = unpacked(pdf(a_label())).decode("latin-1")
    discreet = unpacked(pdf(a_label(), discreet=True)).decode("latin-1")
    assert [secret for secret in SECRETS if secret not in open_label] == []  # the search would find them
    assert [secret for secret in SECRETS if secret in discreet] == []
    metadata = pypdfium2.PdfDocument(pdf(a_label(), discreet=True)).get_metadata_dict()
    assert metadata["Title"] == f"(00) {SSCC}"
    assert metadata["Author"] == "Safehand"
    assert metadata["Keywords"] == metadata["Subject"] == ""


def test_a_discreet_label_is_the_same_whoever_sent_what() -> None:
    other = a_label(sender=an_address(name="Somebody else"), contents="", value_cents=5, reference="", currency="SEK")
    for format in Format:
        assert print_label(a_label(), format, english(), discreet=True) == print_label(
            other, format, english(), discreet=True
        )


@pytest.mark.parametrize("name", ["Päivi", "Łukasz 王芳 😀", "محمد דוד"])
@pytest.mark.parametrize("format", list(Format))
def test_the_same_label_gives_the_same_bytes(name: str, format: Format) -> None:
    label = a_label(recipient=an_address(name=name))
    assert print_label(label, format, english()) == print_label(label, format, english())


def test_many_threads_print_the_same_as_one() -> None:
    names = ["Юлия", "Łukasz", "Αθηνά", "Päivi"] * 6

    def one(name: str) -> bytes:
        return pdf(a_label(recipient=an_address(name=name)))

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(one, names))
    assert together == [one(name) for name in names]


def test_a_name_in_another_script_prints_what_it_can_and_says_what_it_could_not() -> None:
    printed = print_label(a_label(recipient=an_address(name="Юлия 王芳 😀")), Format.PDF_A6, english())
    assert printed.unprinted == ("王", "芳", "😀")
    said = words(printed.body)
    assert "Юлия" in said
    assert "cannot print" in said
    assert "cannot print" not in words(pdf(a_label()))


def test_captions_come_in_the_readers_language() -> None:
    finnish = print_label(a_label(), Format.PDF_A6, load_catalogue("fi")).body
    assert "VASTAANOTTAJA" in words(finnish)


HOSTILE = [
    "\u202eדוד\u202c",
    "(Tj) \\) Q ET",
    "<</Names 1 0 R>>",
    "endstream endobj",
    "👩‍👩‍👧‍👦",
    "e" + "\u0301" * 30,
    "\ud800",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("format", [Format.PDF_A6, Format.PDF_4X6])
def test_hostile_words_do_not_break_the_page(hostile: str, format: Format) -> None:
    address = an_address(name=f"x{hostile}", street=hostile, extra=hostile, city=hostile)
    label = a_label(
        recipient=address, sender=address, carrier=f"x{hostile[:20]}", service=hostile[:16], reference=hostile
    )
    symbols = zxingcpp.read_barcodes(picture(pdf(label, format)))
    assert {symbol.text for symbol in symbols} == {f"(00){SSCC}", S10, LINK}


@settings(max_examples=25)
@given(st.text(max_size=70), st.sampled_from(list(Format)))
def test_any_name_at_all_gives_a_label(name: str, format: Format) -> None:
    changes: dict[str, Any] = {"recipient": an_address(name=f"x{name}", street=name)}
    assert print_label(a_label(**changes), format, english()).body
