"""The depot's screens in a real browser: scans are judged at once, told to the server, and kept without it."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ViewportSize, expect

from safehand.labels.symbols import gs1_128
from tests.e2e.browsing import FLAGS, PHONE, Scheme, find_chromium
from tests.e2e.depot import TABLET, Depot, Parcel, a_depot, a_tablet
from tests.e2e.test_access import axe, violations
from tests.servers import Postgres, cloned, dropped

__all__ = ["axe"]
PARCELS = 24
HOUR_MS = 3_600_000
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SHELL_BYTES_MAX = 45_000
"""Script that the screens open with, packed; without the reader of the camera."""
RIGHT, WRONG, LOOK = ["sine 988", "sine 1319"], ["sawtooth 147", "sawtooth 110"], ["triangle 523"]
HEARD = """window.heard = []; const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
    const voice = make.call(this), start = voice.start.bind(voice);
    voice.start = at => { window.heard.push(voice.type + ' ' + Math.round(voice.frequency.value)); start(at); };
    return voice;
};"""

SETTLED = "Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => undefined)"
LEAVES = """new Promise(answer => { indexedDB.open('safehand-depot').onsuccess = opened => {
    const found = opened.target.result.transaction('keep').objectStore('keep').get('device');
    found.onsuccess = () => { opened.target.result.close(); answer(found.result.secret.extractable); };
}; })"""


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
        tablet.page.add_init_script(HEARD)
        tablet.open()
        tablet.enrol()

        tablet.wedge("1Z 999 AA1 01 2345 6784")
        tablet.answers("Received")
        tablet.wedge(f"00{box.sscc}")
        tablet.answers("Scanned before")
        with tablet.context.expect_page():
            tablet.page.keyboard.press("F6")
        tablet.answers("Label")
        tablet.weighs("0 g")
        tablet.answers("The scale says 0")
        tablet.weighs("0.91 kg")
        tablet.answers("Weighed")
        assert tablet.page.evaluate("window.heard.splice(0, 7)") == [*RIGHT, *LOOK, *RIGHT, *WRONG]
        assert tablet.page.evaluate("window.heard.splice(0)") == RIGHT
        tablet.page.keyboard.press("F2")
        tablet.page.get_by_label("This is lane").select_option("14")
        tablet.wedge(box.tracking)
        tablet.answers("Wrong lane: this is 14")
        expect(tablet.page.locator(".answer .lane")).to_have_text("07")
        assert tablet.page.evaluate("window.heard.splice(0)") == WRONG
        tablet.page.get_by_label("This is lane").select_option("07")
        tablet.wedge(box.s10)
        tablet.answers("Right lane")
        tablet.page.keyboard.press("F3")
        tablet.page.get_by_label("Route").select_option("K3")
        tablet.wedge(f"(00){box.sscc}")
        tablet.answers("Right van")
        for name in ("Something is wrong", "Ready for the next"):
            expect(tablet.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
        expect(tablet.page.get_by_text(f"1 of {PARCELS} on the van")).to_be_in_viewport(ratio=1)
        tablet.page.keyboard.press("F4")
        tablet.wedge(box.tracking)
        tablet.answers("Found")
        expect(tablet.page.get_by_text("somebody else")).to_be_visible()
        tablet.sent()

        assert tablet.complaints == []
        assert tablet.strangers == []
    assert depot.told(box) == ["handover taker received", "weigh", "scan sorted", "handover giver loaded"]
    assert depot.head(box).exceptions == {}


def test_a_cage_changes_hands_once_and_what_is_missing_in_it_is_told(browser: Browser, depot: Depot) -> None:
    boxes = depot.parcels[13:16]
    cage, own = depot.cage(*boxes), depot.cage(ours=True)
    with a_tablet(browser, depot) as tablet:
        tablet.open()
        tablet.enrol()
        tablet.wedge(boxes[0].tracking)
        tablet.answers("It lies in a cage")
        tablet.wedge(f"00{cage.sscc}")
        tablet.answers("Received")
        tablet.wedge(boxes[0].tracking)
        tablet.answers("Scanned before")
        tablet.page.keyboard.press("F2")
        tablet.wedge(cage.sscc)
        tablet.answers("Cage opened")
        for box in boxes[:2]:
            tablet.wedge(box.tracking)
            tablet.answers("Right lane", box)
        tablet.page.keyboard.press("F10")
        tablet.answers("Cage empty")
        expect(tablet.page.get_by_text("Missing: 1")).to_be_visible()

        tablet.wedge(own.sscc)
        tablet.answers("Empty cage")
        for box in boxes[:2]:
            tablet.wedge(box.tracking)
            tablet.answers("Put it in the cage", box)
        tablet.page.reload()
        expect(tablet.page.get_by_text("Online")).to_be_visible()
        tablet.page.keyboard.press("F2")
        expect(tablet.page.get_by_text("Into this cage")).to_be_visible()
        tablet.page.keyboard.press("F10")
        tablet.answers("Cage closed")
        tablet.page.keyboard.press("F3")
        tablet.page.get_by_label("Route").select_option("K3")
        tablet.wedge(boxes[0].tracking)
        tablet.answers("It lies in a cage")
        tablet.wedge(own.sscc)
        tablet.answers("Right van")
        tablet.sent()
        depot.settle()
        tablet.page.reload()
        expect(tablet.page.get_by_text("Online")).to_be_visible()
        tablet.page.keyboard.press("F3")
        expect(tablet.page.get_by_label("Route")).to_have_value("K3")
        expect(tablet.page.get_by_text("Held back by an exception: 1")).to_be_visible()
        tablet.wedge(own.sscc)
        tablet.answers("Scanned before")  # the driver's half is still to come, and the record names the depot

        assert tablet.complaints == []
    assert depot.told(cage) == ["handover taker received", "open", "empty"]
    assert depot.told(own) == ["close", "handover giver loaded"]
    assert [depot.told(box) for box in boxes] == [["scan sorted", "scan sorted", "pack"]] * 2 + [[]]
    assert {depot.head(box).custodian for box in boxes} == {depot.party}
    assert [[one.kind for one in depot.head(box).exceptions.values()] for box in boxes] == [[], [], ["short"]]


def test_what_does_not_fit_is_answered_and_a_clock_that_jumped_is_told(browser: Browser, depot: Depot) -> None:
    box, cage = depot.parcels[16], depot.cage(ours=True)
    with a_tablet(browser, depot) as tablet:
        tablet.open()
        tablet.enrol()
        tablet.wedge(box.tracking)
        tablet.weighs("1.2 kg")
        tablet.answers("Heavier than on record")
        expect(tablet.page.get_by_text("On record: 0.9 kg")).to_be_visible()
        tablet.wedge(box.tracking)
        tablet.answers("Scanned before")
        tablet.report("A second box with this label")
        tablet.wedge("SH102938475606")
        tablet.answers("Not ours, or not told")
        tablet.page.keyboard.press("F2")
        tablet.wedge(cage.sscc)
        tablet.page.keyboard.press("F10")
        tablet.answers("Cage closed")
        tablet.report("The cage stood open")
        tablet.sent()
        tablet.clock(3 * HOUR_MS)
        tablet.wedge(box.tracking)
        tablet.answers("Right lane")
        tablet.sent()
        expect(tablet.page.get_by_text("A clock is wrong")).to_be_visible()
        expect(tablet.page.get_by_text("wrong by 180 minutes")).to_be_visible()
        tablet.page.keyboard.press("F3")
        tablet.page.get_by_label("Route").select_option("K3")
        tablet.wedge(box.tracking)
        tablet.answers("Has an exception")

        refused = "Failed to load resource: the server responded with a status of "  # an unknown number, a wrong clock
        assert {said.removeprefix(refused)[:3] for said in tablet.complaints} == {"404", "401"}
    kinds = {one.kind for one in depot.head(box).exceptions.values()}
    assert kinds == {"overweight", "over", "clock_jumped"}
    assert [one.kind for one in depot.head(cage).exceptions.values()] == ["found_open"]


def test_the_keyboard_alone_enrols_scans_and_reports(browser: Browser, depot: Depot) -> None:
    box = depot.parcels[9]
    with a_tablet(browser, depot) as tablet:
        keys = tablet.page.keyboard
        tablet.open()
        tablet.page.get_by_label("Or type a code").focus()
        keys.type(depot.code())
        keys.press("Enter")
        expect(tablet.page.get_by_label("Scan or type a number")).to_be_focused()
        assert tablet.page.evaluate(LEAVES) is False
        keys.type(box.tracking)
        keys.press("Enter")
        tablet.answers("Received")
        keys.press("F7")
        expect(tablet.page.get_by_role("dialog")).to_be_visible()
        expect(tablet.page.get_by_text("report it without a picture")).to_be_visible()
        tablet.page.get_by_label("Damaged").focus()
        keys.press("ArrowDown")
        keys.press("Enter")
        tablet.answers("Reported")
        expect(tablet.page.get_by_label("Scan or type a number")).to_be_focused()
        keys.type(box.tracking)
        keys.press("Enter")
        tablet.answers("Scanned before")
        keys.press("Escape")
        tablet.answers("Ready")
        tablet.sent()

        assert tablet.complaints == []
    assert depot.told(box) == ["handover taker received", "report"]
    assert len(depot.head(box).exceptions) == 1


@pytest.mark.faults
def test_the_camera_scans_from_files_of_our_own_alone(browser: Browser, depot: Depot, tmp_path: Path) -> None:
    box = depot.parcels[10]
    film = tmp_path / "label.mjpeg"
    film.write_bytes(picture_of(box) * 3)
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    watching = [*FLAGS, *flags, f"--use-file-for-fake-video-capture={film}"]
    opened = browser.browser_type.launch(executable_path=find_chromium(), args=watching)
    with closing(opened) as filming, a_tablet(filming, depot) as tablet:
        tablet.context.grant_permissions(["camera"])
        tablet.open()
        tablet.enrol()
        assert not any(url.endswith(".wasm") for url in tablet.asked)
        tablet.page.keyboard.press("F8")
        expect(tablet.page.locator(".answer .word")).to_have_text("Received", timeout=20_000)
        tablet.page.keyboard.press("F8")
        tablet.page.keyboard.press("F7")
        tablet.page.get_by_role("button", name="Take the picture").click()
        expect(tablet.page.get_by_text("Picture taken")).to_be_visible()
        tablet.page.get_by_role("button", name="Report it").click()
        tablet.answers("Reported")
        tablet.sent()

        assert tablet.complaints == []
        assert tablet.strangers == []
        assert any(url.endswith(".wasm") for url in tablet.asked)
    assert depot.told(box)[:2] == ["handover taker received", "report damaged"]
    assert len(depot.ask("SELECT 1 FROM evidence_files WHERE parcel = $1", box.parcel)) == 1


def test_the_screens_are_small_and_only_they_may_compile_and_film(browser: Browser, depot: Depot) -> None:
    with a_tablet(browser, depot) as tablet:
        answer = tablet.page.goto(depot.address + "/depot")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self' 'wasm-unsafe-eval'" in policy
        assert "unsafe-inline" not in policy
        assert "'unsafe-eval'" not in policy
        assert answer.headers["permissions-policy"].startswith("camera=(self)")
        other = tablet.page.request.get(depot.address + "/parcels", headers={"Accept": "text/html"})
        assert "wasm" not in other.headers["content-security-policy"]
        assert other.headers["permissions-policy"].startswith("camera=()")
        size = tablet.page.evaluate(
            "performance.getEntriesByType('resource').filter(one => one.name.endsWith('.js'))"
            ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
        )
        assert 10_000 < size < SHELL_BYTES_MAX


@pytest.mark.parametrize("size", [TABLET, pytest.param(PHONE, marks=pytest.mark.faults)], ids=["tablet", "phone"])
def test_axe_finds_nothing_on_any_screen_by_day_or_night(
    browser: Browser, depot: Depot, axe: str, size: ViewportSize
) -> None:
    found = {}
    box, cage = depot.parcels[17 if size == TABLET else 18], depot.cage(ours=True)
    with a_tablet(browser, depot, size=size) as tablet:

        def looked_at(name: str) -> None:
            for scheme in SCHEMES:
                tablet.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                tablet.page.evaluate(SETTLED)  # colours pass over
                found[f"{name} {scheme}"] = violations(tablet.page, axe)

        tablet.open()
        expect(tablet.page.get_by_role("heading", name="This tablet is not enrolled yet")).to_be_visible()
        looked_at("enrol")
        tablet.enrol()
        for key, number, word in (
            ("F6", "", "Ready"),
            ("F1", box.tracking, "Received"),
            ("F2", cage.sscc, "Empty cage"),
            ("F3", "SH000000000000", "Not ours, or not told"),
            ("F4", box.tracking, "Found"),
        ):
            tablet.page.keyboard.press(key)
            if number:
                tablet.wedge(number)
            tablet.answers(word)
            looked_at(key)
        tablet.page.keyboard.press("F7")
        expect(tablet.page.get_by_role("dialog")).to_be_visible()
        looked_at("report")
        tablet.page.keyboard.press("Escape")
        tablet.page.get_by_role("button", name="Paper sheets").click()
        tablet.page.get_by_label("Lines", exact=True).fill(f"{box.tracking}, S, 0:00, VV\n{box.tracking}, Q, 0:00, VV")
        tablet.page.get_by_role("button", name="Read the lines").click()
        expect(tablet.page.get_by_text("Lines that can be told: 1")).to_be_visible()
        looked_at("paper")

    assert len(found) == 16
    assert {name: broken for name, broken in found.items() if broken} == {}


def picture_of(box: Parcel) -> bytes:
    """The label's large barcode as a camera sees it: a JPEG."""
    matrix = gs1_128(box.sscc)
    picture = Image.new("L", (1280, 720), 255)
    for from_x, width in matrix.runs(0):
        picture.paste(0, (160 + from_x * 6, 200, 160 + (from_x + width) * 6, 520))
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=95)
    return body.getvalue()
