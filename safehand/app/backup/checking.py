"""Checking a backup where it lies, without restoring it: whole, ours, without a gap; and, with an identity, opened."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from safehand.app.backup.errors import Damaged
from safehand.app.backup.manifest import ERASURES, SEGMENT, Manifest, WalNote
from safehand.app.backup.place import NOTE_SUFFIX, Place
from safehand.app.backup.restoring import require_unbroken
from safehand.app.backup.sealing import Identity, Part, Report, check_sealed, open_part, open_small, unheard
from safehand.app.backup.taking import Bar
from safehand.ledger.note import VerifierKey
from safehand.ledger.places import log_folder
from safehand.ledger.source import FolderSource
from safehand.ledger.tiles import CHECKPOINT_PATH
from safehand.ledger.verification import verify_log
from safehand.store.blobs import BLOB_BYTES_MAX

LOOKS = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found good. `until_ms` is the latest moment that it restores to."""

    bases: int
    newest: Manifest
    until_ms: int
    wal_files: int
    blobs: int
    log_size: int
    log_root: str
    opened: bool


def check(place: Place, key: VerifierKey, identities: Sequence[Identity], bar: Bar) -> Checked:
    """Check every base, all WAL since the oldest, the log, and the evidence that the newest base lists.

    Errors
        NoBackup                          there is no base.
        Damaged, NotOurs, WalGap          it is not whole, or not what we put there.
        WrongBackupKey                    the identities do not open it.
    """
    newest = place.base_before(key, None)
    manifests = place.manifests(key)
    with bar("bases") as report:
        for base in manifests:
            for part in base.parts.values():
                _check_part(part, partial(place.part_path, base), identities, report)
    with bar("write-ahead log") as report:
        wal = place.wal_notes(key, min(manifests, key=lambda one: one.wal[8:]).wal)
        for note in wal:
            _check_wal(place, note, key, identities, report)
    _steady(lambda: _check_journal(place, key, identities))
    for base in manifests:
        later = [note.segment for note in wal if note.system == base.system and SEGMENT.fullmatch(note.segment)]
        require_unbroken([base.wal, *(name for name in later if name[8:] >= base.wal[8:])])
    with bar("evidence") as report:
        blobs = _check_blobs(place, newest, identities, report)
    size, root = _steady(lambda: _check_log(place, newest))
    until_ms = max([newest.ended_ms, *(note.at_ms for note in wal if note.system == newest.system)])
    return Checked(len(manifests), newest, until_ms, len(wal), blobs, size, root, bool(identities))


def _check_part(part: Part, path_of: Callable[[str], Path], identities: Sequence[Identity], report: Report) -> None:
    if identities:
        open_part(part, path_of(part.name), identities, _nowhere, report)
    else:
        check_sealed(part, path_of(part.name), report)


def _check_wal(place: Place, note: WalNote, key: VerifierKey, identities: Sequence[Identity], report: Report) -> None:
    """One archived file. The one that is being written may have grown since its note was read, or be full by now."""

    def look() -> None:
        path = place.wal / f"{note.part.name}{NOTE_SUFFIX}"
        if note.is_partial and (place.wal / f"{note.segment}{NOTE_SUFFIX}").exists():
            return
        newest = WalNote.read(path, key) if note.is_partial else note
        _check_part(newest.part, lambda _: place.wal_path(newest), identities, report)

    _steady(look) if note.is_partial else look()


def _check_journal(place: Place, key: VerifierKey, identities: Sequence[Identity]) -> None:
    path = place.path / f"{ERASURES}{NOTE_SUFFIX}"
    if path.exists():
        note = WalNote.read(path, key)
        _check_part(note.part, lambda _: place.journal_path(note), identities, unheard)


def _steady[T](look: Callable[[], T]) -> T:
    """What the archive may change while we look is looked at again, before it counts as damaged."""
    for _ in range(LOOKS - 1):
        with suppress(Damaged):
            return look()
    return look()


def _check_blobs(place: Place, base: Manifest, identities: Sequence[Identity], report: Report) -> int:
    held = {path.stem: path for path in place.blobs.glob("*/*.age")}
    if not identities:  # which ones there must be is sealed as well
        if len(held) < base.blob_count:
            raise Damaged(name="evidence", why=f"{len(held)} pieces, and {base.blob_count} are listed")
        return len(held)
    raw = bytearray()
    open_part(base.parts["blobs"], place.part_path(base, "blobs"), identities, raw.extend)
    for name in raw.decode("ascii").split():
        if name not in held:
            raise Damaged(name=f"evidence {name}", why="it is missing")
    for name, path in held.items():
        content = open_small(name, path, identities, BLOB_BYTES_MAX)
        if hashlib.sha256(content).hexdigest() != name:
            raise Damaged(name=f"evidence {name}", why="it has another hash")
        report(len(content))
    return len(held)


def _check_log(place: Place, base: Manifest) -> tuple[int, str]:
    folder = log_folder(place.path, base.log_name)
    if not (folder / CHECKPOINT_PATH).exists():
        if base.log_size:
            raise Damaged(name="log", why=f"it is missing, and had {base.log_size} entries")
        return 0, ""
    verdict = verify_log(FolderSource(folder), None)
    if verdict.refused is not None:
        raise Damaged(name=f"log: {verdict.refused.subject}", why=verdict.refused.reason)
    if verdict.origin != base.log_name or verdict.size < base.log_size:
        raise Damaged(name="log", why=f"{verdict.size} entries of {verdict.origin}; {base.log_size} were there before")
    return verdict.size, verdict.root.hex()


def _nowhere(_: bytes) -> None:
    """What is opened only to see whether it opens."""
