"""Rotation of the log's key, at rest: a new key, and a note that both keys sign.

1. The new key lies in a file beside the old one.
2. The note is part of the log: from then on nothing is signed by the old key alone.
3. The old key becomes the outgoing one, which signs too until it is put away; the new one takes its place.

Broken off anywhere, the log is not written until the same call has finished it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from safehand.kernel.files import sync_folder
from safehand.ledger.checkpoint import open_checkpoint
from safehand.ledger.durable import DurableFolder, read_regular
from safehand.ledger.errors import KeyRefused, LogBroken, LogUnwritable
from safehand.ledger.note import NOTE_BYTES_MAX
from safehand.ledger.publication import take_lock
from safehand.ledger.signing import load_key, load_or_create_key
from safehand.ledger.source import FolderSource
from safehand.ledger.succession import (
    KEYS_BYTES_MAX,
    KEYS_PATH,
    ROTATIONS_MAX,
    Rotation,
    Succession,
    sign_rotation,
    succession_in,
)
from safehand.ledger.tiles import CHECKPOINT_PATH


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where a log has its key, the one that comes, and the one that goes."""

    current: Path

    @property
    def next(self) -> Path:
        """Made, and not yet in its place."""
        return self.current.with_suffix(".next")

    @property
    def outgoing(self) -> Path:
        """The one before; it signs too."""
        return self.current.with_suffix(".outgoing")


def rotate(folder: Path, files: KeyFiles, name: str) -> Rotation:
    """Give the log in `folder` a new key, or finish what was broken off.

    Errors
        LogBusy        the log is being written: stop the installation first.
        KeyRefused     a key before is still outgoing, nothing is signed yet, or a key file cannot be used.
        BadSuccession  the notes beside the log do not lead to its key.
        LogUnwritable  the disk did not take it.
    """
    with _locked(folder):
        old = load_key(files.current, name)
        notes = _notes(folder)
        known = succession_in(FolderSource(folder), old.verifier)
        if known.newest == old.verifier:
            first = _first(folder, files, known)
            new = load_or_create_key(files.next, name)
            rotation = Rotation(old.verifier, new.verifier, first)
            note = sign_rotation(rotation, old, new)
            _write(folder, notes + b"\n" + note if notes else note)
        else:
            rotation = known.rotations[-1]
            if load_key(files.next, name).verifier != rotation.new:
                raise KeyRefused(path=str(files.next), reason="it is not the key that the log's newest note names")
        _exchange(files)
        return rotation


def put_away(folder: Path, files: KeyFiles) -> bool:
    """Destroy the outgoing key: from now on the new one signs alone. Whether there was one.

    Errors
        LogBusy  the log is being written: stop the installation first.
    """
    with _locked(folder):
        if not files.outgoing.exists():
            return False
        files.outgoing.unlink()
        sync_folder(files.outgoing.parent)
        return True


def _first(folder: Path, files: KeyFiles, known: Succession) -> int:
    """From which size on the new key signs: what is signed stays as it is."""
    if files.outgoing.exists():
        raise KeyRefused(path=str(files.outgoing), reason="the key before still signs too: put it away first")
    if len(known.rotations) >= ROTATIONS_MAX:
        raise KeyRefused(path=str(files.current), reason=f"it changed {ROTATIONS_MAX} times already")
    try:
        return open_checkpoint(read_regular(folder / CHECKPOINT_PATH, NOTE_BYTES_MAX), known).size + 1
    except FileNotFoundError:
        raise KeyRefused(path=str(files.current), reason="it has signed nothing yet: delete the file instead") from None
    except (OSError, ValueError) as error:
        raise LogBroken(path=CHECKPOINT_PATH, reason=str(error)) from error


def _exchange(files: KeyFiles) -> None:
    """The old key goes, the new one comes."""
    with suppress(FileExistsError):  # of a call that was broken off behind this line
        os.link(files.current, files.outgoing)
    sync_folder(files.current.parent)
    files.next.replace(files.current)
    sync_folder(files.current.parent)


def _notes(folder: Path) -> bytes:
    try:
        return read_regular(folder / KEYS_PATH, KEYS_BYTES_MAX)
    except FileNotFoundError:
        return b""


def _write(folder: Path, notes: bytes) -> None:
    try:
        DurableFolder(folder).write({KEYS_PATH: notes})
    except OSError as error:
        raise LogUnwritable(path=str(folder / KEYS_PATH), reason=error.strerror or str(error)) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = take_lock(folder)
    try:
        yield
    finally:
        os.close(handle)
