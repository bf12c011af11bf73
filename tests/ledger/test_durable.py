"""Files appear whole; odd things at a path are refused, not opened."""

import os
from pathlib import Path

import pytest

from safehand.ledger.durable import OPEN_FILES_MAX, DurableFolder, NotRegular, create_file, read_regular


def test_files_are_there_and_nothing_else_is(tmp_path: Path) -> None:
    folder = DurableFolder(tmp_path / "a" / "b")
    folder.create()
    files = {f"tile/0/{number:03d}": b"%d" % number for number in range(OPEN_FILES_MAX * 2 + 1)} | {"top": b""}

    folder.write(files)
    folder.write({"top": b"changed"})

    found = {str(path.relative_to(folder.root)): path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}
    assert found == files | {"top": b"changed"}


def test_leftovers_of_a_crash_are_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".top.tmp").write_bytes(b"half of something much longer")

    DurableFolder(tmp_path).write({"top": b"whole"})

    assert [path.name for path in tmp_path.iterdir()] == ["top"]
    assert (tmp_path / "top").read_bytes() == b"whole"


def test_a_folder_that_was_removed_is_made_again(tmp_path: Path) -> None:
    folder = DurableFolder(tmp_path)
    folder.write({"deep/er/one": b"1"})
    (tmp_path / "deep" / "er" / "one").unlink()
    (tmp_path / "deep" / "er").rmdir()

    folder.write({"deep/er/two": b"2"})

    assert (tmp_path / "deep" / "er" / "two").read_bytes() == b"2"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "top").write_bytes(b"old")
    (tmp_path / ".top.tmp").mkdir()

    with pytest.raises(OSError):
        DurableFolder(tmp_path).write({"top": b"new"})
    assert (tmp_path / "top").read_bytes() == b"old"


def test_a_file_is_created_only_once(tmp_path: Path) -> None:
    assert create_file(tmp_path / "one", b"first", 0o600)
    assert not create_file(tmp_path / "one", b"second", 0o600)

    assert (tmp_path / "one").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_no_more_is_read_than_one_byte_beyond_the_limit(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 100)

    assert read_regular(tmp_path / "one", 100) == b"x" * 100
    assert read_regular(tmp_path / "one", 10) == b"x" * 11


def test_links_folders_and_pipes_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("one")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    for name in ("link", "folder", "pipe"):
        with pytest.raises(NotRegular):
            read_regular(tmp_path / name, 10)
    with pytest.raises(NotRegular):
        read_regular(Path("/dev/zero"), 10)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "nothing", 10)
