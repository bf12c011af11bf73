"""A label as ZPL II for a printer of 203 dpi: the printer's own barcodes and letters, so it is short and sharp.

Hostile words cannot command the printer: a field is written with `^FH`, and all but letters, digits and a few signs
goes as `_hex` of its UTF-8 bytes (`^CI28`), so that `^`, `~`, `_` and line ends never appear as themselves. Numbers
that stand in barcodes are digits and capital letters by the time they come here. What the printer's font lacks (beyond
Windows-1252) is sent as a picture of the line.
"""

import io
import re
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from safehand.labels.check_digits import is_digits
from safehand.labels.layout import Bars, Box, CarrierMark, Line, Page, Square
from safehand.labels.typeface import HEAVIER, Face, font_bytes

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ()/-.,:")
_MARK_UNITS = 24
_SMOOTH = 4  # the mark is drawn so many times larger and made small, for even edges
_QR_OFFSET = 10  # dots that ^BQ adds above its symbol by itself; ^BY holds them there whatever was printed before


def draw_zpl(page: Page) -> bytes:
    """The page as one format, ASCII only.

    Source
        ZPL II Programming Guide: ^BC, ^BQ, ^BY, ^CI, ^FB, ^FH, ^FR, ^FT, ^GB, ^GF.
    """
    body = [_mark(mark) for mark in page.marks]
    head = f"^XA\n^CI28\n^PW{page.size.width}\n^LL{page.size.height}\n^LH0,0\n^LS0\n^PON\n^FWN\n"
    return (head + "\n".join(body) + "\n^PQ1\n^XZ\n").encode("ascii")


def field_data(text: str) -> str:
    """Words as the data of a field, with nothing in them that a printer could take for a command."""
    return "".join(char if char in _PLAIN else "".join(f"_{byte:02X}" for byte in char.encode()) for char in text)


def _mark(mark: Box | Line | Bars | Square | CarrierMark) -> str:
    match mark:
        case Box():
            thick = min(mark.width, mark.height)
            return f"^FO{mark.x},{mark.y}^GB{mark.width},{mark.height},{thick},B,0^FS"
        case Line():
            return _line(mark)
        case Bars():
            return _bars(mark)
        case Square():
            at = f"^BY2,3,{_QR_OFFSET}^FO{mark.x},{mark.y - _QR_OFFSET}"
            return f"{at}^BQN,2,{mark.module}^FH^FDMA,{field_data(mark.address)}^FS"
        case CarrierMark():
            return _picture(mark.x, mark.y, _carrier_mark(mark.side))


def _line(line: Line) -> str:
    if line.run.face is Face.NOTO and (font := _font(line.size)):
        return _drawn_line(line, font)
    reverse = "^FR" if line.white else ""
    font_command = f"^A0N,{line.size},{line.size * (100 if line.bold else 92) // 100}"
    if line.centred_in:  # only numbers of ours stand so: ^FB gives the backslash a meaning
        top = line.y - line.size * 3 // 4
        block = f"^FB{line.centred_in},1,0,C"
        return f"^FO{line.x},{top}{font_command}{block}{reverse}^FH^FD{field_data(line.text)}^FS"
    return f"^FT{line.x},{line.y}{font_command}{reverse}^FH^FD{field_data(line.text)}^FS"


def _bars(bars: Bars) -> str:
    """Code 128 with its code sets named: `>;` starts in C, `>:` in B; `>8` is FNC1; `>5` and `>6` go to C and B."""
    number = bars.number
    if bars.gs1:
        data = f">;>800{number}"
    elif is_digits(number[2:]):  # a tracking number
        data = f">:{number[:2]}>5{number[2:]}"
    else:
        data = f">:{number[:2]}>5{number[2:10]}>6{number[10:]}"
    at = f"^BY{bars.module},3,{bars.height}^FO{bars.x},{bars.y}"
    return f"{at}^BCN,{bars.height},N,N,N,N^FD{data}^FS"


def _drawn_line(line: Line, font: ImageFont.FreeTypeFont) -> str:
    ascent, descent = font.getmetrics()
    width = max(1, int(font.getlength(line.text)) + 2)
    picture = Image.new("1", (width, ascent + descent), 1)
    outline = line.size * HEAVIER / 2 if line.bold else 0
    ImageDraw.Draw(picture).text((0, 0), line.text, font=font, fill=0, stroke_width=outline)
    x = line.x + max(0, (line.centred_in - width) // 2)
    return _picture(x, max(0, line.y - ascent), picture, "^FR" if line.white else "")


def _picture(x: int, y: int, picture: Image.Image, reverse: str = "") -> str:
    """A bitmap as ^GFA: rows of whole bytes in hexadecimal, shortened as the guide says for ^GF and ~DG."""
    row_bytes = (picture.width + 7) // 8
    padded = Image.new("1", (row_bytes * 8, picture.height), 1)
    padded.paste(picture, (0, 0))
    raw = bytes(byte ^ 0xFF for byte in padded.tobytes())  # Pillow has white as 1, the printer has black as 1
    rows: list[str] = []
    previous = ""
    for at in range(0, len(raw), row_bytes):
        row = raw[at : at + row_bytes].hex().upper()
        rows.append(":" if row == previous else _shortened(row))
        previous = row
    return f"^FO{x},{y}{reverse}^GFA,{len(raw)},{len(raw)},{row_bytes},{''.join(rows)}^FS"


def _shortened(row: str) -> str:
    """One row in hexadecimal: a comma for white to its end; G..Y, g..z before a digit for 1..19, 20..400 of it."""
    white = row.rstrip("0")
    if len(white) % 2 == 0 and len(white) < len(row):
        return "".join(_repeated(run) for run in _runs(white)) + ","
    return "".join(_repeated(run) for run in _runs(row))


def _runs(row: str) -> list[str]:
    return [run[0] for run in re.finditer(r"(.)\1*", row)]


def _repeated(run: str) -> str:
    if len(run) < 3:
        return run
    twenties, ones = divmod(min(len(run), 419), 20)
    return ("" if not twenties else chr(ord("f") + twenties)) + ("" if not ones else chr(ord("F") + ones)) + run[0]


def _carrier_mark(side: int) -> Image.Image:
    """The mark of pdf.py, in dots."""
    scale = side * _SMOOTH / _MARK_UNITS
    picture = Image.new("L", (side * _SMOOTH, side * _SMOOTH), 255)
    pen = ImageDraw.Draw(picture)

    def at(*units: float) -> tuple[float, ...]:
        return tuple(unit * scale for unit in units)

    for turned in (False, True):
        corner = at(2, 2, 18.8, 18.8) if not turned else at(5.2, 5.2, 22, 22)
        start = 180 if not turned else 0
        pen.arc(corner, start, start + 90, fill=0, width=int(3.4 * scale))
        for box in ((10.4, 2, 20, 5.4), (2, 10.4, 5.4, 14)):
            left, top, right, bottom = box
            turned_box = (24 - right, 24 - bottom, 24 - left, 24 - top)
            pen.rectangle(at(*(turned_box if turned else box)), fill=0)
    pen.rounded_rectangle(at(8.6, 8.6, 15.4, 15.4), radius=1.2 * scale, fill=0)
    return (
        picture.resize((side, side), Image.Resampling.BOX).point(lambda value: 255 if value > 127 else 0).convert("1")
    )


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | None:
    """Noto Sans in one size; sizes come from layout.py, so there are few."""
    raw = font_bytes()
    if raw is None:
        return None
    return ImageFont.truetype(io.BytesIO(raw), size, layout_engine=ImageFont.Layout.BASIC)
