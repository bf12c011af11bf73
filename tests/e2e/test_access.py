"""Everybody can use the pages: axe's rules, words behind every shape, and no mouse needed."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.e2e.browsing import DESK, PAGES, PHONE, Scheme, Served, looking

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """selector => [...document.querySelectorAll(selector)]
    .map(element => [element, element.getBoundingClientRect()])
    .filter(([_, box]) => box.width && Math.min(box.width, box.height) < 20)
    .map(([element]) => element.outerHTML.slice(0, 80))"""
LOOSE = ["region"]  # a link to skip to the content stands outside of any landmark by its nature


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, as its wheel carries it."""
    package = find_spec("axe_playwright_python")
    assert package is not None, "axe-playwright-python is in requirements/dev.in: run `make setup`"
    assert package.origin is not None
    return Path(package.origin).with_name("axe.min.js").read_text("utf-8")


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds on the page, in one line each."""
    page.evaluate(axe)  # a script tag would be refused by the page's policy
    disabled = {rule: {"enabled": False} for rule in LOOSE}
    options = json.dumps({"runOnly": RULES, "rules": disabled, "resultTypes": ["violations"]})
    found = page.evaluate(f"axe.run({options}).then(found => found.violations)")  # all that passed is megabytes
    return [f"{broken['id']}: {broken['nodes'][0]['html'][:120]}" for broken in found]


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", DESK)], ids=["light-phone", "dark-desk"])
def test_axe_finds_nothing(browser: Browser, site: Served, axe: str, scheme: Scheme, size: ViewportSize) -> None:
    found = {}
    with looking(browser, site, scheme=scheme, size=size) as seen:
        for name, path in PAGES.items():
            seen.open(path)
            found[name] = violations(seen.page, axe)

    assert {name: broken for name, broken in found.items() if broken} == {}


def test_axe_would_find_something(browser: Browser, site: Served, axe: str) -> None:
    with looking(browser, site) as seen:
        seen.open("/parcels")
        seen.page.evaluate("document.querySelector('label[for=number]').remove()")

        assert any(broken.startswith("label") for broken in violations(seen.page, axe))


def test_every_status_has_its_word_and_every_page_one_heading_and_a_language(browser: Browser, site: Served) -> None:
    with looking(browser, site) as seen:
        for name, path in PAGES.items():
            seen.open(path)
            words = seen.page.locator(".status, .seal").all_inner_texts()
            assert all(word.strip() for word in words), name
            assert seen.page.locator("h1").count() == 1, name
            assert seen.page.locator("html").get_attribute("lang") == "en", name


def test_targets_are_large_enough_for_a_thumb(browser: Browser, site: Served) -> None:
    small = {}
    with looking(browser, site, size=PHONE) as seen:
        for name, path in PAGES.items():
            seen.open(path)
            small[name] = seen.page.evaluate(SMALL, "button, input:not([type=hidden]), select, .btn, nav a, .choices a")

    assert {name: found for name, found in small.items() if found} == {}


def test_the_keyboard_reaches_what_matters_in_reading_order(browser: Browser, site: Served) -> None:
    with looking(browser, site) as seen:
        seen.open(PAGES["parcel"])
        reached = []
        for _ in range(30):
            seen.page.keyboard.press("Tab")
            reached.append(seen.page.evaluate("document.activeElement.innerText || document.activeElement.id"))
        wanted = ["To the content", "Now", "Parcels", "Exceptions", "q", "Sign out", "Decide the exception", "Verified"]

        assert [words for words in dict.fromkeys(reached) if words in wanted] == wanted
        seen.page.keyboard.press("Shift+Tab")
        ring = seen.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert ring == "3px"


def test_in_forced_colours_the_shapes_stay(browser: Browser, site: Served) -> None:
    with looking(browser, site, forced_colors="active") as seen:
        seen.open(PAGES["parcel"])
        seen.page.emulate_media(color_scheme="dark", forced_colors="active")
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        for selector in (".line .joint", ".line .seal", ".problem"):
            shape = f"getComputedStyle(document.querySelector('{selector}'), '::before').backgroundColor"
            assert seen.page.evaluate(shape) != ground, selector


def test_on_paper_the_line_of_custody_is_there_and_buttons_are_not(browser: Browser, site: Served) -> None:
    with looking(browser, site) as seen:
        seen.open(PAGES["parcel"])
        seen.page.emulate_media(media="print")

        assert seen.page.locator(".line .joint").first.is_visible()
        assert not seen.page.get_by_role("link", name="Decide the exception").is_visible()
        assert not seen.page.locator(".head nav").is_visible()
        paper = seen.page.evaluate("getComputedStyle(document.querySelector('.joint'), '::before').printColorAdjust")
        assert paper == "exact"
