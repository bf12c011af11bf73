"""A real browser, and the site with its sample day on a port of this machine."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import FLAGS, Served, find_chromium, served
from tests.surfaces.fakes import a_site


@pytest.fixture(scope="module")  # for longer, its event loop would stand in the way of asynchronous tests elsewhere
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file; each takes a window of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def site() -> Iterator[Served]:
    """A fresh site."""
    with served(a_site()) as running:
        yield running
