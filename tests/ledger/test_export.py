"""Exports: complete for one checkpoint while the log grows on, and never mixed with another history."""

import threading
from pathlib import Path

import pytest

from safehand.ledger.export import export_log
from safehand.ledger.publication import LogWriter
from safehand.ledger.refusals import Refused, Unusable
from safehand.ledger.source import FolderSource
from safehand.ledger.web_source import UrlSource
from tests.ledger.logs import a_key, a_log, entries_for, plain_log, read_files, verdict_of, write_files
from tests.ledger.serving import served

ENTRIES = entries_for(1400)


def exported(log: Path, folder: Path) -> int:
    return export_log(FolderSource(log), folder).signed.size


@pytest.mark.parametrize("size", [0, 1, 256, 257, 700])
def test_an_export_is_exactly_what_its_checkpoint_needs(tmp_path: Path, size: int) -> None:
    """None of the older partial tiles, and none of the writer's own files."""
    live = a_log(tmp_path / "live", size, steps=[step for step in (3, 300, 620) if step < size])

    assert exported(live, tmp_path / "copy") == size
    assert read_files(tmp_path / "copy") == plain_log(ENTRIES[:size], a_key())


def test_an_export_of_a_served_log_is_the_same(tmp_path: Path) -> None:
    files = plain_log(ENTRIES[:700], a_key())
    with served(files) as site:
        source = UrlSource.open(site.url)
        done = export_log(source, tmp_path / "copy")
        source.close()

    assert read_files(tmp_path / "copy") == files
    assert done.files == len(files)


def test_a_log_that_grows_meanwhile_is_exported_as_it_was_at_one_moment(tmp_path: Path) -> None:
    live = a_log(tmp_path / "live", 10)
    done = threading.Event()

    def grow() -> None:
        with LogWriter.open(live, a_key()) as writer:
            for size in range(11, 1400, 41):
                writer.extend(writer.size, ENTRIES[writer.size : size])
                writer.publish()
        done.set()

    growing = threading.Thread(target=grow)
    growing.start()
    sizes: list[int] = []
    while not done.is_set():
        copy = tmp_path / f"copy-{len(sizes)}"
        sizes.append(exported(live, copy))
        assert read_files(copy) == plain_log(ENTRIES[: sizes[-1]], a_key())
    growing.join()
    assert len(set(sizes)) > 2


@pytest.mark.parametrize(("before", "after"), [(0, 5), (5, 5), (5, 256), (255, 300), (300, 700), (700, 1400)])
def test_an_earlier_export_is_brought_up_to_date(tmp_path: Path, before: int, after: int) -> None:
    copy = tmp_path / "copy"
    exported(a_log(tmp_path / "live", before), copy)

    exported(a_log(tmp_path / "live", after), copy)

    assert read_files(copy) == plain_log(ENTRIES[:after], a_key())


def test_an_export_that_was_broken_off_is_made_again(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    exported(a_log(tmp_path / "live", 700), copy)
    (copy / "checkpoint").unlink()
    (copy / "tile" / "0" / ".copying").write_bytes(b"half")

    exported(tmp_path / "live", copy)

    assert verdict_of(copy).line.startswith("ok 700 ")


def test_an_earlier_export_of_another_history_is_not_touched(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    exported(a_log(tmp_path / "one", 300), copy)
    before = read_files(copy)
    forked = [*ENTRIES[:299], *entries_for(50, seed=9)]

    with pytest.raises(Refused, match="another history"):
        exported(write_files(tmp_path / "two", plain_log(forked, a_key())), copy)
    assert read_files(copy) == before


def test_a_log_that_was_cut_since_the_earlier_export_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    exported(a_log(tmp_path / "one", 300), copy)

    with pytest.raises(Refused, match="was cut"):
        exported(a_log(tmp_path / "two", 299), copy)
    assert verdict_of(copy).line.startswith("ok 300 ")


def test_a_folder_with_something_else_is_not_touched(tmp_path: Path) -> None:
    live = a_log(tmp_path / "live", 5)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").write_text("dear")
    (tmp_path / "file").write_text("dear")
    exported(write_files(tmp_path / "theirs", plain_log(ENTRIES[:3], a_key(seed=2))), tmp_path / "other")

    for name in ("home", "file", "other"):
        with pytest.raises(Unusable):
            exported(live, tmp_path / name)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["letter"]


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/0/001", "tile/1/000.p/2"])
def test_an_incomplete_log_is_not_exported_as_if_it_were_whole(tmp_path: Path, path: str) -> None:
    files = plain_log(ENTRIES[:700], a_key())
    for number, bent in enumerate(({}, {path: files[path][:-1]})):
        kept = {name: raw for name, raw in files.items() if name != path} | bent
        if path == "tile/entries/000" and bent:
            continue  # what a bundle holds is for verification; its length is only bounded here
        with pytest.raises(Refused, match=path):
            exported(write_files(tmp_path / "log", kept), tmp_path / f"copy-{number}")
        assert not (tmp_path / f"copy-{number}" / "checkpoint").exists()


@pytest.mark.parametrize("name", ["checkpoint", "vkey"])
def test_where_there_is_no_log_there_is_nothing_to_export(tmp_path: Path, name: str) -> None:
    files = plain_log(ENTRIES[:5], a_key())
    del files[name]

    with pytest.raises(Unusable, match=name):
        exported(write_files(tmp_path / "log", files), tmp_path / "copy")


def test_a_checkpoint_of_another_key_is_refused(tmp_path: Path) -> None:
    files = plain_log(ENTRIES[:5], a_key()) | {"vkey": f"{a_key(seed=2).verifier}\n".encode()}

    with pytest.raises(Refused, match="checkpoint"):
        exported(write_files(tmp_path / "log", files), tmp_path / "copy")
