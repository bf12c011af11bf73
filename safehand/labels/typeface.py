"""Typefaces: how wide a text is, how it breaks into lines, and what no font here can print.

Helvetica serves what Windows-1252 holds (Western and Northern Europe); every printer and reader has it, so it is not
embedded. All else is set in Noto Sans (SIL Open Font License, from the `fontpkg-noto-sans` wheel), embedded as the
subset that a label needs: the Latin of every language (Sámi, Polish, Turkish, Vietnamese ...), Greek, Cyrillic.

Other scripts (Arabic, Hebrew, Indic, Chinese, Japanese, Korean, emoji) need shaping or fonts of many megabytes. The
Universal Postal Union asks for Latin letters on international post anyway, so nothing is transliterated by guess:
such a character is printed as the replacement sign, the label says so, and the caller is told which ones they were.
"""

import io
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REPLACEMENT = "�"
_PLAIN_REPLACEMENT = "¤"  # where Noto Sans is not installed
_FONT_PACKAGE = "fontpkg_noto_sans"
_FONT_FILE = "NotoSans[wdth,wght].ttf"
HEAVIER = 0.035  # of the size: Noto Sans is carried in one weight, a bold line gets an outline that wide
_NEEDS_SHAPING = "DEVANAGARI"  # Noto Sans has the letters; without shaping they would print as a wrong word
_LOADING = Lock()  # a page begun with one copy of the font and ended with another would be broken
_RIGHT_TO_LEFT = frozenset(("R", "AL"))


class Face(StrEnum):
    """The fonts, by the names that reportlab knows them by."""

    HELVETICA = "Helvetica"
    HELVETICA_BOLD = "Helvetica-Bold"
    NOTO = "SafehandNoto"


@dataclass(frozen=True, slots=True)
class Run:
    """A line of text in one weight. Lengths are in the unit of `size`."""

    text: str
    size: float
    bold: bool = False

    @property
    def face(self) -> Face:
        """The font that can draw all of it."""
        if not is_plain(self.text):
            return Face.NOTO
        return Face.HELVETICA_BOLD if self.bold else Face.HELVETICA

    @property
    def width(self) -> float:
        """How far it reaches."""
        face = self.face
        return self.size * sum(_advance(char, face) for char in self.text)


def is_plain(text: str) -> bool:
    """Whether Helvetica has all of it."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str, unprinted: set[str]) -> str:
    """The text with what no font can print replaced; those characters are added to `unprinted`."""
    return "".join(char if _can_print(char) else _replace(char, unprinted) for char in text)


def broken(text: str, size: float, bold: bool, width: float) -> list[str]:
    """The text in lines no wider than `width`; it breaks at spaces, and inside a word only if the word is too wide."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if Run(longer, size, bold).width <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while Run(line, size, bold).width > width and len(line) > 1:
            face = Run(line, size, bold).face
            ends = accumulate(size * _advance(char, face) for char in line)
            cut = max(1, sum(end <= width for end in ends))
            while cut > 1 and Run(line[:cut], size, bold).width > width:  # the piece alone may be set in another font
                cut -= 1
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines


def font_bytes() -> bytes | None:
    """Noto Sans as it is on disk; None where its package is not installed."""
    try:
        return (files(_FONT_PACKAGE) / "files" / _FONT_FILE).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return None


def _noto() -> frozenset[int]:
    """The code points of Noto Sans; registers it at reportlab when first asked."""
    with _LOADING:
        return _loaded_noto()


@cache
def _loaded_noto() -> frozenset[int]:
    raw = font_bytes()
    if raw is None:
        return frozenset()
    font = TTFont(Face.NOTO, io.BytesIO(raw))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


@lru_cache(maxsize=8192)
def _advance(char: str, face: Face) -> float:
    """How far one character reaches at size 1; none of the fonts is kerned here."""
    if face is Face.NOTO:
        _noto()
    return float(pdfmetrics.stringWidth(char, face, 1000)) / 1000


def _can_print(char: str) -> bool:
    if is_plain(char):
        return True
    if unicodedata.bidirectional(char) in _RIGHT_TO_LEFT or unicodedata.name(char, _NEEDS_SHAPING).startswith(
        _NEEDS_SHAPING
    ):
        return False
    return char != REPLACEMENT and ord(char) in _noto()


def _replace(char: str, unprinted: set[str]) -> str:
    unprinted.add(char)
    return REPLACEMENT if _noto() else _PLAIN_REPLACEMENT
