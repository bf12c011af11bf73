"""The pictures of the documents. `make pictures` writes them to docs/pictures; otherwise they are only looked at."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ViewportSize

from tests.e2e.browsing import DESK, PAGES, PHONE, Scheme, Served, looking

FOLDER = Path("docs/pictures")
WRITE = os.environ.get("SAFEHAND_PICTURES") == "1"
BAND = {"light": (8, 54, 42), "dark": (12, 45, 37)}
"""The dark face at the head of every page, by night a little lighter than the paper beneath it."""
TOLERANCE = 6

SHOWN = {
    "recipient": PHONE,
    "recipient-data": PHONE,
    "recipient-delivered": PHONE,
    "number": PHONE,
    "number-unknown": PHONE,
    "sign-in": PHONE,
    "verify": PHONE,
    "overview": DESK,
    "parcels": DESK,
    "parcel": DESK,
    "exceptions": DESK,
    "exception": DESK,
    "decide-seal": DESK,
    "findings": DESK,
    "finding": DESK,
    "access": DESK,
    "people": DESK,
    "person": DESK,
    "training": PHONE,
    "course": PHONE,
    "quiz": PHONE,
    "account": DESK,
    "confirm": DESK,
    "no-such-page": PHONE,
    "parts": DESK,
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_each_page_is_painted_by_day_and_by_night(
    browser: Browser, site: Served, scheme: Scheme, size: ViewportSize
) -> None:
    with looking(browser, site, scheme=scheme, size=size, scale=2 if size == PHONE else 1) as seen:
        for name, wanted in SHOWN.items():
            if wanted != size:
                continue
            seen.open(PAGES[name])
            seen.page.wait_for_timeout(100)
            raw = seen.page.screenshot(full_page=True, animations="disabled")

            picture = Image.open(BytesIO(raw)).convert("RGB")
            corner = picture.getpixel((2, 2))
            assert isinstance(corner, tuple)
            off = [abs(a - b) for a, b in zip(corner, BAND[scheme], strict=True)]
            assert max(off) <= TOLERANCE, (name, corner)
            assert len(picture.getcolors(maxcolors=1 << 24) or []) > 50, name
            if WRITE:
                FOLDER.mkdir(parents=True, exist_ok=True)
                palette = picture.quantize(colors=256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
                palette.save(FOLDER / f"{name}-{scheme}.png", optimize=True)
