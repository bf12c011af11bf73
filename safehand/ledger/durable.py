"""Files that are on the disk before anything is built on them: temporary file, fsync, rename, fsync of the folder."""

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from safehand.kernel.files import belong, make_folder, sync_folder

TEMPORARY_SUFFIX = ".tmp"
OPEN_FILES_MAX = 64

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class NotRegular(OSError):
    """What stands at the path is a link, a folder, a pipe or a device; it is not opened."""


@dataclass(slots=True)
class DurableFolder:
    """A folder whose files appear whole or not at all, and then stay, whatever happens to the machine."""

    root: Path
    _settled: set[Path] = field(default_factory=set, init=False)

    def create(self) -> None:
        """Make the folder itself, and what is missing above it."""
        missing: list[Path] = []
        step = self.root
        while not step.is_dir():
            missing.append(step)
            step = step.parent
        for step in reversed(missing):
            make_folder(step)
            sync_folder(step.parent)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put every file in its place and return once all of them would survive a loss of power.

        All are written before the first is synced: the disk then has many to sort, and one wait covers most of them.

        Shapes
            files  path inside the folder, and what it shall hold.
        Errors
            OSError  the disk did not take it; some of the files may be in place, each of them whole.
        """
        paths = [self.root / path for path in files]
        grown: set[Path] = set()
        for folder in dict.fromkeys(path.parent for path in paths):
            self._settle(folder, grown)
        contents = list(files.values())
        for start in range(0, len(paths), OPEN_FILES_MAX):
            _put(paths[start : start + OPEN_FILES_MAX], contents[start : start + OPEN_FILES_MAX])
        for folder in sorted(grown | {path.parent for path in paths}):
            sync_folder(folder)
        self._settled |= {path.parent for path in paths}

    def _settle(self, folder: Path, grown: set[Path]) -> None:
        """Make a folder, and note the ones above it that have to be synced for its name to last.

        A folder that was found there may be the leftover of a crash whose name never reached the disk: the first
        time, the ones above it are synced all the same.
        """
        if folder == self.root or (folder in self._settled and folder.is_dir()):
            return
        if folder.parent not in grown:
            self._settle(folder.parent, grown)
        make_folder(folder)
        grown.add(folder.parent)


def create_file(path: Path, content: bytes, mode: int) -> bool:
    """Put one file in its place, durably, if nothing stands there yet; False if something does."""
    # The name is our own: somebody else may be creating the same file at this moment.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        with os.fdopen(os.open(beside, _CREATE | os.O_EXCL, mode), "wb") as file:
            belong(file.fileno(), path.parent)
            _fill(file, content)
            os.fsync(file.fileno())
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def read_regular(path: Path | str, bytes_max: int) -> bytes:
    """What the file holds, up to one byte beyond `bytes_max`, so that a caller sees that it is too long.

    Errors
        NotRegular  a link, a folder, a pipe: opening one could block or lead elsewhere.
        OSError     missing or unreadable.
    """
    try:
        handle = os.open(path, _READ)
    except OSError as error:
        if os.path.islink(path):
            raise NotRegular(f"{os.path.basename(path)} is a symbolic link") from error
        raise
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise NotRegular(f"{os.path.basename(path)} is not a regular file")
        count = min(found.st_size, bytes_max) + 1
        content = os.read(handle, count)
        # It may have grown or shrunk meanwhile, and `os.read` may return less than it is asked for.
        while 0 < len(content) < count - 1 and (part := os.read(handle, count - len(content))):
            content += part
        return content
    finally:
        os.close(handle)


def _put(paths: list[Path], contents: list[bytes]) -> None:
    """Write, sync and rename a few files. A leftover of a crash has the same temporary name and is overwritten."""
    beside = [path.with_name(f".{path.name}{TEMPORARY_SUFFIX}") for path in paths]
    with contextlib.ExitStack() as stack:
        files: list[BinaryIO] = []
        for name, content in zip(beside, contents, strict=True):
            file = stack.enter_context(os.fdopen(os.open(name, _CREATE | os.O_TRUNC, 0o644), "wb"))
            belong(file.fileno(), name.parent)
            _fill(file, content)
            files.append(file)
        for written in files:
            os.fsync(written.fileno())
    for name, path in zip(beside, paths, strict=True):
        name.replace(path)


def _fill(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
