"""The depot's screens in a real browser: scans are judged at once, told to the server, and kept without it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.e2e.browsing import PHONE, Scheme
from tests.e2e.depot import TABLET, Depot, a_depot, a_tablet
from tests.e2e.test_access import axe, violations
from tests.servers import Postgres, cloned, dropped

__all__ = ["axe"]
PARCELS = 12
SIGHTS: tuple[tuple[Scheme, ViewportSize], ...] = (("light", TABLET), ("dark", PHONE))


@pytest.fixture(scope="module")
def depot(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Depot]:
    """One depot for the tests of this file; each takes parcels of its own."""
    with ThreadPoolExecutor(1) as aside:
        database = aside.submit(cloned, postgres, template).result()
        with a_depot(database, tmp_path_factory.mktemp("depot"), PARCELS) as running:
            yield running
        aside.submit(dropped, database).result()


def test_a_parcel_is_received_sorted_and_loaded_with_a_wedge_scanner_alone(browser: Browser, depot: Depot) -> None:
    box = depot.parcels[0]
    with a_tablet(browser, depot) as tablet:
        tablet.open()
        tablet.enrol()

        tablet.wedge(f"00{box.sscc}")
        tablet.answers("Received")
        tablet.page.keyboard.press("F2")
        tablet.page.get_by_label("This is lane").select_option("14")
        tablet.wedge(box.tracking)
        tablet.answers("Wrong lane: this is 14")
        expect(tablet.page.locator(".answer .lane")).to_have_text("07")
        tablet.page.get_by_label("This is lane").select_option("07")
        tablet.wedge(box.s10)
        tablet.answers("Right lane")
        tablet.page.keyboard.press("F3")
        tablet.page.get_by_label("Route").select_option("K3")
        tablet.wedge(f"(00){box.sscc}")
        tablet.answers("Right van")
        tablet.sent()

        assert tablet.complaints == []
        assert tablet.strangers == []
    assert depot.told(box) == ["handover taker received", "scan sorted", "handover giver loaded"]


def test_axe_finds_nothing_on_any_screen_by_day_or_night(browser: Browser, depot: Depot, axe: str) -> None:
    found = {}
    for scheme, size in SIGHTS:
        with a_tablet(browser, depot, scheme=scheme, size=size) as tablet:
            tablet.open()
            expect(tablet.page.get_by_role("heading", name="This tablet is not enrolled yet")).to_be_visible()
            found[f"{scheme} enrol"] = violations(tablet.page, axe)
            tablet.enrol()
            for key in ("F1", "F2", "F3", "F4", "F6"):
                tablet.page.keyboard.press(key)
                found[f"{scheme} {key}"] = violations(tablet.page, axe)
            for number in ("SH000000000000", depot.parcels[1].tracking):
                tablet.page.keyboard.press("F4")
                tablet.wedge(number)
                expect(tablet.page.locator(".answer .facts")).to_be_visible()
                found[f"{scheme} {number}"] = violations(tablet.page, axe)

    assert {name: broken for name, broken in found.items() if broken} == {}
