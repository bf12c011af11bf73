"""The writer of the log: it grows, it continues after a restart, and it would rather stop than sign two histories."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from safehand.ledger.entry import BadEntry
from safehand.ledger.errors import (
    EntryContradicted,
    EntryGap,
    LogUnwritable,
)
from safehand.ledger.merkle import leaf_hash
from safehand.ledger.publication import ENTRIES_UNPUBLISHED_MAX, LOCK_NAME, LogWriter
from tests.ledger.logs import (
    a_key,
    a_log,
    entries_for,
    mth,
    plain_log,
    published,
    read_files,
    verdict_of,
    write_files,
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


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 513, 1400])
def test_its_files_are_those_of_the_definition(log: Path, size: int) -> None:
    assert read_files(a_log(log, size)) == plain_log(ENTRIES[:size], a_key())


@pytest.mark.parametrize("steps", [(1, 2, 3), (255, 256, 257), (100, 300, 512), (256, 512, 768), (0, 700)])
def test_growing_in_steps_gives_the_same_log_and_keeps_what_older_checkpoints_need(
    log: Path, steps: tuple[int, ...]
) -> None:
    files = read_files(a_log(log, 1000, steps=steps))

    assert plain_log(ENTRIES[:1000], a_key()).items() <= files.items()
    for step in steps:
        older = plain_log(ENTRIES[:step], a_key())
        for path, content in older.items():
            if path not in {"checkpoint", "vkey"}:
                full = path.partition(".p/")[0]
                assert files.get(path) == content or full in files
    assert verdict_of(log).ok


def test_publishing_nothing_new_signs_nothing_new(log: Path, writer: LogWriter) -> None:
    writer.extend(0, ENTRIES[:10])
    first = writer.publish()
    before = read_files(log)

    assert writer.publish() is first
    assert read_files(log) == before


def test_an_empty_log_can_be_published_so_that_there_is_a_checkpoint_from_the_start(
    log: Path, writer: LogWriter
) -> None:
    assert writer.published is None
    writer.publish()

    assert verdict_of(log).line.startswith("ok 0 ")


def test_entries_wait_until_they_are_published(log: Path, writer: LogWriter) -> None:
    writer.publish()
    before = read_files(log)

    writer.extend(0, ENTRIES[:300])

    assert writer.size == 300
    assert read_files(log) == before


def test_a_restart_goes_on_where_the_checkpoint_stands(log: Path) -> None:
    for size in (10, 256, 300, 1400):
        with LogWriter.open(log, a_key()) as writer:
            writer.extend(writer.size, ENTRIES[writer.size : size])
            signed = writer.publish()
        assert signed.root == root_of(size)
        with LogWriter.open(log, a_key(), signed.checkpoint) as writer:
            assert writer.published == signed
            assert writer.size == size
    assert verdict_of(log).ok


def test_entries_that_were_not_published_are_forgotten_and_can_be_given_again(log: Path) -> None:
    a_log(log, 300)
    with LogWriter.open(log, a_key()) as writer:
        writer.extend(300, ENTRIES[300:700])
    with LogWriter.open(log, a_key()) as writer:
        assert writer.size == 300
        writer.extend(300, ENTRIES[300:700])
        assert writer.publish().root == root_of(700)


def test_what_a_crash_left_behind_is_overwritten(log: Path) -> None:
    """A publication that died before its checkpoint: the tiles of 600 are there, the checkpoint says 300."""
    a_log(log, 300)
    note = (log / "checkpoint").read_bytes()
    a_log(log, 600)
    (log / "checkpoint").write_bytes(note)
    (log / "tile" / "0" / ".000.tmp").write_bytes(b"half")
    assert verdict_of(log).line.startswith("ok 300 ")

    a_log(log, 900)

    assert verdict_of(log).line.startswith("ok 900 ")


# Entries and positions


def test_entries_given_again_are_compared(log: Path) -> None:
    a_log(log, 700)
    with LogWriter.open(log, a_key()) as writer:
        writer.extend(0, ENTRIES[:800])
        writer.extend(250, ENTRIES[250:600])
        writer.extend(699, ENTRIES[699:900])

        assert writer.size == 900
        assert writer.publish().root == root_of(900)


@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 699, 700, 799])
def test_another_entry_at_a_taken_place_is_refused_and_nothing_is_taken(log: Path, index: int) -> None:
    a_log(log, 700)
    other = [*ENTRIES[:index], entries_for(1, seed=9)[0], *ENTRIES[index + 1 : 900]]
    with LogWriter.open(log, a_key()) as writer:
        writer.extend(700, ENTRIES[700:800])
        with pytest.raises(EntryContradicted) as refused:
            writer.extend(0, other)

        assert refused.value.params == {"index": index}
        assert writer.size == 800


def test_a_gap_is_refused(writer: LogWriter) -> None:
    writer.extend(0, ENTRIES[:5])

    with pytest.raises(EntryGap):
        writer.extend(6, ENTRIES[6:7])
    assert writer.size == 5


def test_what_is_no_entry_is_not_taken(writer: LogWriter) -> None:
    with pytest.raises(BadEntry):
        writer.extend(0, [*ENTRIES[:3], b"something else"])
    assert writer.size == 0


def test_too_many_at_once_are_refused(writer: LogWriter) -> None:
    with pytest.raises(ValueError, match="publish"):
        writer.extend(0, ENTRIES[:1] * (ENTRIES_UNPUBLISHED_MAX + 1))
    assert writer.size == 0


# A disk that does not take it


@pytest.mark.parametrize("path", ["tile/1", "tile/entries", "tile/0/.000.tmp", ".checkpoint.tmp"])
def test_after_a_failed_write_the_same_call_succeeds(log: Path, path: str) -> None:
    """Something stands in the way of a file or a folder; then it is gone."""
    with LogWriter.open(log, a_key()) as writer:
        writer.extend(0, ENTRIES[:10])
        writer.publish()
        writer.extend(10, ENTRIES[10:600])
        obstacle = log / path
        moved = obstacle.with_name("moved")
        if obstacle.exists():
            obstacle.rename(moved)
        if path.endswith(".tmp"):
            obstacle.mkdir()
        else:
            obstacle.write_bytes(b"")
        with pytest.raises(LogUnwritable):
            writer.publish()
        assert writer.published is not None
        assert writer.published.size == 10

        if obstacle.is_dir():
            obstacle.rmdir()
        else:
            obstacle.unlink()
        if moved.exists():
            moved.rename(obstacle)
        writer.extend(600, ENTRIES[600:900])
        assert writer.publish().root == root_of(900)
    assert verdict_of(log).ok


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(LogUnwritable):
        LogWriter.open(tmp_path / "file" / "log", a_key())


# Small and tidy


def test_a_large_log_is_not_written_again_for_one_more_entry(log: Path) -> None:
    a_log(log, 66_000)
    before = {path: path.stat().st_ino for path in log.rglob("*") if path.is_file()}

    with LogWriter.open(log, a_key()) as writer:
        writer.extend(66_000, entries_for(66_001)[-1:])
        writer.publish()

    after = {path: path.stat().st_ino for path in log.rglob("*") if path.is_file()}
    written = {str(path.relative_to(log)) for path, inode in after.items() if before.get(path) != inode}
    assert written == {"checkpoint", "tile/0/257.p/209", "tile/entries/257.p/209"}


def test_partial_tiles_go_once_the_full_one_is_there(log: Path) -> None:
    a_log(log, 600, steps=range(0, 600, 37))

    partials = sorted(str(path.relative_to(log)) for path in log.rglob("*.p"))
    assert partials == ["tile/0/002.p", "tile/1/000.p", "tile/entries/002.p"]
    assert verdict_of(log).ok


def test_partial_tiles_that_a_crash_left_go_at_the_next_start(log: Path) -> None:
    a_log(log, 600)
    for level in ("0", "entries"):
        (log / "tile" / level / "001.p").mkdir()
        (log / "tile" / level / "001.p" / "7").write_bytes(b"")

    a_log(log, 601)

    assert not list(log.rglob("001.p"))
    assert verdict_of(log).ok


def test_a_reader_of_any_moment_finds_a_log_that_verifies(log: Path) -> None:
    """A slow reader and a quick writer: partial tiles vanish under the reader, and full ones take their place."""
    a_log(log, 10)
    done = threading.Event()

    def grow() -> None:
        with LogWriter.open(log, a_key()) as writer:
            for size in range(11, 1400, 13):
                writer.extend(writer.size, ENTRIES[writer.size : size])
                writer.publish()
        done.set()

    growing = threading.Thread(target=grow)
    growing.start()
    sizes = set()
    while not done.is_set():
        verdict = verdict_of(log)
        assert verdict.ok, verdict.line
        sizes.add(verdict.size)
    growing.join()
    assert len(sizes) > 3


def test_the_folder_shows_the_verifier_key(log: Path) -> None:
    a_log(log, 5)
    (log / "vkey").write_bytes(b"damaged")

    a_log(log, 6)

    assert (log / "vkey").read_text() == f"{a_key().verifier}\n"


def test_a_log_that_others_made_by_the_same_rules_is_continued(log: Path) -> None:
    write_files(log, plain_log(ENTRIES[:777], a_key()))

    a_log(log, 1000)

    assert published(log).root == root_of(1000)
    assert os.path.exists(log / LOCK_NAME)
