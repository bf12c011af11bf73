"""Every page in a real browser: nothing complains, nothing leaves the origin, nothing overflows."""

import pytest
from playwright.sync_api import Browser

from tests.asvs import asvs
from tests.e2e.browsing import DESK, MINE, NARROW, PAGES, PHONE, REFUSED, Served, looking
from tests.surfaces import day

ASK_POLICY = """fetch(location.href, {headers: {accept: 'text/html'}})
    .then(answer => answer.headers.get('content-security-policy'))"""
QUIET = "Failed to load resource: the server responded with a status of 4"  # the browser's own word for a refusal


@asvs("3.4.3", "3.7.1", "14.2.3")
def test_no_page_breaks_a_rule_of_its_policy_or_asks_elsewhere(browser: Browser, site: Served) -> None:
    with looking(browser, site) as seen:
        for name, path in PAGES.items():
            seen.complaints.clear()
            status = seen.open(path)
            policy = seen.page.evaluate(ASK_POLICY)

            assert status == REFUSED.get(name, 200), name
            assert [said for said in seen.complaints if not said.startswith(QUIET)] == [], name
            assert "default-src 'none'" in policy, name
            assert "unsafe" not in policy, name
        assert seen.strangers == []


@pytest.mark.parametrize("language", ["en", "fi"])
def test_no_page_scrolls_sideways(browser: Browser, site: Served, language: str) -> None:
    with looking(browser, site, language=language) as seen:
        wide = {}
        for name, path in PAGES.items():
            seen.open(path)
            for size in (DESK, PHONE, NARROW):
                seen.page.set_viewport_size(size)
                width = seen.page.evaluate("document.documentElement.scrollWidth")
                wide[name, size["width"]] = width - size["width"]

        assert {where: over for where, over in wide.items() if over > 0} == {}


def test_twice_as_large_letters_lose_no_words(browser: Browser, site: Served) -> None:
    with looking(browser, site, size=PHONE, language="fi") as seen:
        cut = {}
        for name, path in PAGES.items():
            seen.open(path)
            cut[name] = seen.page.evaluate(
                """() => { document.documentElement.style.fontSize = '200%';
                const out = [...document.querySelectorAll('h1,h2,h3,p,dd,dt,label,button,.btn,strong')].filter(e => {
                  const b = e.getBoundingClientRect();
                  if (b.width <= 1 || e.closest('.scroll,.unseen,.skip')) return false;
                  return b.right > innerWidth + 1 || b.left < -1;
                });
                return out.map(e => e.textContent.slice(0, 40)); }"""
            )

        assert {name: words for name, words in cut.items() if words} == {}


def test_without_script_everything_is_there_and_forms_work(browser: Browser, site: Served) -> None:
    with looking(browser, site, script=False) as seen:
        page = seen.page
        seen.open(MINE)
        assert "k=" not in page.url
        assert page.get_by_role("heading", name="In whose hands").is_visible()
        assert page.locator(".line > li").count() >= 8

        seen.open("/parcels")
        page.get_by_label("Any number", exact=True).fill("ce 000 004 413 fi")
        page.get_by_role("button", name="Find it").click()
        assert page.url.endswith(day.BOX)

        page.get_by_role("link", name="Decide the exception").click()
        page.get_by_role("link", name="Read the seal again").click()
        page.get_by_label("Seal, as you read it").fill("0731433")
        page.get_by_label("Seal, as the second person reads it").fill("0731434")
        page.get_by_role("button", name="Accept the seal").click()
        assert page.get_by_role("alert").inner_text().startswith("The two readings differ")
        page.get_by_label("Seal, as the second person reads it").fill("0731433")
        page.get_by_role("button", name="Accept the seal").click()

        assert page.get_by_role("status").inner_text() == "The seal is accepted, and written down"
        assert site.world.town.said == [("override", day.SEAL_CASE, "0731433")]


def test_in_and_out_by_the_door(browser: Browser, site: Served) -> None:
    with looking(browser, site, signed_in=False) as seen:
        page = seen.page
        seen.open(f"/parcels/{day.BOX}")
        assert "/sign-in?to=" in page.url
        page.get_by_label("Login").fill("ritva")
        page.get_by_label("Password").fill("not this one")
        page.get_by_role("button", name="Sign in", exact=True).click()
        assert page.get_by_role("alert").is_visible()
        assert page.get_by_label("Login").input_value() == "ritva"
        page.get_by_label("Password").fill("a sentence is a good password")
        page.get_by_role("button", name="Sign in", exact=True).click()
        assert page.url.endswith(day.BOX)

        page.get_by_role("button", name="Sign out").click()

        assert page.url.endswith("/sign-in")


def test_the_language_is_chosen_by_a_link_and_kept(browser: Browser, site: Served) -> None:
    with looking(browser, site, signed_in=False) as seen:
        page = seen.page
        seen.open("/sign-in")
        page.get_by_role("link", name="Suomeksi").click()

        assert page.get_by_role("heading", name="Kirjaudu sisään").is_visible()
        assert page.locator("html").get_attribute("lang") == "fi"
        seen.open(MINE)
        assert page.get_by_role("heading", name="Kenellä paketti on").is_visible()
