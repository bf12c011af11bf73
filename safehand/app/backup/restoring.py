"""Restoring: an empty data folder becomes the installation at a moment. Half of it is never served.

While it goes on, and if it is broken off, the folder has a mark that keeps `safehand up` from starting on it.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from safehand.app.account import Account, give, server_account
from safehand.app.backup.archive import copy_logs, local_blobs
from safehand.app.backup.erasures import JOURNAL, lay_erasures
from safehand.app.backup.errors import Damaged, NoRoom, NotEmpty, NotReached, WalGap
from safehand.app.backup.keys import open_keys, signer_of
from safehand.app.backup.manifest import HISTORY, SEGMENT, Manifest, WalNote
from safehand.app.backup.packing import unpack, unpacked
from safehand.app.backup.place import Place
from safehand.app.backup.replaying import EndedEarly, replayed
from safehand.app.backup.sealing import Identity, Report, open_part, open_small
from safehand.app.backup.taking import Bar
from safehand.app.data_folder import DataFolder
from safehand.app.data_lock import take_lock
from safehand.app.servers import our_postgres
from safehand.ledger.durable import DurableFolder
from safehand.ledger.note import VerifierKey
from safehand.store.blobs import BLOB_BYTES_MAX, NAME, name_of, path_of
from safehand.store.copying import REPLAYED
from safehand.store.embedded import Cluster
from safehand.store.errors import OtherVersion

PASSWORD_FILES_MAX, PASSWORD_BYTES_MAX = 16, 1024
PASSWORDS_BYTES_MAX = 64 * 1024
NAMES_BYTES_MAX = 1024 * 1024 * 1024
SEGMENTS_A_LOG = 256
"""Segments of 16 MiB in 4 GiB of WAL: how their names count."""
SPARE_BYTES = 256 * 1024 * 1024


type Check = Callable[[Manifest], None]
"""Looks at the restored database while it runs and nobody is served; what it raises undoes the restore."""


@dataclass(slots=True)
class Restorer:
    """Restores one installation from `place` into `folder`.

    Shapes
        bundle    the sealed keys.
        until_ms  the moment; None: all there is.
        survivor  a folder of WAL that survived elsewhere (the `pg_wal` of the broken cluster), or None. What else is
                  newer there than in the backup (evidence, the journal of erasures) comes along.
        journal   the journal of erasures; None: the data folder's.
    """

    folder: DataFolder
    place: Place
    bundle: Path
    identities: Sequence[Identity]
    until_ms: int | None = None
    survivor: Path | None = None
    journal: Path | None = None
    archived_ms: int = field(default=0, init=False)
    """When the newest WAL that was replayed had been read."""
    _account: Account | None = field(default=None, init=False)

    def run(self, bar: Bar, check: Check) -> Manifest:
        """Restore, and let `check` look at the running database before anybody is served; the base that it began with.

        Errors
            NotEmpty  something lies in the folder. Nothing was changed.
            NoBackup, NotReached, WrongBackupKey, Damaged, NotOurs, WalGap, OtherVersion, NoRoom
                      The folder is as empty as it was.
        """
        self.folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_empty(self.folder)
        lock = take_lock(self.folder.lock, lambda: None)
        try:
            clear(self.folder)  # what an earlier one left that was broken off
            self.folder.restoring.touch(mode=0o600)
            base = self._restore(bar, check)
            os.sync()
            self.folder.restoring.unlink()
            os.sync()
        except BaseException:
            clear(self.folder)
            self.folder.restoring.unlink(missing_ok=True)
            raise
        finally:
            lock.release()
        return base

    def _restore(self, bar: Bar, check: Check) -> Manifest:
        self._account = server_account()
        open_keys(self.bundle, self.identities, self.folder.path / "keys")
        self.folder.prepare(self._account)
        key = signer_of(self.folder.path / "keys").verifier
        base = self.place.base_before(key, self.until_ms)
        cluster = our_postgres(self.folder, self._account)
        if cluster.binaries.major != base.major:
            raise OtherVersion(folder=base.id, recorded=str(base.major), found=cluster.binaries.major)
        wal = self._wal_after(base, key)
        self.archived_ms = max((note.at_ms for note in wal), default=base.ended_ms)
        self._require_room(base, wal)
        with bar("database") as report:
            self._unpack_cluster(base, cluster, report)
        with bar("write-ahead log") as report:
            self._lay_wal(wal, report)
        with bar("evidence") as report:
            self._open_blobs(base, report)
        survivors = [folder_beside(self.survivor).path / JOURNAL] if self.survivor is not None else []
        journal = self.journal or self.folder.path / JOURNAL
        lay_erasures(journal, self.place, self.identities, key, survivors)
        if self._account is not None and journal.exists():
            give(journal.parent, self._account)
        copy_logs(self.place.path, self.folder.path)
        self._replay(cluster, partial(check, base))
        shutil.rmtree(self.folder.postgres / REPLAYED)
        return base

    def _wal_after(self, base: Manifest, key: VerifierKey) -> list[WalNote]:
        notes = [note for note in self.place.wal_notes(key, base.wal) if note.system == base.system]
        require_unbroken([base.wal, *(note.segment for note in notes if SEGMENT.fullmatch(note.segment))])
        return notes

    def _require_room(self, base: Manifest, wal: Sequence[WalNote]) -> None:
        blobs = sum(path.stat().st_size for path in self.place.blobs.rglob("*.age"))
        needed = sum(part.plain_bytes for part in base.parts.values()) + sum(note.part.plain_bytes for note in wal)
        free = shutil.disk_usage(self.folder.path).free
        if needed + 2 * blobs + SPARE_BYTES > free:
            reason = f"{(needed + 2 * blobs + SPARE_BYTES) // 2**20} MiB are needed, {free // 2**20} MiB are free"
            raise NoRoom(path=str(self.folder.path), reason=reason)

    def _unpack_cluster(self, base: Manifest, cluster: Cluster, report: Report) -> None:
        sealed = partial(open_part, base.parts["base"], self.place.part_path(base, "base"), self.identities)
        unpack("base", lambda sink: sealed(sink, report), cluster.data, self._account)
        raw = bytearray()
        open_part(base.parts["passwords"], self.place.part_path(base, "passwords"), self.identities, raw.extend)
        kept = unpacked("passwords", bytes(raw), PASSWORD_FILES_MAX, PASSWORD_BYTES_MAX)
        passwords = self.folder.postgres / "passwords"
        passwords.mkdir(mode=0o700)
        DurableFolder(passwords).write(kept)
        for path in passwords.iterdir():
            path.chmod(0o600)

    def _lay_wal(self, wal: Sequence[WalNote], report: Report) -> None:
        folder = self.folder.postgres / REPLAYED
        folder.mkdir(mode=0o700)
        for note in sorted(wal, key=lambda one: not one.is_partial):  # a full segment over its own beginning
            with (folder / note.segment).open("wb") as file:
                open_part(note.part, self.place.wal_path(note), self.identities, file.write, report)
        if self.survivor is not None:
            full = {note.segment for note in wal if not note.is_partial}
            for path in self.survivor.iterdir():
                if (SEGMENT.fullmatch(path.name) or HISTORY.fullmatch(path.name)) and path.name not in full:
                    shutil.copyfile(path, folder / path.name)
        if self._account is not None:
            for path in (folder, *folder.iterdir()):
                os.chown(path, *self._account.ids)

    def _open_blobs(self, base: Manifest, report: Report) -> None:
        raw = bytearray()
        open_part(base.parts["blobs"], self.place.part_path(base, "blobs"), self.identities, raw.extend)
        listed = raw.decode("ascii").split()
        held = {path.stem: path for path in self.place.blobs.glob("*/*.age") if NAME.fullmatch(path.stem)}
        if missing := [name for name in listed if name not in held]:
            raise Damaged(name=f"evidence {missing[0]}", why=f"it is missing, and {len(missing) - 1} more")
        for name, path in held.items():
            content = open_small(name, path, self.identities, BLOB_BYTES_MAX)
            if name_of(content) != name:
                raise Damaged(name=f"evidence {name}", why="it has another hash")
            self._lay_blob(name, content)
            report(len(content))
        for path in local_blobs(folder_beside(self.survivor)) if self.survivor is not None else ():
            content = path.read_bytes()
            if path.name not in held and name_of(content) == path.name:  # one that tore as it died was never there
                self._lay_blob(path.name, content)
                report(len(content))

    def _lay_blob(self, name: str, content: bytes) -> None:
        place = self.folder.path / "blobs" / path_of(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o600)

    def _replay(self, cluster: Cluster, check: Callable[[], None]) -> None:
        words = self.folder.log / "postgres.log"
        with suppress(EndedEarly):
            with replayed(cluster, self._account, words, self.until_ms):
                check()
            return
        # Nothing was committed between the end of the WAL and the moment, if the archive was read after that moment.
        if self.until_ms is not None and self.archived_ms < self.until_ms:
            raise NotReached(until=datetime.fromtimestamp(self.archived_ms / 1000, UTC).isoformat())
        with replayed(cluster, self._account, words, None):
            check()


def folder_beside(wal: Path) -> DataFolder:
    """The data folder whose cluster has this `pg_wal`."""
    return DataFolder(wal.resolve().parent.parent.parent)


def require_unbroken(segments: Sequence[str]) -> None:
    """Make sure that no segment is missing between the first and the last, whatever their timelines.

    Errors
        WalGap
    """
    places = sorted({int(name[8:16], 16) * SEGMENTS_A_LOG + int(name[16:24], 16) for name in segments})
    for place, following in pairwise(places):
        if following != place + 1:
            log, segment = divmod(place + 1, SEGMENTS_A_LOG)
            raise WalGap(missing=f"{log:08X}{segment:08X}")


def _require_empty(folder: DataFolder) -> None:
    if folder.restoring.exists():
        return
    if any(entry.name != folder.lock.name for entry in folder.path.iterdir()):
        raise NotEmpty(folder=str(folder.path))


def clear(folder: DataFolder) -> None:
    """Empty a folder that has the mark of a restore, but for the mark and the lock."""
    for entry in folder.path.iterdir():
        if entry not in {folder.lock, folder.restoring}:
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
