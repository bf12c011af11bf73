"""The data folder: everything that one installation keeps on its machine.

lock        held while a supervisor or any of its children runs; names the supervisor
keys/       private keys of vault and log, 0700. Back them up apart from the rest
postgres/   our own PostgreSQL: cluster/ (its data), passwords/, socket/ (see store/embedded.py)
nats/       our own NATS server: its configuration, token and streams (see bus/embedded.py)
ledger/     the public log: tiles and checkpoint, made by the sequencer
erasures/   the journal of erasures, 0700. Kept apart from the database's backups, and never restored with them
blobs/      evidence, content-addressed, 0700
restoring   the mark of a restore that is not finished
log/        what the servers say: postgres.log, nats.log and one older file of each
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safehand.app.account import Account, give
from safehand.bus.embedded import address as bus_address
from safehand.store.embedded import APP, OWNER, SPOOL, listens
from safehand.store.embedded import address as database_address
from safehand.store.errors import NotRunning, NotStarted, OutOfReach

PRIVATE = ("keys", "blobs", "log", "erasures")
SERVERS = ("postgres", "nats")
ROLES = ("keys", "blobs", "ledger", "erasures")
"""What the roles write; as root's, they belong to the account that the roles run as."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One installation's folder."""

    path: Path

    @property
    def lock(self) -> Path:
        """The file that is locked while the installation runs."""
        return self.path / "lock"

    @property
    def restoring(self) -> Path:
        """The mark of a restore that goes on, or was broken off: nothing may start here."""
        return self.path / "restoring"

    @property
    def postgres(self) -> Path:
        """What our PostgreSQL keeps."""
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        """What our NATS server keeps."""
        return self.path / "nats"

    @property
    def log(self) -> Path:
        """What the servers say."""
        return self.path / "log"

    def spool(self, account: Account | None) -> Path:
        """Where write-ahead log waits to be carried off to the backup folder; made if it is missing."""
        folder = self.postgres / SPOOL
        folder.mkdir(mode=0o700, exist_ok=True)
        if account is not None:
            os.chown(folder, *account.ids)
        return folder

    def database_url(self) -> str:
        """The address of our PostgreSQL for the application's role.

        Errors
            NotStarted  it was never started here, or we may not know its passwords.
        """
        return self._known(lambda: database_address(self.postgres, APP))

    def running_database_url(self) -> str:
        """The same, for whoever asks it now.

        Errors
            NotStarted, NotRunning
        """
        url = self.database_url()
        if not listens(self.postgres):
            raise NotRunning(folder=str(self.path))
        return url

    def owner_url(self) -> str:
        """The address of our PostgreSQL for the role that migrates.

        Errors
            NotStarted
        """
        return self._known(lambda: database_address(self.postgres, OWNER))

    def bus_url(self) -> str:
        """The address of our NATS server.

        Errors
            NotStarted
        """
        return self._known(lambda: bus_address(self.nats))

    def _known(self, address: Callable[[], str]) -> str:
        try:
            return address()
        except OSError as error:
            raise NotStarted(folder=str(self.path), reason=error.strerror or str(error)) from None

    def prepare(self, account: Account | None) -> None:
        """Make what is missing. Others than us may pass through to the servers' folders, if `account` is another.

        Errors
            OutOfReach  the account of the servers cannot get there.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (*PRIVATE, *SERVERS):
            (self.path / name).mkdir(mode=0o700, exist_ok=True)
        if account is None:
            return
        for folder in (self.path, self.postgres, self.nats):
            folder.chmod(0o711)
        if not account.may("x", self.postgres):
            raise OutOfReach(folder=str(self.path), account=account.name)

    def hand_over(self, account: Account) -> None:
        """Give what the roles write to the account that they run as."""
        for name in ROLES:
            (self.path / name).mkdir(mode=0o700, exist_ok=True)
            give(self.path / name, account)
