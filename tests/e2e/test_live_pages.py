"""Pages move while something happens, and lose nothing when the connection does."""

from dataclasses import replace

from playwright.sync_api import Browser, expect

from safehand.events.vocabulary import ExceptionState
from tests.e2e.browsing import MINE, Served, looking
from tests.surfaces import day


def decide(site: Served) -> None:
    """Somebody elsewhere closes the exception about the seal."""
    town = site.world.town
    box = town.parcels_by_id[day.BOX]
    town.parcels_by_id[day.BOX] = replace(box, cases=(replace(day.SEAL, state=ExceptionState.RESOLVED),))
    ring(site)


def deliver(site: Served) -> None:
    """The recipient's parcel is delivered."""
    town = site.world.town
    done = town.parcels_by_id[day.DONE]
    head = replace(done.head, parcel=day.BOX, numbers=day.BOX_NUMBERS)
    town.parcels_by_id[day.BOX] = replace(done, head=head)
    ring(site)


def ring(site: Served) -> None:
    """Tell every open page, from this thread to the server's."""
    for event in list(site.world.town.listening):
        event._loop.call_soon_threadsafe(event.set)  # type: ignore[attr-defined]


def test_an_open_page_shows_what_somebody_else_decides(browser: Browser, site: Served) -> None:
    with looking(browser, site) as seen:
        seen.open(f"/parcels/{day.BOX}")
        expect(seen.page.get_by_text("Exception open")).to_be_visible()
        seen.until("performance.getEntriesByType('resource').length > 1")

        decide(site)

        expect(seen.page.get_by_text("Exception open")).to_be_hidden()
        expect(seen.page.get_by_role("heading", name="Closed exceptions")).to_be_visible()


def test_the_recipient_sees_the_delivery_as_it_happens(browser: Browser, site: Served) -> None:
    with looking(browser, site, signed_in=False) as seen:
        seen.open(MINE)
        expect(seen.page.get_by_role("heading", name="Your PIN for the door")).to_be_visible()

        deliver(site)

        expect(seen.page.locator(".when").get_by_text("Delivered").first).to_be_visible()
        expect(seen.page.get_by_role("heading", name="Your PIN for the door")).to_be_hidden()


def test_a_field_in_use_is_left_alone(browser: Browser, site: Served) -> None:
    with looking(browser, site) as seen:
        seen.open("/parcels")
        seen.page.get_by_label("Any number", exact=True).press_sequentially("SH 73")

        with seen.page.expect_response(lambda answer: answer.url.endswith("/parcels") and answer.ok):
            ring(site)

        assert seen.page.get_by_label("Any number", exact=True).input_value() == "SH 73"


def test_a_page_whose_connection_broke_catches_up(browser: Browser, site: Served) -> None:
    with looking(browser, site) as seen:
        seen.open(f"/parcels/{day.BOX}")
        expect(seen.page.get_by_text("Exception open")).to_be_visible()
        seen.page.context.set_offline(True)
        decide(site)
        seen.page.wait_for_timeout(300)
        expect(seen.page.get_by_text("Exception open")).to_be_visible()

        seen.page.context.set_offline(False)

        expect(seen.page.get_by_text("Exception open")).to_be_hidden(timeout=15_000)
