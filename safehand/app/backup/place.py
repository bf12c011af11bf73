"""The backup folder: what lies where, on another disk or machine than the installation.

installation.vkey     the public key that our manifests are signed with; it also says that this is the right folder
bases/ID/             one base: its signed manifest, base.age (the cluster), passwords.age, blobs.age (names)
wal/NAME.age, .note   archived WAL, each file with a signed note; NAME.partial.HASH is the segment being written now
ledger/               a copy of the public log, open as the log itself is: anybody may verify it
erasures.HASH.age, .note  the journal of erasures
blobs/ab/NAME.age     evidence; evidence.gone says since when the installation no longer has some of it
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from safehand.app.account import Account, give
from safehand.app.backup.errors import Damaged, NoBackup, NotPrepared, PlaceClosed
from safehand.app.backup.manifest import ERASURES, Manifest, WalNote
from safehand.ledger.durable import create_file, read_regular
from safehand.ledger.note import VKEY_BYTES_MAX, BadKey, VerifierKey
from safehand.ledger.places import LOG_FOLDER

VKEY_FILE = "installation.vkey"
SEALED_SUFFIX = ".age"
NOTE_SUFFIX = ".note"
MANIFEST = "manifest"
VERSION_DIGITS = 16
BASES_MAX = 10_000
WAL_FILES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """One backup folder."""

    path: Path

    @property
    def bases(self) -> Path:
        """Where the bases are."""
        return self.path / "bases"

    @property
    def wal(self) -> Path:
        """Where the archived WAL is."""
        return self.path / "wal"

    @property
    def log(self) -> Path:
        """Where the copy of the public log is."""
        return self.path / LOG_FOLDER

    @property
    def blobs(self) -> Path:
        """Where the evidence is."""
        return self.path / "blobs"

    def prepare(self, key: VerifierKey) -> None:
        """Make it the folder of the installation whose backups `key` vouches for.

        Errors
            NotPrepared  it is another installation's.
        """
        for folder in (self.path, self.bases, self.wal, self.log, self.blobs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_file(self.path / VKEY_FILE, f"{key}\n".encode(), 0o644)
        self.require(key)

    def hand_over(self, account: Account) -> None:
        """Give it to the account that carries backups off.

        Errors
            PlaceClosed  its disk keeps it root's, or a folder above it is closed to the account.
        """
        with suppress(OSError):
            give(self.path, account)
        if not account.may("w", self.path):
            raise PlaceClosed(folder=str(self.path), account=account.name)

    def require(self, key: VerifierKey) -> None:
        """Make sure that this is the folder, and not the place where its disk should be mounted.

        Errors
            NotPrepared
        """
        found = self.vkey()
        if found != key:
            raise NotPrepared(folder=str(self.path), found=found.name)

    def vkey(self) -> VerifierKey:
        """The key that the folder itself names: good against accidents, not against whoever can write there.

        Errors
            NotPrepared  there is none.
        """
        try:
            raw = read_regular(self.path / VKEY_FILE, VKEY_BYTES_MAX)
            return VerifierKey.parse(raw.decode().removesuffix("\n"))
        except PermissionError as error:
            raise NotPrepared(folder=str(self.path), found=f"{error.strerror} (to user {os.geteuid()})") from None
        except (OSError, UnicodeDecodeError, BadKey):
            raise NotPrepared(folder=str(self.path), found="none") from None

    def manifests(self, key: VerifierKey) -> list[Manifest]:
        """Every base, oldest first. One that was broken off has no name yet and is passed over."""
        names = sorted(entry.name for entry in self.bases.iterdir() if not entry.name.startswith("."))
        if len(names) > BASES_MAX:
            raise Damaged(name=str(self.bases), why=f"more than {BASES_MAX} bases")
        return [Manifest.read(self.bases / name / MANIFEST, key) for name in names]

    def base_before(self, key: VerifierKey, at_ms: int | None) -> Manifest:
        """The newest base, or the newest that had ended at that moment.

        Errors
            NoBackup
        """
        found = [one for one in self.manifests(key) if at_ms is None or one.ended_ms <= at_ms]
        if not found:
            raise NoBackup(folder=str(self.path), bases=len(list(self.bases.iterdir())))
        return found[-1]

    def part_path(self, base: Manifest, name: str) -> Path:
        """Where a part of a base lies."""
        return self.bases / base.id / f"{name}{SEALED_SUFFIX}"

    def wal_path(self, note: WalNote) -> Path:
        """Where archived WAL lies. What is sealed again and again gets a name of its own each time.

        So a note never speaks of other bytes than it was written for, whenever we are killed.
        """
        version = f".{note.part.sha256[:VERSION_DIGITS]}" if note.is_partial else ""
        return self.wal / f"{note.part.name}{version}{SEALED_SUFFIX}"

    def journal_path(self, note: WalNote) -> Path:
        """Where the journal of erasures lies, as that note knows it."""
        return self.path / f"{ERASURES}.{note.part.sha256[:VERSION_DIGITS]}{SEALED_SUFFIX}"

    def blob_path(self, name: str) -> Path:
        """Where a piece of evidence lies."""
        return self.blobs / name[:2] / f"{name}{SEALED_SUFFIX}"

    def wal_notes(self, key: VerifierKey, since: str = "") -> list[WalNote]:
        """Every archived file that replaying from segment `since` may ask for, in order; all history files.

        Segments are compared by their place in the WAL, whatever the timeline.
        """
        names = sorted(path.name for path in self.wal.iterdir() if path.name.endswith(NOTE_SUFFIX))
        if len(names) > WAL_FILES_MAX:
            raise Damaged(name=str(self.wal), why=f"more than {WAL_FILES_MAX} files")
        wanted = [name for name in names if "history" in name or name[8:24] >= since[8:24]]
        return [WalNote.read(self.wal / name, key) for name in wanted]
