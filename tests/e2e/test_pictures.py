"""The pictures of the documents. `make pictures` writes them to docs/pictures; otherwise they are only looked at."""

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.e2e.browsing import DESK, PAGES, PHONE, Scheme, Served, looking
from tests.e2e.painting import COLOURS_MIN, painted

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
    "depot-day": DESK,
    "people": DESK,
    "risk": DESK,
    "recipient-changed": PHONE,
    "person": DESK,
    "training": PHONE,
    "course": PHONE,
    "quiz": PHONE,
    "account": DESK,
    "confirm": DESK,
    "no-such-page": PHONE,
    "parts": DESK,
}


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(PHONE, "light", id="phone-light"),
        pytest.param(PHONE, "dark", id="phone-dark", marks=pytest.mark.faults),
        pytest.param(DESK, "light", id="desk-light", marks=pytest.mark.faults),
        pytest.param(DESK, "dark", id="desk-dark"),
    ],
)
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
            assert painted(raw, name, scheme) > COLOURS_MIN, name
