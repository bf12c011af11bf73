"""Reading barcodes from a picture: all that are in it, at any angle, dark on light or light on dark.

What a symbol says is given as it was read; `gs1` says what that means to GS1. It is filled for element strings (symbols
with an FNC1 in first place, DataBar) and for Digital Link addresses, and only if every value is right to its check
digit: a wrong one is worse than none. A program that wants to know why asks elements.parse_raw itself.
"""

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import zxingcpp
from PIL import Image, ImageOps

from safehand.labels import digital_link, elements
from safehand.labels.errors import ElementInvalid, ImageTooLarge, ImageUnreadable, LinkInvalid

IMAGE_BYTES_MAX = 32 * 1024 * 1024
IMAGE_PIXELS_MAX = 64_000_000  # today's phones take 12 to 50 million
TILTED_PIXELS_MAX = 4_000_000  # a larger picture is made this small before it is turned
SMALL_SIDE = 600  # pixels; a smaller picture may be the bare symbol, at a pixel a module
IMAGE_KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")

_SELF_CHECKING = (
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.Code93,
    zxingcpp.BarcodeFormat.EANUPC,
    zxingcpp.BarcodeFormat.DataBar,
)  # linear formats; a changed picture of the others (ITF, Codabar ...) invents numbers
# A linear symbol is read when one straight line crosses all of it. Of those 2.5 times as wide as high, a line that is
# off by 22.5 degrees at most does: with zxing's own quarter turns these three cover the circle.
_TILTS = (22.5, 45.0, 67.5)
_QUIET = 24  # pixels set around a small picture, which may have been cut at the symbol's edge
_SMALL_SCALE = 3


@dataclass(frozen=True, slots=True)
class Symbol:
    r"""One symbol; `text` has GS (\x1d) where the symbol has a separator.

    `format` is the name of zxing-cpp's BarcodeFormat: `QRCode`, `Code128`, `DataMatrix`.
    """

    text: str
    format: str
    gs1: Mapping[str, str] = field(default_factory=dict)


def scan(raw: bytes) -> list[Symbol]:
    """Every symbol in a picture, from the top down, then from the left.

    Shapes
        raw  a PNG, JPEG, WebP, GIF, BMP, TIFF or PPM file, up to 32 MiB and 64 million pixels; its first frame.
    Errors
        ImageTooLarge    more bytes or pixels than that. The pixels are counted before any is unpacked.
        ImageUnreadable  no such picture, or a damaged one.
    Cost
        Some 50 ms a million pixels.
    """
    picture = _open(raw)
    found = _in_order(_read(picture))
    known = {(symbol.format, symbol.text) for symbol in found}
    for attempt in _attempts(picture, nothing_yet=not found):
        for symbol in attempt:
            if (symbol.format, symbol.text) not in known:
                known.add((symbol.format, symbol.text))
                found.append(symbol)
    return [Symbol(symbol.text, symbol.format.name, meaning(symbol)) for symbol in found]


def meaning(symbol: zxingcpp.Barcode) -> dict[str, str]:
    """Application identifier to value, of what a symbol says; empty if it says nothing in GS1's terms."""
    try:
        if symbol.content_type == zxingcpp.ContentType.GS1:
            return elements.parse_raw(symbol.text)
        if symbol.text[:8].lower().startswith(("http://", "https://")):
            return digital_link.parse(symbol.text)
    except (ElementInvalid, LinkInvalid):
        pass
    return {}


def _open(raw: bytes) -> Image.Image:
    """The picture in grey, on white where it is transparent."""
    if len(raw) > IMAGE_BYTES_MAX:
        raise ImageTooLarge("bytes", len(raw), IMAGE_BYTES_MAX)
    try:
        picture = Image.open(io.BytesIO(raw), formats=IMAGE_KINDS)
        pixels = picture.width * picture.height
        if pixels > IMAGE_PIXELS_MAX:
            raise ImageTooLarge("pixels", pixels, IMAGE_PIXELS_MAX)
        picture.load()
        return _grey(picture)
    except (Image.DecompressionBombError, MemoryError) as refused:
        raise ImageTooLarge("pixels", 2 * (Image.MAX_IMAGE_PIXELS or 0), IMAGE_PIXELS_MAX) from refused
    except (OSError, ValueError, SyntaxError, TypeError, struct.error, EOFError, KeyError, IndexError) as refused:
        raise ImageUnreadable(str(refused).partition("<")[0].strip() or type(refused).__name__) from refused


def _grey(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        return ground.convert("L")
    return picture.convert("L")


def _attempts(picture: Image.Image, nothing_yet: bool) -> Iterator[list[zxingcpp.Barcode]]:
    """Other ways to look: larger, with room around; and what zxing does not do for linear symbols: negative, turned."""
    if nothing_yet and max(picture.size) < SMALL_SIDE:
        large = ImageOps.scale(picture, _SMALL_SCALE, Image.Resampling.NEAREST)
        for ground in (255, 0):
            yield _read(ImageOps.expand(large, _QUIET, ground))
    yield _read(ImageOps.invert(picture), _SELF_CHECKING)
    turnable = picture.copy()
    shrink = (TILTED_PIXELS_MAX / (picture.width * picture.height)) ** 0.5
    if shrink < 1:
        turnable.thumbnail((int(picture.width * shrink) or 1, int(picture.height * shrink) or 1))
    for tilt in _TILTS:
        turned = turnable.rotate(tilt, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        yield _read(turned, _SELF_CHECKING)


def _read(picture: Image.Image, formats: tuple[zxingcpp.BarcodeFormat, ...] = ()) -> list[zxingcpp.Barcode]:
    plain = zxingcpp.TextMode.Plain  # the others spell control characters out
    if formats:
        return zxingcpp.read_barcodes(picture, zxingcpp.BarcodeFormats(formats), text_mode=plain)
    return zxingcpp.read_barcodes(picture, text_mode=plain)


def _in_order(symbols: list[zxingcpp.Barcode]) -> list[zxingcpp.Barcode]:
    return sorted(symbols, key=lambda symbol: (symbol.position.top_left.y, symbol.position.top_left.x))
