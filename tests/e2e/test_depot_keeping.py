"""What a depot's tablet keeps: without the server, where its storage gives out, and what was written on paper."""

from playwright.sync_api import Browser, expect

from safehand.events.statement import parse_statement
from tests.e2e.depot import Depot, a_tablet
from tests.e2e.test_depot import PARCELS, depot

__all__ = ["depot"]
HOUR_MS = 3_600_000


def test_an_hour_without_the_server_loses_nothing_and_tells_nothing_twice(browser: Browser, depot: Depot) -> None:
    boxes = depot.parcels[1:9]
    with a_tablet(browser, depot) as tablet:
        tablet.open()
        tablet.enrol()
        tablet.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        tablet.wedge(boxes[0].tracking)
        tablet.answers("Received")
        tablet.sent()
        depot.cancelled(depot.parcels[12])
        tablet.page.reload()
        expect(tablet.page.get_by_text(f"{PARCELS - 1} on the list")).to_be_visible()

        depot.down()
        tablet.context.set_offline(True)
        for box in boxes[1:5]:
            tablet.wedge(box.tracking)
            expect(tablet.page.locator(".answer .facts")).to_contain_text(box.tracking[-4:])
        tablet.page.reload()
        expect(tablet.page.locator("#waiting")).to_have_text("4")
        tablet.wedge("SH102938475610")
        tablet.answers("Not read")
        for box in boxes[5:]:
            tablet.wedge(box.tracking)
            expect(tablet.page.locator(".answer .facts")).to_contain_text(box.tracking[-4:])
        tablet.page.keyboard.press("F2")
        tablet.wedge(boxes[1].tracking)
        tablet.answers("Right lane")
        tablet.wedge(depot.parcels[12].tracking)
        tablet.answers("Not on this tablet")
        expect(tablet.page.locator("#waiting")).to_have_text("8")
        expect(tablet.page.get_by_text("No network. Go on working")).to_be_visible()
        tablet.clock(HOUR_MS)
        depot.up(after_ms=HOUR_MS)
        tablet.context.set_offline(False)
        tablet.sent()

        assert tablet.complaints == []
    assert [depot.told(box) for box in boxes] == [
        ["handover taker received", "scan sorted"] if box is boxes[1] else ["handover taker received"] for box in boxes
    ]
    [last] = depot.ask("SELECT raw, received_ms FROM statements WHERE parcel = $1", boxes[7].parcel)
    assert last["received_ms"] - parse_statement(bytes(last["raw"])).at_ms > HOUR_MS
    assert depot.ask("SELECT 1 FROM quarantined") == []
    assert {depot.head(box).custodian for box in boxes} == {depot.party}
    depot.down()
    depot.up()


def test_what_cannot_be_stored_whole_is_told_in_no_part_and_said_to_be_lost(browser: Browser, depot: Depot) -> None:
    box, cage = depot.parcels[13], depot.cage(ours=True)
    with a_tablet(browser, depot) as tablet:
        tablet.open()
        tablet.enrol()
        tablet.wedge(box.tracking)
        tablet.answers("Received")
        tablet.page.keyboard.press("F2")
        tablet.wedge(cage.sscc)
        tablet.answers("Empty cage")
        tablet.fails_at("pack")
        tablet.wedge(box.tracking)
        tablet.answers("Not kept")  # neither that it was sorted nor that it lies in the cage
        tablet.page.reload()
        expect(tablet.page.get_by_text("Online")).to_be_visible()
        tablet.page.keyboard.press("F2")
        tablet.wedge(box.tracking)
        tablet.answers("Put it in the cage")
        tablet.sent()

        assert tablet.complaints == []
    assert depot.told(box) == ["handover taker received", "scan sorted", "pack"]


def test_what_was_written_by_hand_is_keyed_in_and_told_once(browser: Browser, depot: Depot) -> None:
    done, other = depot.parcels[20:22]
    sheet = f"{done.tracking}, S, 0:00, VV\n{done.tracking}, R, 0:00, VV\n{other.tracking}, Q, 0:00, VV"
    later = sheet.replace("S, 0:00", "S, 0:01")
    with a_tablet(browser, depot) as tablet:
        page = tablet.page
        lines = page.get_by_label("Lines", exact=True)
        tablet.open()
        tablet.enrol()
        page.get_by_role("button", name="Paper sheets").click()
        expect(lines).to_be_focused()
        tablet.scans_aside(done.tracking)
        expect(lines).to_have_value(f"{done.tracking}, ")
        lines.fill(sheet)
        page.get_by_role("button", name="Read the lines").click()
        expect(page.get_by_text("Lines that cannot be told: 2")).to_be_visible()  # it is sorted before it is there
        page.reload()
        expect(page.get_by_text("Online")).to_be_visible()
        page.get_by_role("button", name="Paper sheets").click()
        expect(lines).to_have_value(sheet)
        lines.fill(later)
        page.get_by_role("button", name="Read the lines").click()
        page.get_by_role("button", name="Tell these lines: 2").click()
        expect(page.get_by_text("Told: 2")).to_be_visible()
        expect(lines).to_have_value(later.splitlines()[-1])
        page.get_by_role("button", name="Back", exact=True).click()
        tablet.wedge(done.tracking)
        tablet.answers("Scanned before")
        tablet.sent()

        assert tablet.complaints == []
    assert depot.told(done) == ["handover taker received", "scan sorted"]
    assert depot.told(other) == []
    assert depot.head(done).custodian == depot.party
