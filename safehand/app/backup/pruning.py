"""Pruning: which bases stay, by a rule that fits in a sentence; WAL and evidence follow the oldest that stays.

A base stays if it is younger than so many days, or one of the newest two. An erased person's data is gone from the
backups when the last base older than the erasure is.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safehand.app.backup.archive import local_blobs
from safehand.app.backup.manifest import SEGMENT, Manifest
from safehand.app.backup.place import NOTE_SUFFIX, SEALED_SUFFIX, Place
from safehand.app.data_folder import DataFolder
from safehand.ledger.durable import DurableFolder
from safehand.ledger.note import VerifierKey

KEEP_DAYS = 14
KEEP_BASES = 2
DAY_MS = 86_400_000
GONE = "evidence.gone"


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was let go, and what stays."""

    bases: int
    wal_files: int
    blobs: int
    kept: int


def superfluous(bases: Sequence[Manifest], now_ms: int, keep_days: int) -> list[Manifest]:
    """The bases that the rule lets go."""
    ordered = sorted(bases, key=lambda base: base.ended_ms)
    return [base for base in ordered[:-KEEP_BASES] if base.ended_ms < now_ms - keep_days * DAY_MS]


def prune(place: Place, key: VerifierKey, now_ms: int, keep_days: int, folder: DataFolder | None) -> Pruned:
    """Let go what the rule does not keep.

    Shapes
        folder  the installation; without it no evidence is let go: what it still has is not known.
    Errors
        NotPrepared, NotOurs, Damaged  nothing is let go of what we do not understand.
    """
    place.require(key)
    bases = place.manifests(key)
    gone = superfluous(bases, now_ms, keep_days)
    _sweep(place, now_ms)
    kept = [base for base in bases if base not in gone]
    for base in gone:
        hidden = place.bases / f".{base.id}"  # a base that is half gone has no name
        (place.bases / base.id).rename(hidden)
        shutil.rmtree(hidden)
    if not kept:
        return Pruned(0, 0, 0, 0)
    wal = _prune_wal(place, min(base.wal[8:] for base in kept))
    blobs = _prune_blobs(place, min(base.began_ms for base in kept), now_ms, folder) if folder else 0
    return Pruned(len(gone), wal, blobs, len(kept))


def _sweep(place: Place, now_ms: int) -> None:
    """Take away what was broken off in the middle, a day ago or longer: it never got its name."""
    for path in (*place.bases.glob(".*"), *place.wal.glob(".*"), *place.blobs.glob("*/.*"), *place.path.glob(".*")):
        if path.stat().st_mtime * 1000 < now_ms - DAY_MS:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _prune_wal(place: Place, first: str) -> int:
    old = [path for path in place.wal.iterdir() if SEGMENT.match(path.name) and path.name[8:24] < first]
    notes = [path for path in old if path.name.endswith(NOTE_SUFFIX)]
    for path in sorted(old, key=lambda one: not one.name.endswith(NOTE_SUFFIX)):  # no note speaks of what is gone
        path.unlink()
    return len(notes)


def _prune_blobs(place: Place, oldest_ms: int, now_ms: int, folder: DataFolder) -> int:
    """Let evidence go that was seen to be gone from the installation before the oldest base began."""
    living = {path.name for path in local_blobs(folder)}
    noted = _noted(place.path / GONE)
    still: dict[str, int] = {}
    count = 0
    for path in place.blobs.glob(f"*/*{SEALED_SUFFIX}"):
        if path.stem not in living:
            since_ms = noted.get(path.stem, now_ms)
            if since_ms < oldest_ms:
                path.unlink()
                count += 1
            else:
                still[path.stem] = since_ms
    text = "".join(f"{since_ms} {name}\n" for name, since_ms in sorted(still.items()))
    DurableFolder(place.path).write({GONE: text.encode()})
    return count


def _noted(path: Path) -> dict[str, int]:
    """When each piece was first seen to be gone; an unreadable line counts as not seen."""
    lines = path.read_text("ascii", "replace").splitlines() if path.exists() else []
    pairs = [line.split(" ") for line in lines]
    return {pair[1]: int(pair[0]) for pair in pairs if len(pair) == 2 and pair[0].isdigit()}
