"""A whole day, door to door, as a stranger would run it: the command, on a fresh folder, with nothing prepared."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safehand.cli.main import build
from safehand.demo.town import default_map
from tests.servers import scratch_folder

PARCELS = 24
DAY_S = 480
"""Half a minute on a quiet machine; a busy one takes its time."""


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A machine's temporary folder of our own, to see what is left in it."""
    with scratch_folder() as folder:
        room = folder / "tmp"
        room.mkdir(mode=0o711)
        yield room


def started(room: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "safehand.cli.main", "demo", *words]
    environment = {**os.environ, "TMPDIR": str(room)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """A shell has what it starts in the background ignore SIGINT, down to the last child; these tests may be that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def played(room: Path, *words: str) -> tuple[int, str, str]:
    """Run to the end: exit status, standard output, standard error."""
    demo = started(room, *words)
    try:
        output, errors = demo.communicate(timeout=DAY_S)
    finally:
        demo.kill()
    return demo.returncode, output, errors


def still_running(room: Path) -> Sequence[str]:
    """Command lines of processes that have to do with this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            where = os.readlink(process / "cwd")
        except OSError:  # ended meanwhile
            continue
        if str(room) in words or where.startswith(str(room)):
            found.append(words)
    return found


def wait_for_quiet(room: Path) -> Sequence[str]:
    """What still runs a moment later: an ended child may need a blink to be reaped."""
    until = time.monotonic() + 5
    while (left := still_running(room)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


@pytest.mark.timeout(DAY_S + 20)
def test_a_day_ends_with_every_parcel_in_known_hands_and_the_log_verified(fresh: Path) -> None:
    log = fresh.parent / "log"
    size = ("--parcels", str(PARCELS), "--drivers", "3", "--seed", "7")

    status, output, errors = played(fresh, "--headless", *size, "--speed", "max", "--json", "--export-log", str(log))

    assert status == 0, errors + output
    assert output.count("\n") == 1
    said = json.loads(output)
    assert said["delivered"] + said["attempted"] == PARCELS
    assert said["attempted"] > 0
    assert (said["dawn"]["loaded"], said["dawn"]["excepted"]) == (55, 5)
    assert said["exceptions_raised"] == said["exceptions_expected"] == 4 + 5
    assert said["ledger_verified"] is True
    assert said["ledger_size"] > 5 * PARCELS
    assert said["statements"]["duplicate"] >= 1
    assert said["statements"]["quarantined"] == 1
    assert said["disagreements"] == []
    assert (log / "checkpoint").read_text().splitlines()[1] == str(said["ledger_size"])
    assert wait_for_quiet(fresh) == []
    assert list(fresh.iterdir()) == []


@pytest.mark.faults
@pytest.mark.usefixtures("hears_ctrl_c")
@pytest.mark.timeout(DAY_S + 20)
def test_a_day_that_is_interrupted_leaves_nothing_behind(fresh: Path) -> None:
    demo = started(fresh, "--parcels", str(PARCELS), "--drivers", "3", "--dawn", "0", "--speed", "30")
    assert demo.stdout is not None
    try:
        shown = [demo.stdout.readline() for _ in range(5)]  # how to sign in, and four links
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)
    finally:
        demo.kill()

    assert "/t/" in shown[-1]
    assert demo.returncode == 130
    assert wait_for_quiet(fresh) == []
    assert list(fresh.iterdir()) == []


@pytest.mark.faults
@pytest.mark.timeout(DAY_S + 20)
def test_a_demo_that_is_killed_takes_its_installation_with_it(fresh: Path) -> None:
    demo = started(fresh, "--parcels", str(PARCELS), "--drivers", "3", "--dawn", "0", "--speed", "30")
    assert demo.stdout is not None
    demo.stdout.readline()
    running = still_running(fresh)
    demo.kill()
    demo.wait()
    until = time.monotonic() + 40
    while still_running(fresh) and time.monotonic() < until:
        time.sleep(0.1)

    assert running != []
    assert still_running(fresh) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--map", "atlantis.osm.pbf"), "demo.map_missing"),
        (("--map", str(default_map().with_name("test.osm.pbf"))), "demo.too_few_addresses"),
        (("--parcels", "12", "--drivers", "9"), "demo.size_impossible"),
        (("--dawn", "59"), "demo.size_impossible"),
        (("--data", str(Path(__file__).parent)), "demo.data_in_use"),
        (("--export-log", str(Path(__file__))), "demo.data_in_use"),
    ],
    ids=["no map", "a village", "too few parcels", "no dawn", "a folder in use", "a file for a folder"],
)
def test_a_day_that_cannot_be_played_says_why_and_starts_nothing(words: tuple[str, ...], code: str) -> None:
    result = CliRunner().invoke(build(), ["demo", "--headless", "--json", *words])

    said = json.loads(result.stdout)
    assert result.exit_code == 2
    assert said["ok"] is False
    assert said["code"] == code
    assert len(result.stderr.splitlines()) >= 3  # what, what disagrees, what to do
    assert "Starting" not in result.stderr


@pytest.mark.parametrize("words", [("--speed", "0"), ("--speed", "soon"), ("--drivers", "many"), ("--port", "70000")])
def test_options_that_make_no_sense_are_refused(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(build(), ["demo", "--headless", *words])

    assert result.exit_code == 2
    assert result.stdout == ""
