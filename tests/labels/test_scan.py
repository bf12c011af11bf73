import io
import random
import struct
import zlib
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from safehand.labels.errors import ImageTooLarge, ImageUnreadable
from safehand.labels.model import Format
from safehand.labels.printing import print_label
from safehand.labels.scan import IMAGE_BYTES_MAX, Symbol, scan
from tests.asvs import asvs
from tests.labels.samples import LINK, S10, SSCC, a_label, english
from tests.labels.thermal_printer import printed

ON_THE_LABEL = [
    Symbol(LINK, "QRCode", {"00": SSCC}),
    Symbol(S10, "Code128", {}),
    Symbol(f"00{SSCC}", "Code128", {"00": SSCC}),
]


def symbol(content: str, format: zxingcpp.BarcodeFormat, scale: int = 4, room: bool = True, **how: Any) -> Image.Image:
    made = zxingcpp.create_barcode(content, format, **how)
    image = zxingcpp.write_barcode_to_image(made, scale=scale, add_quiet_zones=room)
    height, width = image.shape
    return Image.frombytes("L", (width, height), bytes(image))


def file(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


@pytest.fixture(scope="module")
def label() -> Image.Image:
    return printed(print_label(a_label(), Format.ZPL, english()).body).picture


def test_every_symbol_of_a_label_is_found_from_the_top_down(label: Image.Image) -> None:
    assert scan(file(label)) == ON_THE_LABEL


@pytest.mark.parametrize("degrees", [90, 180, 270, 7, 30, 45, 60, 110, 150, 200, 340])
def test_a_label_is_read_however_it_lies(label: Image.Image, degrees: int) -> None:
    turned = label.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert {one.text for one in scan(file(turned))} == {one.text for one in ON_THE_LABEL}


def test_light_on_dark_is_read_too(label: Image.Image) -> None:
    assert {one.text for one in scan(file(ImageOps.invert(label)))} == {one.text for one in ON_THE_LABEL}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_each_kind_of_picture_is_read(label: Image.Image, kind: str) -> None:
    assert scan(file(label.convert("RGB") if kind != "GIF" else label, kind)) == ON_THE_LABEL


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_each_kind_of_pixel_is_read(label: Image.Image, mode: str) -> None:
    deep = label.convert("I").point(lambda value: value * 256) if mode == "I;16" else label
    assert scan(file(deep.convert(mode))) == ON_THE_LABEL


def test_a_transparent_picture_lies_on_white(label: Image.Image) -> None:
    clear = Image.new("RGBA", label.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=ImageOps.invert(label))
    assert scan(file(clear)) == ON_THE_LABEL


def test_a_separator_is_told_as_it_is_and_as_identifiers() -> None:
    for format in (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode):
        picture = symbol(f"(00){SSCC}(420)00260(10)LOT-7", format, gs1=True)
        (found,) = scan(file(picture))
        assert found.text == f"00{SSCC}42000260\x1d10LOT-7"
        assert found.gs1 == {"00": SSCC, "420": "00260", "10": "LOT-7"}
        assert found.format == format.name


def test_a_symbol_that_is_no_gs1_says_nothing_in_gs1s_terms() -> None:
    for text in (f"00{SSCC}", "https://example.com/hello", "hello"):
        (found,) = scan(file(symbol(text, zxingcpp.BarcodeFormat.QRCode)))
        assert (found.text, found.gs1) == (text, {})


def test_a_wrong_check_digit_is_read_but_not_passed_on_as_a_parcel() -> None:
    wrong = SSCC[:-1] + str((int(SSCC[-1]) + 1) % 10)
    (raw,) = scan(file(symbol(f"(00){wrong}", zxingcpp.BarcodeFormat.Code128, gs1=True)))
    (link,) = scan(file(symbol(f"https://a/00/{wrong}", zxingcpp.BarcodeFormat.QRCode)))
    assert (raw.text, raw.gs1) == (f"00{wrong}", {})
    assert link.gs1 == {}


@pytest.mark.parametrize("room", [True, False])
@pytest.mark.parametrize("negative", [True, False])
def test_a_bare_symbol_at_a_pixel_a_module_is_read(room: bool, negative: bool) -> None:
    for format in (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128):
        picture = symbol("hello", format, scale=1, room=room)
        assert [one.text for one in scan(file(ImageOps.invert(picture) if negative else picture))] == ["hello"]


def test_many_symbols_in_one_frame_are_told_in_reading_order() -> None:
    frame = Image.new("L", (900, 900), 255)
    for step in range(9):
        frame.paste(
            symbol(f"parcel {step}", zxingcpp.BarcodeFormat.QRCode), (step % 3 * 300 + 40, step // 3 * 300 + 40)
        )
    assert [one.text for one in scan(file(frame))] == [f"parcel {step}" for step in range(9)]


def test_two_alike_are_two() -> None:
    frame = Image.new("L", (700, 300), 255)
    for x in (20, 380):
        frame.paste(symbol("same", zxingcpp.BarcodeFormat.QRCode), (x, 40))
    assert [one.text for one in scan(file(frame))] == ["same", "same"]


def test_a_picture_without_a_symbol_has_none() -> None:
    assert scan(file(Image.new("L", (300, 200), 255))) == []
    assert scan(file(Image.new("L", (1, 1), 0))) == []
    assert scan(file(Image.effect_noise((500, 400), 90))) == []


@asvs("5.2.1", "5.2.3")
def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    for width, height in ((60_000, 60_000), (8_001, 8_000), (2**31 - 1, 2**31 - 1)):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
        with pytest.raises(ImageTooLarge):
            scan(bomb)


@asvs("5.2.1")
def test_more_bytes_than_allowed_are_refused() -> None:
    with pytest.raises(ImageTooLarge) as refused:
        scan(bytes(IMAGE_BYTES_MAX + 1))
    assert refused.value.params == {"unit": "bytes", "found": IMAGE_BYTES_MAX + 1, "most": IMAGE_BYTES_MAX}


@pytest.mark.parametrize(
    "raw", [b"", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"P6\n-1 -1\n255\n", b"<svg/>", bytes(1000)]
)
def test_what_is_no_picture_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(ImageUnreadable) as refused:
        scan(raw)
    assert "0x" not in str(refused.value.params["reason"])


@pytest.mark.filterwarnings("ignore:.*TIFF", "ignore:Tag data", "ignore:Metadata")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_a_damaged_picture_is_read_or_refused(kind: str) -> None:
    whole = file(symbol("hello", zxingcpp.BarcodeFormat.QRCode).convert("RGB" if kind != "GIF" else "L"), kind)
    dice = random.Random(kind)
    for _ in range(120):
        damaged = bytearray(whole[: dice.randrange(4, len(whole) + 1)])
        for _ in range(dice.randrange(1, 6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            found = scan(bytes(damaged))
        except (ImageUnreadable, ImageTooLarge):
            continue
        assert isinstance(found, list)


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_or_refused(raw: bytes) -> None:
    with pytest.raises((ImageUnreadable, ImageTooLarge)):
        scan(raw)
