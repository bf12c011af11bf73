"""Pictures of pages: held against the look, and written to docs/pictures by `make pictures`."""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.e2e.browsing import Scheme

FOLDER = Path("docs/pictures")
WRITE = os.environ.get("SAFEHAND_PICTURES") == "1"
BAND = {"light": (8, 54, 42), "dark": (12, 45, 37)}
"""The dark face at the head of every page, by night a little lighter than the paper beneath it."""
TOLERANCE = 6
COLOURS_MIN = 50


def painted(raw: bytes, name: str, scheme: Scheme, *, dimmed: bool = False) -> int:
    """How many colours a page's picture has below its dark head. It is kept if that was asked for."""
    picture = Image.open(BytesIO(raw)).convert("RGB")
    corner = picture.getpixel((2, 2))
    assert isinstance(corner, tuple)
    off = [abs(a - b) for a, b in zip(corner, BAND[scheme], strict=True)]
    assert dimmed or max(off) <= TOLERANCE, (name, corner)
    if WRITE:
        FOLDER.mkdir(parents=True, exist_ok=True)
        palette = picture.quantize(colors=256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        palette.save(FOLDER / f"{name}-{scheme}.png", optimize=True)
    return len(picture.getcolors(maxcolors=1 << 24) or [])
