"""A writer takes a log over only where it continues what was signed before, and only one writer at a time."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from safehand.kernel.errors import SafehandError
from safehand.ledger.checkpoint import Checkpoint
from safehand.ledger.errors import (
    LogBehind,
    LogBroken,
    LogBusy,
    LogForked,
)
from safehand.ledger.merkle import leaf_hash
from safehand.ledger.publication import LogWriter
from tests.ledger.logs import (
    ORIGIN,
    a_key,
    a_log,
    entries_for,
    mth,
    plain_log,
)

ENTRIES = entries_for(1400)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def writer(log: Path) -> Iterator[LogWriter]:
    with LogWriter.open(log, a_key()) as opened:
        yield opened


def root_of(size: int) -> bytes:
    return mth([leaf_hash(entry) for entry in ENTRIES[:size]])


# What it refuses to continue


def test_a_log_that_continues_what_is_remembered_is_taken_over(log: Path) -> None:
    a_log(log, 700)
    for size in (0, 1, 255, 256, 300, 512, 699, 700):
        with LogWriter.open(log, a_key(), Checkpoint(ORIGIN, size, root_of(size))) as writer:
            assert writer.size == 700


@pytest.mark.parametrize("found", [0, 300, 699])
def test_a_log_behind_what_is_remembered_is_refused(log: Path, found: int) -> None:
    a_log(log, found)

    with pytest.raises(LogBehind) as refused:
        LogWriter.open(log, a_key(), Checkpoint(ORIGIN, 700, root_of(700)))
    assert refused.value.params == {"remembered": 700, "found": found}


def test_a_missing_log_is_refused_if_one_is_remembered(log: Path) -> None:
    with pytest.raises(LogBehind):
        LogWriter.open(log, a_key(), Checkpoint(ORIGIN, 1, root_of(1)))


@pytest.mark.parametrize("size", [0, 1, 256, 300, 700])
def test_a_log_of_another_history_than_remembered_is_refused(log: Path, size: int) -> None:
    a_log(log, 700)
    other = mth([leaf_hash(entry) for entry in entries_for(size or 1, seed=9)])

    with pytest.raises(LogForked):
        LogWriter.open(log, a_key(), Checkpoint(ORIGIN, size, other))


def test_a_remembered_checkpoint_of_another_log_is_refused(log: Path) -> None:
    a_log(log, 700)

    with pytest.raises(LogForked):
        LogWriter.open(log, a_key(), Checkpoint("other.example", 700, root_of(700)))


def test_a_log_of_another_key_is_refused(log: Path) -> None:
    a_log(log, 700)

    with pytest.raises(LogBroken):
        LogWriter.open(log, a_key(seed=2))


EDGE = ["checkpoint", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/002.p/188"]


@pytest.mark.parametrize("path", EDGE)
@pytest.mark.parametrize("damage", ["flip", "cut", "link"])
def test_a_damaged_edge_is_refused(log: Path, path: str, damage: str) -> None:
    file = a_log(log, 700) / path
    raw = file.read_bytes()
    if damage == "flip":
        file.write_bytes(raw[:40] + bytes([raw[40] ^ 4]) + raw[41:])
    elif damage == "cut":
        file.write_bytes(raw[:-1])
    else:
        file.rename(file.with_name("moved"))
        file.symlink_to("moved")

    with pytest.raises(LogBroken):
        LogWriter.open(log, a_key())
    with pytest.raises(SafehandError):  # and it has let go of the log
        LogWriter.open(log, a_key())


@pytest.mark.parametrize("path", EDGE[1:])
def test_a_missing_edge_is_refused(log: Path, path: str) -> None:
    (a_log(log, 700) / path).unlink()

    with pytest.raises(LogBroken, match=r"missing"):
        LogWriter.open(log, a_key())


def test_a_tile_that_was_damaged_since_the_start_stops_the_next_signature(log: Path) -> None:
    """It is not written again, as it does not change; but what is signed is what is on the disk."""
    a_log(log, 65_536 + 300)
    with LogWriter.open(log, a_key()) as writer:
        (log / "tile/2/000.p/1").write_bytes(bytes(32))
        writer.extend(writer.size, entries_for(1, seed=9))
        with pytest.raises(LogForked):
            writer.publish()
    assert b"\n65836\n" in (log / "checkpoint").read_bytes()


def test_a_checkpoint_that_somebody_else_put_there_stops_the_writer(log: Path, writer: LogWriter) -> None:
    writer.extend(0, ENTRIES[:300])
    writer.publish()
    (log / "checkpoint").write_bytes(plain_log(ENTRIES[:400], a_key())["checkpoint"])

    writer.extend(300, ENTRIES[300:500])
    with pytest.raises(LogForked):
        writer.publish()


def test_a_lost_checkpoint_stops_the_writer(log: Path, writer: LogWriter) -> None:
    writer.extend(0, ENTRIES[:300])
    writer.publish()
    (log / "checkpoint").unlink()

    writer.extend(300, ENTRIES[300:500])
    with pytest.raises(LogForked):
        writer.publish()


# One writer


def test_a_second_writer_is_turned_away_until_the_first_has_closed(log: Path) -> None:
    first = LogWriter.open(log, a_key())
    with pytest.raises(LogBusy):
        LogWriter.open(log, a_key())
    first.close()
    first.close()

    LogWriter.open(log, a_key()).close()


def test_the_lock_is_free_once_its_process_is_killed(log: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from safehand.ledger.publication import LogWriter\n"
        "from safehand.ledger.signing import load_or_create_key\n"
        "writer = LogWriter.open(Path(sys.argv[1]), load_or_create_key(Path(sys.argv[2]), 'log.example'))\n"
        "print('open', flush=True); time.sleep(60)"
    )
    key = log.parent / "log.key"
    with subprocess.Popen([sys.executable, "-c", program, str(log), str(key)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(LogBusy):
            LogWriter.open(log, a_key())
        process.kill()
    LogWriter.open(log, a_key()).close()
