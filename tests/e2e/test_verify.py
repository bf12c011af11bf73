"""A receipt is checked in a browser: from a file, from the clipboard, and without script."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.browsing import NARROW, Served, looking
from tests.surfaces.web.receipts import a_real_receipt


@pytest.mark.parametrize("language", ["en", "fi"])
def test_a_receipts_file_is_chosen_and_holds(browser: Browser, site: Served, tmp_path: Path, language: str) -> None:
    text = a_real_receipt(tmp_path / "log")
    (tmp_path / "parcel.tlog-proof").write_text(text)
    with looking(browser, site, size=NARROW, language=language, signed_in=False) as seen:
        page = seen.page
        seen.open("/verify")
        page.locator("#file").set_input_files(tmp_path / "parcel.tlog-proof")
        seen.until("document.getElementById('receipt').value !== ''")
        page.locator("button.next").click()

        assert page.locator("h1").inner_text().endswith({"en": "The receipt holds", "fi": "Kuitti pitää"}[language])
        page.locator("details summary").click()
        assert "0731488" in page.locator("details pre").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert seen.complaints == []


def test_without_script_a_receipt_is_pasted_and_a_changed_one_refused(
    browser: Browser, site: Served, tmp_path: Path
) -> None:
    text = a_real_receipt(tmp_path)
    with looking(browser, site, script=False, signed_in=False) as seen:
        page = seen.page
        seen.open("/verify")
        assert not page.locator("#file").is_visible()
        page.get_by_label("Or its text").fill(text.replace("index 41", "index 42"))
        page.get_by_role("button", name="Check it").click()
        assert page.get_by_role("heading", name="The receipt does not hold").is_visible()

        page.get_by_label("Or its text").fill(text)
        page.get_by_role("button", name="Check it").click()

        assert page.get_by_role("heading", name="The receipt holds").is_visible()
