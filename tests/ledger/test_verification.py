"""Verification of whole logs: what is right is accepted, what is wrong is named, what is unusable is neither."""

import os
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from safehand.ledger.checkpoint import sign_checkpoint
from safehand.ledger.entry import ENTRY_BYTES
from safehand.ledger.note import VerifierKey
from safehand.ledger.receipt import make_receipt
from safehand.ledger.refusals import Unusable
from safehand.ledger.source import FolderSource, SourceUnusable
from safehand.ledger.tiles import Tile, node_reader
from safehand.ledger.verification import RECEIPTS_MAX, NamedReceipt, verify_log
from tests.ledger.logs import (
    a_fact,
    a_key,
    a_log,
    a_receipt,
    a_salt,
    entries_for,
    plain_log,
    read_files,
    verdict_of,
    write_files,
)

type Files = dict[str, bytes]

ENTRIES = entries_for(700)
FILES = plain_log(ENTRIES, a_key())


def line_for(folder: Path, files: Files, *receipts: bytes) -> str:
    return verdict_of(write_files(folder / "log", files), *receipts).line


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537])
def test_a_right_log_of_any_size_is_accepted(tmp_path: Path, size: int) -> None:
    verdict = verdict_of(a_log(tmp_path / "log", size))

    assert verdict.ok, verdict.line
    assert verdict.size == size
    assert re.fullmatch(rf"ok {size} [A-Za-z0-9+/]{{43}}=", verdict.line)


def test_files_that_the_checkpoint_does_not_need_do_not_matter(tmp_path: Path) -> None:
    """A live log shows them: tiles of a checkpoint to come, older partial ones, notes of the operator."""
    more = {"tile/0/002.p/7": b"?", "tile/0/003": b"?", "tile/9/000": b"?", "README": b"?", "tile/0/.000.tmp": b"?"}

    assert line_for(tmp_path, FILES | more).startswith("ok 700 ")


def test_a_full_tile_stands_in_for_a_partial_one(tmp_path: Path) -> None:
    grown = plain_log(entries_for(1000), a_key())
    files = {path: content for path, content in FILES.items() if not path.endswith(".p/188")}
    wider = {path: grown[path] for path in ("tile/0/002", "tile/entries/002")}

    assert line_for(tmp_path, files | wider).startswith("ok 700 ")


def flipped(files: Files, path: str, at: int = 40) -> Files:
    raw = files[path]
    return files | {path: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]}


def without(files: Files, path: str) -> Files:
    return {name: content for name, content in files.items() if name != path}


LAST = "tile/entries/002.p/188"
RECORD = ENTRY_BYTES + 2


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (flipped(FILES, "tile/entries/000"), r"bad entry 0: it is not the entry that tile/0/000 .*"),
        (flipped(FILES, "tile/entries/001", 85 * 7 + 2 + 18), r"bad entry 263: .*"),
        (flipped(FILES, "tile/entries/001", 85 * 7 + 2), r"bad entry 263: not in the form of an entry.*"),
        (
            flipped(FILES, LAST, 85 * 187 + 1),
            r"bad entry 699: tile/entries/002.p/188 goes on behind its 188 entries|.*",
        ),
        (flipped(FILES, "tile/0/000"), r"bad tile tile/0/000: its hash 1 is not that of the entries"),
        (flipped(FILES, "tile/0/002.p/188", 187 * 32), r"bad tile tile/0/002.p/188: its hash 187 .*"),
        (flipped(FILES, "tile/1/000.p/2", 63), r"bad tile tile/1/000.p/2: its hash 1 .*"),
        (without(FILES, "tile/entries/001"), r"bad entry 256: tile/entries/001 is missing"),
        (without(FILES, LAST), r"bad entry 512: tile/entries/002.p/188 is missing"),
        (without(FILES, "tile/0/001"), r"bad tile tile/0/001: tile/0/001 is missing"),
        (without(FILES, "tile/1/000.p/2"), r"bad tile tile/1/000.p/2: .* is missing"),
        (FILES | {LAST: FILES[LAST] + b"x"}, r"bad entry 700: .* goes on behind its 188 entries"),
        (FILES | {LAST: FILES[LAST] + FILES[LAST][:RECORD]}, r"bad entry 700: .* goes on behind its 188 entries"),
        (FILES | {LAST: FILES[LAST][:-1]}, r"bad entry 699: .* ends before it does"),
        (FILES | {LAST: FILES[LAST][:-RECORD]}, r"bad entry 699: .* ends before it does"),
        (FILES | {LAST: FILES[LAST][: 1 - RECORD]}, r"bad entry 699: .* ends before it does"),
        (FILES | {LAST: b""}, r"bad entry 512: .* ends before it does"),
        (FILES | {LAST: FILES[LAST] * 20}, r"bad entry 512: more than 192888 bytes"),
        (FILES | {"tile/0/001": FILES["tile/0/001"] + b"x"}, r"bad tile tile/0/001: more than 8192 bytes"),
        (FILES | {"tile/0/001": FILES["tile/0/001"][:-32]}, r"bad tile tile/0/001: 8160 bytes, not 256 hashes"),
        (FILES | {"tile/1/000.p/2": b""}, r"bad tile tile/1/000.p/2: 0 bytes, not 2 hashes"),
        (flipped(FILES, "checkpoint", 0), r"bad checkpoint: .*"),
        (flipped(FILES, "checkpoint", 23), r"bad checkpoint: the signature of .* is wrong"),
        (FILES | {"checkpoint": b""}, r"bad checkpoint: .*"),
        (FILES | {"checkpoint": FILES["checkpoint"] + b"x" * 600_000}, r"bad checkpoint: longer than .*"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, files: Files, line: str) -> None:
    found = line_for(tmp_path, files)

    assert found.startswith("bad ")
    assert re.fullmatch(line, found), found


def made_by_the_owner(entries: list[bytes]) -> Files:
    """Whatever the key's owner wants the log to be, signed and consistent with itself."""
    return plain_log(entries, a_key())


@pytest.mark.parametrize("at", [0, 255, 256, 699])
@pytest.mark.parametrize(
    "entry",
    [
        b"x",
        ENTRIES[0].upper(),
        ENTRIES[0] + b"\n",
        ENTRIES[0][:-1],
        b"safehand/entry/v2\n" + ENTRIES[0][18:],
        b"y" * 900,
    ],
)
def test_an_entry_in_another_form_is_refused_even_if_it_was_signed(tmp_path: Path, at: int, entry: bytes) -> None:
    files = made_by_the_owner([*ENTRIES[:at], entry, *ENTRIES[at + 1 :]])

    assert line_for(tmp_path, files) == f"bad entry {at}: not in the form of an entry: mark, 64 hex digits, newline"


def test_an_entry_that_stands_twice_is_refused_even_if_it_was_signed(tmp_path: Path) -> None:
    files = made_by_the_owner([*ENTRIES[:600], ENTRIES[7], *ENTRIES[600:]])

    assert line_for(tmp_path, files) == "bad entry 600: it is entry 7 once more"


def test_tiles_that_agree_with_changed_entries_do_not_help(tmp_path: Path) -> None:
    """Everything was made anew but the signature: only the root tells."""
    changed = made_by_the_owner([*ENTRIES[:300], entries_for(1, seed=9)[0], *ENTRIES[301:]])

    line = line_for(tmp_path, changed | {"checkpoint": FILES["checkpoint"]})
    assert line.startswith("bad checkpoint: the entries give the root ")


def test_an_upper_tile_that_was_left_as_it_was_tells_which_entries_changed(tmp_path: Path) -> None:
    changed = made_by_the_owner([*ENTRIES[:300], entries_for(1, seed=9)[0], *ENTRIES[301:]])
    kept = {path: FILES[path] for path in ("checkpoint", "tile/1/000.p/2")}

    assert line_for(tmp_path, changed | kept).startswith("bad entry 256: it is not the entry that tile/1/000.p/2")


# Keys


def test_without_a_trusted_key_the_one_beside_the_log_is_used_and_not_trusted(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "log", FILES)

    verdict = verdict_of(folder, trusted=False)
    assert verdict.ok
    assert not verdict.authenticated
    assert verdict_of(folder).authenticated


def test_a_log_with_its_own_other_key_passes_only_without_a_trusted_one(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "log", plain_log(ENTRIES, a_key(seed=2)))

    assert verdict_of(folder, trusted=False).ok
    assert verdict_of(folder).line.startswith("bad checkpoint: not signed by ")


@pytest.mark.parametrize("name", ["vkey", "checkpoint"])
def test_without_key_or_checkpoint_there_is_nothing_to_verify(tmp_path: Path, name: str) -> None:
    folder = write_files(tmp_path / "log", without(FILES, name))

    with pytest.raises(Unusable):
        verdict_of(folder, trusted=False)


@pytest.mark.parametrize("content", [b"", b"\xff", b"x" * 5000, FILES["vkey"] + b"\n", b"a+b+c\n"])
def test_a_vkey_that_is_none_is_unusable(tmp_path: Path, content: bytes) -> None:
    folder = write_files(tmp_path / "log", FILES | {"vkey": content})

    with pytest.raises(Unusable):
        verdict_of(folder, trusted=False)
    assert verdict_of(folder).ok  # a trusted key needs none beside the log


def test_a_place_that_is_no_folder_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    for name in ("file", "nothing"):
        with pytest.raises(SourceUnusable):
            FolderSource(tmp_path / name)


# Odd files


def linked(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def foldered(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("make", [linked, piped, foldered])
@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("tile/0/001", "tile tile/0/001"),
        ("tile/entries/001", "entry 256"),
        ("tile/1/000.p/2", "tile tile/1/000.p/2"),
        ("checkpoint", "checkpoint"),
    ],
)
def test_links_pipes_and_folders_in_the_place_of_a_file_are_refused(
    tmp_path: Path, make: Callable[[Path], None], path: str, subject: str
) -> None:
    folder = write_files(tmp_path / "log", FILES)
    make(folder / path)

    assert verdict_of(folder).line.startswith(f"bad {subject}: ")


@pytest.mark.parametrize("path", ["tile", "tile/0", "tile/1/000.p"])
def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path: Path, path: str) -> None:
    folder = write_files(tmp_path / "log", FILES)
    linked(folder / path)

    assert "is a symbolic link" in verdict_of(folder).line


def test_the_log_itself_may_be_reached_through_a_link(tmp_path: Path) -> None:
    write_files(tmp_path / "log", FILES)
    (tmp_path / "link").symlink_to("log")

    assert verdict_of(tmp_path / "link").ok


# Receipts


@pytest.mark.parametrize(("size", "index"), [(1, 0), (10, 3), (256, 255), (257, 256), (300, 299), (512, 0), (700, 699)])
def test_a_log_continues_the_receipts_of_its_past(tmp_path: Path, size: int, index: int) -> None:
    receipt = a_receipt(a_log(tmp_path / "then", size), index)

    verdict = verdict_of(write_files(tmp_path / "now", FILES), receipt, a_receipt(a_log(tmp_path / "x", 5), 1))

    assert verdict.ok, verdict.line
    assert [(proven.index, proven.fact) for proven in verdict.receipts] == [(index, a_fact(index)), (1, a_fact(1))]


@pytest.mark.parametrize("left", [0, 1, 256, 512, 699])
def test_a_cut_tail_is_told_by_a_receipt_and_by_nothing_else(tmp_path: Path, left: int) -> None:
    receipt = a_receipt(a_log(tmp_path / "then", 700), 3)
    cut = a_log(tmp_path / "cut", left)

    assert verdict_of(cut).ok
    assert verdict_of(cut, receipt).line.startswith(
        f"bad receipt receipt-0: it was given at 700 entries, the log ends at {left}"
    )


@pytest.mark.parametrize("changed", [0, 100, 255, 256, 299])
def test_a_rewritten_past_is_told_by_a_receipt_and_by_nothing_else(tmp_path: Path, changed: int) -> None:
    receipt = a_receipt(a_log(tmp_path / "then", 300), 200)
    forked = [*ENTRIES[:changed], entries_for(1, seed=9)[0], *ENTRIES[changed + 1 :]]
    folder = write_files(tmp_path / "log", made_by_the_owner(forked))

    assert verdict_of(folder).ok
    assert verdict_of(folder, receipt).line.startswith("bad receipt receipt-0: at 300 entries the log had another root")


def test_a_rewritten_entry_is_told_by_its_own_receipt(tmp_path: Path) -> None:
    receipt = a_receipt(a_log(tmp_path / "then", 300), 200)
    forked = [*ENTRIES[:200], entries_for(1, seed=9)[0], *ENTRIES[201:]]

    line = verdict_of(write_files(tmp_path / "log", made_by_the_owner(forked)), receipt).line
    assert line == "bad receipt receipt-0: entry 200 of the log is another one"


def test_a_history_that_differs_behind_the_receipt_is_none_of_its_business(tmp_path: Path) -> None:
    receipt = a_receipt(a_log(tmp_path / "then", 300), 200)
    other = [*ENTRIES[:300], *entries_for(50, seed=9)]

    assert verdict_of(write_files(tmp_path / "log", made_by_the_owner(other)), receipt).ok


def test_a_receipt_of_another_log_is_refused(tmp_path: Path) -> None:
    stranger = a_key(seed=2)
    files = plain_log(ENTRIES, stranger)

    def read(tile: Tile) -> bytes:
        return files[tile.path]

    signed = sign_checkpoint(700, verdict_of(write_files(tmp_path / "log", FILES)).root, stranger)
    receipt = make_receipt(a_fact(3), a_salt(3), 3, signed, node_reader(700, read))

    assert verdict_of(tmp_path / "log", receipt).line.startswith("bad receipt receipt-0: not signed by ")


@pytest.mark.parametrize("raw", [b"", b"hello", b"\xff" * 100, b"c2sp.org/tlog-proof@v1\n"])
def test_what_is_no_receipt_is_refused(tmp_path: Path, raw: bytes) -> None:
    assert line_for(tmp_path, FILES, raw).startswith("bad receipt receipt-0: ")


def test_too_many_receipts_are_not_taken(tmp_path: Path) -> None:
    source = FolderSource(write_files(tmp_path / "log", FILES))
    with pytest.raises(Unusable):
        verify_log(source, a_key().verifier, [NamedReceipt("one", b"")] * (RECEIPTS_MAX + 1))


# Cost


def test_progress_is_told_until_all_is_through(tmp_path: Path) -> None:
    told: list[int] = []

    verify_log(FolderSource(write_files(tmp_path / "log", FILES)), a_key().verifier, (), told.append)

    assert told == [256, 512, 700]


def test_a_long_log_needs_little_memory(tmp_path: Path) -> None:
    source = FolderSource(a_log(tmp_path / "log", 100_000))
    key: VerifierKey = a_key().verifier
    tracemalloc.start()
    try:
        assert verify_log(source, key).ok
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    entries_bytes = 100_000 * ENTRY_BYTES
    assert peak < entries_bytes * 1.5, "eight bytes an entry are kept, and a set of one range of them for a moment"


def test_reading_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "log", FILES)

    verdict_of(folder)

    assert read_files(folder) == FILES
