"""Every moment at which a machine can die, or a disk can fail, while the log is written: the log stays valid.

The child lets a log grow from 300 entries to 600. Whatever happens, the folder must verify as the one or as the other,
and the next start must bring it to 600. Beside it stand planted faults that the same test must find.
"""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from tests.faults.growing_log import AFTER, BEFORE, BEGIN
from tests.faults.lossy_disk import LossyDisk, calls_of
from tests.ledger.logs import a_key, a_log, entries_for, plain_log, read_files, verdict_of, write_files

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

STRACE = shutil.which("strace")
ROOT = Path(__file__).parents[2]
CHILD = ROOT / "tests" / "faults" / "growing_log.py"
CALLS = ("openat", "write", "fsync", "rename", "mkdir", "unlinkat", "rmdir", "read", "fstat", "flock")
KILLED = -signal.SIGKILL
AT_ONCE = 2

OLD = f"ok {BEFORE} " + plain_log(entries_for(BEFORE), a_key())["checkpoint"].decode().split("\n")[2]
NEW = f"ok {AFTER} " + plain_log(entries_for(AFTER), a_key())["checkpoint"].decode().split("\n")[2]


@pytest.fixture(scope="module", autouse=True)
def _strace() -> None:
    if STRACE is None:
        assert os.environ.get("CI") != "true", "strace is needed: apt-get install strace"
        pytest.skip("strace is not installed")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 300 entries, grown in steps as a live one is."""
    return a_log(tmp_path_factory.mktemp("crash") / "before", BEFORE, steps=[10, 250, 290])


@dataclass(frozen=True)
class Point:
    """The `number`th call of a kind since the child started, and what is done to it."""

    call: str
    number: int
    injected: str


@dataclass(frozen=True)
class Struck:
    """What became of a child and of its log."""

    point: Point
    code: int
    done: bool
    line: str

    @property
    def broken(self) -> bool:
        return self.line not in {OLD, NEW} or (self.done and self.line != NEW)


def run(folder: Path, mode: str, trace: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The child under strace. The same start each time: calls are counted from there."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
    command = [str(STRACE), "-y", "-s", "0", "-o", str(trace), *options, sys.executable, str(CHILD), str(folder), mode]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def recorded(before: Path, mode: str, folder: Path) -> tuple[Path, str]:
    """The log after an undisturbed run, and the calls of that run since it began to write."""
    log, trace = folder / "log", folder / "trace"
    shutil.copytree(before, log)
    done = run(log, mode, trace, "-e", f"trace={','.join([*CALLS, 'access'])}")
    assert done.stdout == f"done {AFTER}\n", done.stderr
    return log, trace.read_text()


def points(trace: str, calls: tuple[str, ...], injections: tuple[str, ...]) -> list[Point]:
    """Every call of these kinds after the beginning, in order."""
    counted = dict.fromkeys(calls, 0)
    found: list[Point] = []
    begun = False
    for line in trace.splitlines():
        call = line.partition("(")[0]
        begun |= BEGIN in line
        if call in counted:
            counted[call] += 1
            if begun:
                found += [Point(call, counted[call], injected) for injected in injections]
    return found


def strike(before: Path, mode: str, folder: Path, point: Point) -> Struck:
    """Run the child with one call spoilt; then see whether the log verifies, and whether a new start mends all."""
    log = folder / f"{point.call}-{point.number}-{point.injected[:5]}"
    trace = log.with_suffix(".trace")
    shutil.copytree(before, log)
    fault = f"inject={point.call}:{point.injected}:when={point.number}"
    done = run(log, mode, trace, "-e", f"trace={point.call}", "-e", fault)
    assert done.returncode == KILLED if "KILL" in point.injected else "INJECTED" in trace.read_text(), (
        point,
        done.stderr,
    )
    line = verdict_of(log).line
    if line in {OLD, NEW} and mode == "careful":
        assert verdict_of(a_log(log, AFTER)).line == NEW, f"{point}: the next start does not go on"
    shutil.rmtree(log)
    trace.unlink()
    return Struck(point, done.returncode, f"done {AFTER}" in done.stdout, line)


def struck(before: Path, mode: str, folder: Path, where: list[Point]) -> list[Struck]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda point: strike(before, mode, folder, point), where))


def test_a_kill_or_an_input_output_error_at_any_call_leaves_a_valid_log(before: Path, tmp_path: Path) -> None:
    _, trace = recorded(before, "careful", tmp_path / "undisturbed")
    where = points(trace, CALLS, ("signal=KILL", "error=EIO"))

    found = struck(before, "careful", tmp_path, where)

    assert [one for one in found if one.broken] == []
    assert len(found) > 150
    assert {one.line for one in found} == {OLD, NEW}
    syncs = [one for one in found if one.point.call == "fsync" and "EIO" in one.point.injected]
    assert all(one.done for one in syncs), "a failed sync is tried again from the beginning, and then it is well"


def test_a_full_disk_at_any_write_leaves_a_valid_log(before: Path, tmp_path: Path) -> None:
    _, trace = recorded(before, "careful", tmp_path / "undisturbed")
    where = points(trace, ("write", "openat", "mkdir", "rename"), ("error=ENOSPC",))

    found = struck(before, "careful", tmp_path, where)

    assert [one for one in found if one.broken] == []


@pytest.mark.parametrize("mode", ["checkpoint-first", "in-place"])
def test_a_writer_in_another_order_or_in_place_is_found_out(before: Path, tmp_path: Path, mode: str) -> None:
    _, trace = recorded(before, mode, tmp_path / "undisturbed")
    where = points(trace, ("openat", "write", "fsync", "rename", "mkdir"), ("signal=KILL",))

    found = struck(before, mode, tmp_path, where)

    assert [one for one in found if one.broken]


# Loss of power


def bad_outcomes(before: Path, mode: str, folder: Path) -> tuple[int, list[str]]:
    """How many trees a loss of power may leave, and the verdicts on those that are no valid log."""
    log, trace = recorded(before, mode, folder / "undisturbed")
    began = trace.index(BEGIN)
    disk = LossyDisk.holding(read_files(before), read_files(log))
    seen: set[frozenset[tuple[str, bytes]]] = set()
    bad: list[str] = []
    for call in (None, *calls_of(trace[began:], log)):
        if call is not None:
            disk.do(call)
        for tree in disk.outcomes():
            files = {path: raw for path, raw in tree.items() if not Path(path).name.startswith(".")}
            if (key := frozenset(files.items())) in seen:
                continue
            seen.add(key)
            line = verdict_of(write_files(folder / "found", files)).line
            if line not in {OLD, NEW}:
                bad.append(f"after {call}: {line}")
            elif mode == "careful":
                assert verdict_of(a_log(folder / "found", AFTER)).line == NEW
    for tree in islice(disk.outcomes(), 2):  # it was said to be done: nothing of it may be lost any more
        if (line := verdict_of(write_files(folder / "found", tree)).line) != NEW:
            bad.append(f"at the end: {line}")
    assert {path: raw for path, raw in list(disk.outcomes())[2].items() if not path.startswith(".")} == read_files(log)
    return len(seen), bad


def test_a_loss_of_power_at_any_call_leaves_a_valid_log_and_never_one_behind_its_word(
    before: Path, tmp_path: Path
) -> None:
    trees, bad = bad_outcomes(before, "careful", tmp_path)

    assert bad == []
    assert trees >= 15


@pytest.mark.parametrize("mode", ["careless", "hasty", "checkpoint-first", "in-place"])
def test_a_writer_that_syncs_too_little_is_found_out(before: Path, tmp_path: Path, mode: str) -> None:
    """A kill would not find the first two: the kernel would still write what they had left to it."""
    _, bad = bad_outcomes(before, mode, tmp_path)

    assert bad
