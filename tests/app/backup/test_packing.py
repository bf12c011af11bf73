"""Archives from a backup are taken apart as if a stranger had packed them."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from safehand.app.backup.errors import Damaged, NoRoom
from safehand.app.backup.packing import packed, unpack, unpacked


def a_tar(*entries: tarfile.TarInfo) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for entry in entries:
            tar.addfile(entry, io.BytesIO(b"x" * entry.size))
    return made.getvalue()


def an_entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 3, link: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = kind, link, size if kind == tarfile.REGTYPE else 0
    return entry


def giving(raw: bytes) -> Callable[[Callable[[bytes], object]], None]:
    def fill(sink: Callable[[bytes], object]) -> None:
        for start in range(0, len(raw), 700):
            sink(raw[start : start + 700])

    return fill


HOSTILE = {
    "up and out": an_entry("../out"),
    "up in the middle": an_entry("base/../../out"),
    "absolute": an_entry("/tmp/safehand-out"),
    "a link": an_entry("base", tarfile.SYMTYPE, link="/etc"),
    "a hard link": an_entry("base", tarfile.LNKTYPE, link="/etc/passwd"),
    "a device": an_entry("null", tarfile.CHRTYPE),
    "a pipe": an_entry("pipe", tarfile.FIFOTYPE),
    "a hidden file": an_entry(".bashrc"),
    "a line end in its name": an_entry("a\nb"),
    "a name without end": an_entry("a" * 500),
    "the folder itself": an_entry("."),
}


@pytest.mark.parametrize("entry", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_archive_that_reaches_elsewhere_is_refused(tmp_path: Path, entry: tarfile.TarInfo) -> None:
    target = tmp_path / "target"
    raw = a_tar(an_entry("good"), entry)

    with pytest.raises(Damaged):
        unpack("it", giving(raw), target, None)
    with pytest.raises(Damaged):
        unpacked("it", raw, 10, 100)
    assert {path.name for path in tmp_path.iterdir()} == {"target"}
    assert {path.name for path in target.iterdir()} == {"good"}


def test_plain_files_and_folders_come_out_closed_to_others(tmp_path: Path) -> None:
    target = tmp_path / "target"
    raw = a_tar(an_entry("base", tarfile.DIRTYPE), an_entry("./base/1_fsm", size=700_000), an_entry("PG_VERSION"))

    assert unpack("it", giving(raw), target, None) == 2
    assert (target / "base" / "1_fsm").read_bytes() == b"x" * 700_000
    assert all(path.stat().st_mode & 0o077 == 0 for path in [target, *target.rglob("*")])


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    raw = a_tar(an_entry("one"), an_entry("one"))

    with pytest.raises(NoRoom):
        unpack("it", giving(raw), tmp_path / "target", None)
    with pytest.raises(Damaged):
        unpacked("it", raw, 10, 100)


@pytest.mark.parametrize("left", [100, 600, 5_000])
def test_a_cut_archive_is_damaged(tmp_path: Path, left: int) -> None:
    raw = a_tar(*(an_entry(f"file{number}", size=2_000) for number in range(5)))

    with pytest.raises(Damaged):
        unpack("it", giving(raw[:left]), tmp_path / "target", None)


def test_what_the_seal_says_in_the_end_outranks_what_the_archive_looked_like(tmp_path: Path) -> None:
    raw = a_tar(an_entry("good"))

    def fill(sink: Callable[[bytes], object]) -> None:
        sink(raw)
        raise Damaged(name="it", why="its bytes are others than were put there")

    with pytest.raises(Damaged, match="its bytes are others"):
        unpack("it", fill, tmp_path / "target", None)


def test_a_small_archive_has_few_small_files() -> None:
    files = {"one": b"1", "deep/two": b"22"}

    assert unpacked("it", packed(files), 2, 2) == files
    for files_max, bytes_max in ((1, 2), (2, 1)):
        with pytest.raises(Damaged):
            unpacked("it", packed(files), files_max, bytes_max)
