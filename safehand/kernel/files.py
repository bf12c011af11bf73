"""Names that last, and whose a new file is: what every room needs that keeps files of its own."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def belong(handle: int, folder: Path) -> None:
    """Give a new file that is open to whom its folder belongs.

    Root gives commands beside an installation that runs as an account of its own: what it makes there must be the
    account's, or that stops at the next look at it.
    """
    owner = _owner(folder)
    if owner is not None:
        os.fchown(handle, *owner)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder, and what is missing above it, for whom the one above belongs to."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    owner = _owner(folder.parent)
    if owner is not None:
        os.chown(folder, *owner, follow_symlinks=False)


def _owner(folder: Path) -> tuple[int, int] | None:
    """Whose it is, where that is not root and we are."""
    if os.geteuid() != 0:
        return None
    found = os.stat(folder)
    return (found.st_uid, found.st_gid) if found.st_uid != 0 else None
