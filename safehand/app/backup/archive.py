"""The archive: what happens after a base, carried off every few seconds: WAL first, then the public log, then evidence.

PostgreSQL's own program receives the WAL beside the cluster as it is written (a child of the supervisor); here it is
sealed and put into the backup folder. A segment that is still being written is put there too, and again as it grows.
"""

import asyncio
import io
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from safehand.app.backup.erasures import JOURNAL, carry_erasures
from safehand.app.backup.errors import NoRoom, NotSet, OtherWriter
from safehand.app.backup.keys import backup_key
from safehand.app.backup.manifest import HISTORY, PARTIAL_SUFFIX, SEGMENT, WalNote
from safehand.app.backup.place import NOTE_SUFFIX, Place
from safehand.app.backup.sealing import Recipient, Report, parse_recipients, seal, unheard
from safehand.app.data_folder import DataFolder
from safehand.app.settings import Settings
from safehand.kernel.clock import Clock
from safehand.ledger.checkpoint import SignedCheckpoint
from safehand.ledger.durable import DurableFolder
from safehand.ledger.export import export_log
from safehand.ledger.places import DECLARED_FOLDER, LOG_FOLDER
from safehand.ledger.refusals import Refused, Unusable
from safehand.ledger.signing import SigningKey
from safehand.ledger.source import FolderSource, SourceUnusable
from safehand.ledger.tiles import CHECKPOINT_PATH
from safehand.store.blobs import BLOB_BYTES_MAX, NAME
from safehand.store.embedded import SPOOL
from safehand.store.replication import describe, received

ARCHIVE_EVERY_S = 5.0
"""With the time that sealing takes, this is what a destroyed disk can cost: what was acknowledged since."""
BLOBS_EVERY_MS = 60_000
SEGMENT_BYTES = 16 * 1024 * 1024
SEGMENTS_A_ROUND = 64


@dataclass(slots=True)
class Archive:
    """Carries off what is new. Call `run_once` again and again, in one process."""

    folder: DataFolder
    place: Place
    recipients: Sequence[Recipient]
    key: SigningKey
    clock: Clock
    _system: int | None = None
    _partial: tuple[str, int] = ("", 0)  # the last one that was sealed: its name and when it was changed
    _until_ms: int = 0  # what was committed until then has been received
    _journal_ns: int = 0  # when the journal of erasures that was carried off last had been changed
    _blobs_ms: int = 0
    _known_blobs: set[str] = field(default_factory=set)

    async def run_once(self) -> int:
        """Seal and put away what is new; how many full segments.

        Errors
            NotPrepared      the backup's disk is not there.
            NoRoom, OSError  it takes nothing; what is new waits beside the cluster.
            OtherWriter      another installation writes to the same folder.
        """
        await asyncio.to_thread(self.place.require, self.key.verifier)
        if self._system is None:
            self._system = (await describe(self.folder.postgres)).system
        asked_ms = self.clock.now_ms()
        if await received(self.folder.postgres):
            self._until_ms = asked_ms
        moved = await asyncio.to_thread(self._carry_wal, self._system)
        await asyncio.to_thread(self._carry_rest)
        return moved

    def _carry_wal(self, system: int) -> int:
        moved = 0
        for path in sorted(self.folder.postgres.joinpath(SPOOL).iterdir()):
            if SEGMENT.fullmatch(path.name) or HISTORY.fullmatch(path.name):
                self._put_wal(path, system)
                path.unlink()
                self._forget_partial(path.name)
                moved += 1
            elif path.name.endswith(PARTIAL_SUFFIX):
                changed = (path.name, path.stat().st_mtime_ns)
                if changed != self._partial:
                    self._put_wal(path, system)
                    self._partial = changed
            if moved >= SEGMENTS_A_ROUND:
                break
        return moved

    def _put_wal(self, path: Path, system: int) -> None:
        with path.open("rb") as file:
            content = io.BytesIO(file.read(SEGMENT_BYTES))
        sealed = self.place.wal / f"{path.name}.age"
        fresh = sealed.with_name(f"{path.name}.carried")
        part = seal(path.name, content, fresh, self.recipients)
        note_path = self.place.wal / f"{path.name}{NOTE_SUFFIX}"
        note = WalNote(system, self._until_ms, part)
        if note_path.exists() and not note.is_partial:
            fresh.unlink()
            known = WalNote.read(note_path, self.key.verifier)
            if (known.system, known.part.plain_sha256) != (system, part.plain_sha256):
                raise OtherWriter(name=path.name)
            return
        fresh.replace(sealed)
        DurableFolder(self.place.wal).write({note_path.name: note.sign(self.key)})

    def _forget_partial(self, segment: str) -> None:
        for name in (f"{segment}{PARTIAL_SUFFIX}.note", f"{segment}{PARTIAL_SUFFIX}.age"):
            (self.place.wal / name).unlink(missing_ok=True)

    def _carry_rest(self) -> None:
        journal = self.folder.path / JOURNAL
        if journal.is_file() and (changed := journal.stat().st_mtime_ns) != self._journal_ns:
            carry_erasures(self.folder.path, self.place, self.recipients, self.key, self._until_ms)
            self._journal_ns = changed
        copy_logs(self.folder.path, self.place.path)
        now_ms = self.clock.now_ms()
        if now_ms - self._blobs_ms >= BLOBS_EVERY_MS:
            copy_blobs(self.folder, self.place, self.recipients, unheard, self._known_blobs)
            self._blobs_ms = now_ms


def build_archive(settings: Settings, clock: Clock) -> Archive | None:
    """The archive of an installation with a database of its own; None where nobody asks for one.

    Errors
        NotSet  a folder is set, and no key to seal to.
    """
    folder = DataFolder(settings.data)
    if settings.backup_folder is None or not (folder.postgres / SPOOL).is_dir():
        return None
    if not settings.backup_recipients:
        raise NotSet(variable="SAFEHAND_BACKUP_RECIPIENTS")
    recipients = parse_recipients(settings.backup_recipients)
    key = backup_key(settings.keys_folder, settings.log_name)
    return Archive(folder, Place(settings.backup_folder), recipients, key, clock)


def copy_logs(data: Path, target: Path) -> dict[Path, SignedCheckpoint]:
    """Bring the copies of the public logs up to date, the one that is signed now and those before it; where each ends.

    Shapes
        data, target  folders that hold LOG_FOLDER, both laid out alike. A copy is complete at every moment.
    Errors
        OtherWriter  a copy is of another history.
        NoRoom       the disk does not take it.
    """
    first = data / LOG_FOLDER
    ends = {}
    for log in (first, *sorted(first.glob(f"{DECLARED_FOLDER}/*"))):
        if not (log / CHECKPOINT_PATH).exists():
            continue
        path = log.relative_to(data)
        try:
            ends[path] = export_log(FolderSource(log), target / path).signed
        except Refused as refused:
            raise OtherWriter(name=f"{path}: {refused}") from refused
        except (Unusable, SourceUnusable, OSError) as error:
            raise NoRoom(path=str(target / path), reason=str(error)) from error
    return ends


def local_blobs(folder: DataFolder) -> Iterator[Path]:
    """The evidence in the data folder; an object store keeps its own."""
    for root, _, names in os.walk(folder.path / "blobs"):
        yield from (Path(root) / name for name in names if NAME.fullmatch(name))


def copy_blobs(
    folder: DataFolder, place: Place, recipients: Sequence[Recipient], report: Report, known: set[str] | None = None
) -> int:
    """Seal the evidence that the backup folder lacks; how many pieces. A piece never changes under its name.

    Errors
        NoRoom  the disk does not take it.
    """
    seen = set() if known is None else known
    copied = 0
    for path in local_blobs(folder):
        target = place.blob_path(path.name)
        if path.name in seen or target.exists():
            seen.add(path.name)
            continue
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError), path.open("rb") as file:  # erased meanwhile
            seal(path.name, io.BytesIO(file.read(BLOB_BYTES_MAX + 1)), target, recipients, report)
            seen.add(path.name)
            copied += 1
    return copied


def remove(folder: Path) -> None:
    """Take a folder away that was not finished, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
