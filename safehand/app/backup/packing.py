"""Packing: tars that go into a backup, and those that come out of one, taken apart as if a stranger had packed them."""

import io
import os
import re
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO

from safehand.app.account import Account
from safehand.app.backup.errors import Damaged, NoRoom
from safehand.kernel.errors import SafehandError

PIPE_READ_BYTES = 256 * 1024
MEMBERS_MAX = 2_000_000
MEMBER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,400}")
FILE_MODE, FOLDER_MODE = 0o600, 0o700


def packed(files: dict[str, bytes]) -> bytes:
    """A small tar of small files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def unpack(name: str, fill: Callable[[Callable[[bytes], object]], None], target: Path, account: Account | None) -> int:
    """Unpack the tar that `fill` gives to its sink into the new folder `target`; how many files.

    Only plain files and folders with plain names below it; all belong to `account`. If `fill` refuses at its end, what
    was unpacked must not be used.

    Errors
        Damaged  the tar is none, or holds a link, a device, or a path that leads elsewhere.
        NoRoom   the disk does not take it.
    """
    target.mkdir(mode=FOLDER_MODE)
    _give(target, account)
    files = 0
    with _piped(fill) as stream:
        try:
            for entry, content in _entries(name, stream):
                path = target / entry.name
                if content is None:
                    path.mkdir(mode=FOLDER_MODE, exist_ok=True)
                else:
                    _write(path, content)
                    files += 1
                _give(path, account)
        except tarfile.TarError as error:
            raise Damaged(name=name, why=f"it is no archive: {error}") from None
        except OSError as error:
            raise NoRoom(path=str(target), reason=error.strerror or str(error)) from error
    return files


def unpacked(name: str, raw: bytes, files_max: int, bytes_max: int) -> dict[str, bytes]:
    """A small tar of small files, by their names.

    Errors
        Damaged
    """
    found: dict[str, bytes] = {}
    for entry, content in _entries(name, io.BytesIO(raw)):
        if content is None or entry.size > bytes_max or len(found) >= files_max or entry.name in found:
            raise Damaged(name=name, why=f"{entry.name[:80]!r} is not what we pack")
        try:
            found[entry.name] = content.read()
        except tarfile.TarError as error:
            raise Damaged(name=name, why=f"it is no archive: {error}") from None
    return found


def _entries(name: str, stream: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """Every folder (no content) and file, in order; the stream is read to its end."""
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for count, entry in enumerate(tar):
                entry.name = entry.name.removeprefix("./")
                path = PurePosixPath(entry.name)
                plain = MEMBER_NAME.fullmatch(entry.name) and ".." not in path.parts and not path.is_absolute()
                if not plain or not (entry.isreg() or entry.isdir()) or entry.issparse() or count >= MEMBERS_MAX:
                    raise Damaged(name=name, why=f"{entry.name[:80]!r} is not what we pack")
                yield entry, None if entry.isdir() else tar.extractfile(entry)
    except tarfile.TarError as error:
        raise Damaged(name=name, why=f"it is no archive: {error}") from None
    while stream.read(PIPE_READ_BYTES):
        pass


@contextmanager
def _piped(fill: Callable[[Callable[[bytes], object]], None]) -> Iterator[IO[bytes]]:
    """What `fill` gives, as a stream to read. What it refuses is raised here, before anything that follows from it."""
    reading, writing = os.pipe()
    faults: list[SafehandError] = []

    def run() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe, suppress(BrokenPipeError):
            try:
                fill(lambda some: _all_of(pipe, some))
            except SafehandError as error:
                faults.append(error)

    filling = threading.Thread(target=run, name="opening")
    filling.start()
    fault: Exception | None = None
    try:
        with os.fdopen(reading, "rb", buffering=PIPE_READ_BYTES) as stream:
            yield stream
    except (SafehandError, OSError) as error:
        fault = error
    finally:
        filling.join()
    broken = [one for one in faults if not isinstance(one, NoRoom)]  # a pipe that we closed looks like a full disk
    if fault is not None and not broken:
        raise fault
    if faults:
        raise faults[0] from fault


def _all_of(pipe: IO[bytes], some: bytes) -> None:
    left = memoryview(some)
    while left:
        left = left[pipe.write(left) :]


def _write(path: Path, content: IO[bytes]) -> None:
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, how, FILE_MODE), "wb") as file:
        while some := content.read(PIPE_READ_BYTES):
            file.write(some)


def _give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, *account.ids, follow_symlinks=False)
