"""The archive: what happens after a base, carried off every few seconds: WAL first, then the public log, then evidence.

The world is shown only what a round has carried: see horizon.py.
"""

import asyncio
import fcntl
import io
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from safehand.app.backup.erasures import JOURNAL, carry_erasures
from safehand.app.backup.errors import NoRoom, NotSet, OtherWriter
from safehand.app.backup.horizon import Horizon
from safehand.app.backup.keys import backup_key
from safehand.app.backup.place import Place
from safehand.app.backup.sealing import Recipient, Report, parse_recipients, seal, unheard
from safehand.app.backup.spool import Spool
from safehand.app.data_folder import DataFolder
from safehand.app.settings import Settings
from safehand.kernel.clock import Clock
from safehand.kernel.files import make_folder
from safehand.ledger.checkpoint import SignedCheckpoint
from safehand.ledger.export import export_log
from safehand.ledger.places import DECLARED_FOLDER, LOG_FOLDER
from safehand.ledger.refusals import Refused, Unusable
from safehand.ledger.signing import SigningKey
from safehand.ledger.source import FolderSource, SourceUnusable
from safehand.ledger.tiles import CHECKPOINT_PATH
from safehand.store.blobs import BLOB_BYTES_MAX, NAME
from safehand.store.database import Store
from safehand.store.embedded import SPOOL
from safehand.store.replication import received, system_of

ARCHIVE_EVERY_S = 5.0
"""With the time that sealing takes, this is what a destroyed disk can cost: what was acknowledged since."""
BLOBS_EVERY_MS = 60_000


@dataclass(slots=True)
class Archive:
    """Carries off what is new. Call `run_once` again and again, in one process."""

    store: Store
    folder: DataFolder
    place: Place
    recipients: Sequence[Recipient]
    key: SigningKey
    clock: Clock
    journal: Path
    """The journal of erasures."""
    horizon: Horizon = field(default_factory=Horizon)
    _spool: Spool | None = None
    _journal: tuple[int, int] = (0, 0)  # the journal that was carried off last: its change and its size
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
        if self._spool is None:
            spool, system = self.folder.postgres / SPOOL, await system_of(self.store)
            self._spool = Spool(spool, self.place, self.recipients, self.key, system, self._carry_journal)
        round, asked_ms = self.horizon.begin(), self.clock.now_ms()
        until_ms = asked_ms if await received(self.store) else None
        moved = await asyncio.to_thread(self._spool.carry, until_ms)
        if self._spool.until_ms == until_ms:
            self.horizon.end(round)
        await asyncio.to_thread(self._carry_rest)
        return moved

    def _carry_journal(self) -> None:
        """Called before any WAL is put away: a database that was restored never knows of more erasures than it."""
        if not self.journal.is_file():
            return
        found = self.journal.stat()
        if (found.st_mtime_ns, found.st_size) != self._journal:
            with alone(self.folder):
                carry_erasures(self.journal, self.place, self.recipients, self.key, self.clock.now_ms())
            self._journal = found.st_mtime_ns, found.st_size

    def _carry_rest(self) -> None:
        self._carry_journal()
        with alone(self.folder):
            copy_logs(self.folder.path, self.place.path)
        now_ms = self.clock.now_ms()
        if now_ms - self._blobs_ms >= BLOBS_EVERY_MS:
            copy_blobs(self.folder, self.place, self.recipients, unheard, self._known_blobs)
            self._blobs_ms = now_ms


@contextmanager
def alone(folder: DataFolder) -> Iterator[None]:
    """One process at a time carries log and journal off: a base is taken by another than the one that archives."""
    handle = os.open(folder.path / "keys", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def build_archive(settings: Settings, store: Store, clock: Clock) -> Archive | None:
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
    journal = settings.erasures_folder / JOURNAL.name
    return Archive(store, folder, Place(settings.backup_folder), recipients, key, clock, journal)


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
        make_folder(target.parent, 0o700)
        with suppress(FileNotFoundError), path.open("rb") as file:  # erased meanwhile
            seal(path.name, io.BytesIO(file.read(BLOB_BYTES_MAX + 1)), target, recipients, report)
            seen.add(path.name)
            copied += 1
    return copied


def remove(folder: Path) -> None:
    """Take a folder away that was not finished, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
