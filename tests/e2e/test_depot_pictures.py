"""The pictures of the depot's screens, as a tablet shows them. `make pictures` writes them to docs/pictures."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import Scheme
from tests.e2e.depot import Depot, Tablet, a_tablet
from tests.e2e.painting import COLOURS_MIN, painted
from tests.e2e.test_depot import depot

__all__ = ["depot"]


@pytest.mark.faults
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_screen_is_painted_by_day_and_by_night(browser: Browser, depot: Depot, scheme: Scheme) -> None:
    boxes = depot.parcels[:8] if scheme == "light" else depot.parcels[8:16]
    cage, own = depot.cage(*boxes[6:]), depot.cage(ours=True)
    with a_tablet(browser, depot, scheme=scheme) as tablet:

        def shown(name: str, *, dimmed: bool = False) -> None:
            tablet.page.wait_for_timeout(100)
            raw = tablet.page.screenshot(animations="disabled")
            assert painted(raw, f"depot-{name}", scheme, dimmed=dimmed) > COLOURS_MIN, name

        tablet.open()
        expect(tablet.page.get_by_role("heading", name="This tablet is not enrolled yet")).to_be_visible()
        shown("enrol")
        tablet.enrol()
        for box in boxes[:6]:
            tablet.wedge(box.tracking)
            tablet.answers("Received")
        tablet.sent()
        shown("received")
        tablet.weighs("1.42 kg")
        tablet.answers("Heavier than on record")
        shown("weighed")
        tablet.wedge(f"00{cage.sscc}")
        tablet.answers("Received")
        _sorts(tablet, cage.sscc, own.sscc)
        shown("cage")
        tablet.page.get_by_label("This is lane").select_option("14")
        tablet.wedge(boxes[0].tracking)
        tablet.answers("Wrong lane: this is 14")
        shown("wrong-lane")
        tablet.page.get_by_label("This is lane").select_option("")
        _loads(tablet, boxes[0].tracking)
        shown("load")
        tablet.page.keyboard.press("F7")
        expect(tablet.page.get_by_role("dialog")).to_be_visible()
        shown("report", dimmed=True)
        tablet.page.keyboard.press("Escape")
        tablet.context.set_offline(True)
        tablet.page.keyboard.press("F4")
        tablet.wedge(boxes[1].tracking)
        tablet.answers("Found")
        shown("find")


def _sorts(tablet: Tablet, full: str, empty: str) -> None:
    tablet.page.keyboard.press("F2")
    tablet.wedge(full)
    tablet.answers("Cage opened")
    tablet.wedge(empty)
    tablet.answers("Empty cage")
    tablet.wedge(full)
    tablet.answers("Cage opened")


def _loads(tablet: Tablet, number: str) -> None:
    tablet.page.keyboard.press("F3")
    tablet.page.get_by_label("Route").select_option("K3")
    tablet.wedge(number)
    tablet.answers("Right van")
