"""Hashing with several processes finds the same as with one, whatever becomes of them, and leaves none behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.ledger.crew import MEMBERS_MAX, TILES_AT_ONCE, TILES_MIN, crew_for, members_for
from safehand.ledger.source import FolderSource
from safehand.ledger.tiles import TILE_WIDTH
from safehand.ledger.verification import NamedReceipt, Verdict, verify_log
from tests.ledger.edits import EDITS, KEY, Shown, files_at, honest
from tests.ledger.logs import a_log, a_receipt, read_files, write_files

# Tests run beside other threads, where Python warns of forks; the crew itself would not be made there.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

LONG = TILE_WIDTH * TILES_AT_ONCE * 3 + 77


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough that every member is asked more than once, and the last of them for a part."""
    return a_log(tmp_path_factory.mktemp("crew") / "log", LONG)


def verdict_with(processes: int, folder: Path, *receipts: bytes) -> Verdict:
    held = [NamedReceipt(f"receipt-{number}", raw) for number, raw in enumerate(receipts)]
    return verify_log(FolderSource(folder), KEY.verifier, held, processes=processes)


def line_with(processes: int, folder: Path, shown: Shown) -> str:
    return verdict_with(processes, write_files(folder, shown.files), *shown.receipts).line


@settings(max_examples=60)
@given(st.sampled_from(sorted(EDITS)), st.integers(0, 2**32), st.integers(1, 3))
def test_an_edit_gets_the_same_verdict_from_a_crew(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: int, processes: int
) -> None:
    chance = Random(seed)
    shown = EDITS[name](chance, honest(chance))
    folder = tmp_path_factory.mktemp("shown") / "log"

    assert line_with(processes, folder, shown) == line_with(0, folder, shown)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_a_short_log_is_accepted_by_a_crew(tmp_path: Path, size: int) -> None:
    assert line_with(2, tmp_path / "log", Shown(files_at(size))).startswith(f"ok {size} ")


@pytest.mark.parametrize("processes", [1, 2, 3, MEMBERS_MAX])
def test_a_long_log_is_accepted_by_a_crew_with_its_receipts(long_log: Path, processes: int) -> None:
    receipts = [a_receipt(long_log, index) for index in (0, 300, 9_000, LONG - 1)]

    alone = verdict_with(0, long_log, *receipts)
    assert alone.line.startswith(f"ok {LONG} ")
    assert verdict_with(processes, long_log, *receipts) == alone


@pytest.mark.parametrize(
    "path", ["tile/entries/000", "tile/entries/033", "tile/0/095", "tile/1/000.p/96", "tile/0/096.p/77"]
)
def test_a_bit_in_a_long_log_is_found_by_a_crew(long_log: Path, tmp_path: Path, path: str) -> None:
    files = read_files(long_log)
    raw = bytearray(files[path])
    raw[50] ^= 1
    folder = write_files(tmp_path / "log", files | {path: bytes(raw)})

    alone = verdict_with(0, folder)
    assert not alone.ok
    assert verdict_with(2, folder).line == alone.line


def test_an_entry_that_stands_twice_in_a_long_log_is_found_by_a_crew(long_log: Path, tmp_path: Path) -> None:
    files = read_files(long_log)
    for kind in ("entries", "0"):
        files[f"tile/{kind}/050"] = files[f"tile/{kind}/003"]
    folder = write_files(tmp_path / "log", files)

    assert verdict_with(2, folder).line == verdict_with(0, folder).line
    assert not verdict_with(2, folder).ok


class Doomed(FolderSource):
    """A folder in which a process that is not the one that opened it dies at the first tile of its second part."""

    owner = os.getpid()

    def read(self, path: str, bytes_max: int) -> bytes | None:
        if os.getpid() != Doomed.owner and path == f"tile/0/{2 * TILES_AT_ONCE:03d}":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(path, bytes_max)


def test_a_member_that_dies_is_not_missed(long_log: Path) -> None:
    Doomed.owner = os.getpid()

    verdict = verify_log(Doomed(long_log), KEY.verifier, processes=2)

    assert verdict == verdict_with(0, long_log)


class Interrupted(FolderSource):
    """The same, where Ctrl-C reaches a member in the middle of a tile."""

    def read(self, path: str, bytes_max: int) -> bytes | None:
        if os.getpid() != Doomed.owner and path.startswith("tile/"):
            raise KeyboardInterrupt
        return super().read(path, bytes_max)


def test_a_member_that_is_interrupted_says_nothing_and_ends(long_log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Doomed.owner = os.getpid()

    assert verify_log(Interrupted(long_log), KEY.verifier, processes=2).ok
    assert capfd.readouterr() == ("", "")


def children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_no_process_is_left_behind(long_log: Path, tmp_path: Path) -> None:
    before = children()

    verdict_with(3, long_log)
    verdict_with(3, write_files(tmp_path / "log", read_files(long_log) | {"tile/entries/000": b""}))
    with crew_for(FolderSource(long_log), LONG, 3):
        assert children() != before

    assert children() == before


def test_a_crew_whose_verifier_was_killed_ends(long_log: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from safehand.ledger.crew import crew_for\n"
        "from safehand.ledger.source import FolderSource\n"
        "with crew_for(FolderSource(Path(sys.argv[1])), 10**12, 2): print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(long_log)], stdout=subprocess.PIPE) as verifier:
        assert verifier.stdout is not None
        assert verifier.stdout.readline() == b"up\n"
        members = Path(f"/proc/{verifier.pid}/task/{verifier.pid}/children").read_text().split()
        verifier.kill()

    assert len(members) == 2
    until_s = time.monotonic() + 20
    while any(Path(f"/proc/{pid}/exe").exists() for pid in members):
        assert time.monotonic() < until_s, "a member goes on by itself"
        time.sleep(0.02)


def test_nobody_is_called_for_a_short_log_or_beside_other_threads(long_log: Path) -> None:
    source = FolderSource(long_log)
    assert members_for(source, TILES_MIN * TILE_WIDTH - 1) == 0

    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    assert members_for(source, 10**9) == 0
    over.set()
    other.join()
