"""The spool: write-ahead log that PostgreSQL's own program receives beside the cluster, as it is written.

From here it is sealed and put into the backup folder. A segment that is still being written is put there too, and
again as it grows.
"""

import io
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from safehand.app.backup.errors import OtherWriter
from safehand.app.backup.manifest import HISTORY, PARTIAL_SUFFIX, SEGMENT, WalNote
from safehand.app.backup.place import NOTE_SUFFIX, SEALED_SUFFIX, Place
from safehand.app.backup.sealing import Part, Recipient, seal
from safehand.ledger.durable import DurableFolder
from safehand.ledger.signing import SigningKey

SEGMENT_BYTES = 16 * 1024 * 1024
SEGMENTS_A_ROUND = 64
SETTLED_NS = 1_000_000_000
"""A file may change twice within one tick of its disk's clock: only what was changed this long ago is known by it."""
CARRIED_SUFFIX = ".carried"
SPOOLED = re.compile(rf"{SEGMENT.pattern}({re.escape(PARTIAL_SUFFIX)})?|{HISTORY.pattern}")


@dataclass(slots=True)
class Spool:
    """The spool of one cluster, carried to one backup folder.

    Shapes
        system  which cluster it is.
        before  done once a file is read, before it is put away: what must never be older than it.
    """

    folder: Path
    place: Place
    recipients: Sequence[Recipient]
    key: SigningKey
    system: int
    before: Callable[[], None]
    until_ms: int = 0
    """What was committed until then has been carried off."""
    _newest: tuple[str, int, Part] | None = None  # the unfinished segment as it was sealed last: name, change, part

    def carry(self, until_ms: int | None) -> int:
        """Seal and put away what is new; how many full segments.

        Shapes
            until_ms  what was committed until then lies in the spool; None if that is not known. Only the note of the
                      newest file says it: as long as that one is not put away, what it holds may be lost.
        Errors
            NoRoom, OSError  what is new stays.
            OtherWriter      another installation writes to the same folder.
        """
        found = sorted(path for path in self.folder.iterdir() if SPOOLED.fullmatch(path.name))
        reached_ms = self.until_ms if until_ms is None else until_ms
        full = 0
        for path in found[:SEGMENTS_A_ROUND]:
            at_ms = reached_ms if path == found[-1] else self.until_ms
            if path.name.endswith(PARTIAL_SUFFIX):
                self._put_newest(path, at_ms)
            else:
                self._put_full(path, at_ms)
                path.unlink()
                self._forget_unfinished(path.name)
                full += 1
        if len(found) <= SEGMENTS_A_ROUND:
            self.until_ms = reached_ms
        return full

    def _put_full(self, path: Path, at_ms: int) -> None:
        note_path = self.place.wal / f"{path.name}{NOTE_SUFFIX}"
        fresh, part = self._seal(path)
        if note_path.exists():
            fresh.unlink()
            known = WalNote.read(note_path, self.key.verifier)
            if (known.system, known.part.plain_sha256) != (self.system, part.plain_sha256):
                raise OtherWriter(name=path.name)
            return
        self._put(fresh, WalNote(self.system, at_ms, part))

    def _put_newest(self, path: Path, at_ms: int) -> None:
        """The segment that is being written: sealed again if it has grown; if not, its note says until when that is."""
        changed_ns = path.stat().st_mtime_ns
        if self._newest is not None and self._newest[:2] == (path.name, changed_ns):
            self._note(WalNote(self.system, at_ms, self._newest[2]))
            return
        settled = time.time_ns() - changed_ns > SETTLED_NS
        fresh, part = self._seal(path)
        note = WalNote(self.system, at_ms, part)
        self._put(fresh, note)
        self._newest = (path.name, changed_ns, part) if settled else None
        for older in self.place.wal.glob(f"{path.name}.*{SEALED_SUFFIX}"):
            if older != self.place.wal_path(note):
                older.unlink()

    def _seal(self, path: Path) -> tuple[Path, Part]:
        with path.open("rb") as file:
            content = io.BytesIO(file.read(SEGMENT_BYTES))
        fresh = self.place.wal / f"{path.name}{CARRIED_SUFFIX}"
        part = seal(path.name, content, fresh, self.recipients)
        self.before()
        return fresh, part

    def _put(self, fresh: Path, note: WalNote) -> None:
        fresh.replace(self.place.wal_path(note))
        self._note(note)

    def _note(self, note: WalNote) -> None:
        DurableFolder(self.place.wal).write({f"{note.part.name}{NOTE_SUFFIX}": note.sign(self.key)})

    def _forget_unfinished(self, segment: str) -> None:
        (self.place.wal / f"{segment}{PARTIAL_SUFFIX}{NOTE_SUFFIX}").unlink(missing_ok=True)
        for path in self.place.wal.glob(f"{segment}{PARTIAL_SUFFIX}.*"):
            path.unlink()
