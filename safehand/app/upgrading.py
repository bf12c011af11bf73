"""Upgrading: the embedded database's files from one major version of PostgreSQL to the next, by its own pg_upgrade.

It works on a copy, which takes the place of the old files in one step once it is whole; the old files stay beside it.

Source
    PostgreSQL 18, pg_upgrade. renameat2(2), RENAME_EXCHANGE.
"""

import asyncio
import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safehand.app.account import Account, server_account
from safehand.app.backup.replaying import running
from safehand.app.data_folder import DataFolder
from safehand.app.data_lock import take_lock
from safehand.app.servers import our_postgres
from safehand.kernel.errors import SafehandError
from safehand.kernel.files import sync_folder
from safehand.store.binaries import Binaries, major_version
from safehand.store.copying import client_environment
from safehand.store.embedded import SUPERUSER, Cluster
from safehand.store.errors import OtherVersion
from safehand.store.replication import describe

WORK = "upgrade"
NEEDED = ("postgres", "pg_ctl", "pg_controldata", "pg_resetwal")
UPGRADE_WAIT_S = 12 * 3_600
JOBS = "2"
TAIL_CHARACTERS = 600
AT_FDCWD, RENAME_EXCHANGE = -100, 2


class NoOldPrograms(SafehandError):
    """PostgreSQL's upgrade runs the old version's programs as well, and they are not here."""

    code = "upgrade.no_old_programs"


class UpgradeFailed(SafehandError):
    """The files could not be brought to the new version; the old ones are as they were."""

    code = "upgrade.failed"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which major version to which; the same if there was nothing to do. `old` is where the old files lie."""

    before: int
    after: int
    old: Path | None


def upgrade(folder: DataFolder, old_programs: Path | None, say: Callable[[str], None]) -> Upgraded:
    """Bring a stopped installation's database to the major version of the programs here.

    Shapes
        old_programs  the folder with the old version's programs; None: where Debian puts them.
        say           told the step that begins.
    Errors
        AlreadyRunning  the installation runs.
        NoOldPrograms   the old version's programs are not there, or its account cannot run them.
        OtherVersion    the files are newer than the programs.
        UpgradeFailed   PostgreSQL says why. Nothing was changed.
    """
    account = server_account()
    lock = take_lock(folder.lock, lambda: None)
    try:
        folder.prepare(account)
        new = our_postgres(folder, account)
        before = _recorded(new)
        if before == new.binaries.major:
            return Upgraded(before, before, None)
        old = Cluster(folder.postgres, _old_binaries(before, old_programs, account), new.account)
        words = folder.log / "postgres.log"
        say("old")
        with running(old, account, words):  # what a crash left is replayed, and the files are closed in order
            was = asyncio.run(describe(old.folder))
        work = Cluster(_fresh(folder.postgres), new.binaries, new.account)
        say("copy")
        work.prepare()
        _run_pg_upgrade(old, work)
        say("check")
        with running(work, account, words):
            _analyse(work)
            if asyncio.run(describe(work.folder)).schema != was.schema:
                raise UpgradeFailed(said="the copy has other migrations than the old files")
        kept = folder.postgres / f"cluster-{before}"
        _exchange(old.data, work.data)
        work.data.rename(kept)
        shutil.rmtree(work.folder)
        sync_folder(folder.postgres)
        return Upgraded(before, new.binaries.major, kept)
    finally:
        lock.release()


def _recorded(cluster: Cluster) -> int:
    path = cluster.data / "PG_VERSION"
    try:
        recorded = int(path.read_text("ascii"))
    except (OSError, ValueError):
        raise UpgradeFailed(said=f"there is no database in {cluster.data}") from None
    if recorded > cluster.binaries.major:
        raise OtherVersion(folder=str(cluster.data), recorded=str(recorded), found=cluster.binaries.major)
    return recorded


def _old_binaries(major: int, given: Path | None, account: Account | None) -> Binaries:
    folder = given or Path(f"/usr/lib/postgresql/{major}/bin")
    programs = [folder / name for name in NEEDED]
    if not all(os.access(program, os.X_OK) for program in programs) or major_version(folder / "postgres") != major:
        raise NoOldPrograms(major=major, folder=str(folder), why="they are not there")
    if account is not None and not all(account.may("x", program) for program in programs):
        raise NoOldPrograms(major=major, folder=str(folder), why=f"the account {account.name} may not run them")
    return Binaries(folder, major)


def _fresh(beside: Path) -> Path:
    """A folder for the copy, with the same passwords; what an upgrade left that was broken off is taken away."""
    work = beside / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o711)
    shutil.copytree(beside / "passwords", work / "passwords")
    return work


def _run_pg_upgrade(old: Cluster, new: Cluster) -> None:
    """In a folder of its own, where it may write, as the account of the servers."""
    scratch = new.folder / "scratch"
    scratch.mkdir(mode=0o700)
    user, group = new.account or (None, None)
    if new.account is not None:
        os.chown(scratch, *new.account)
    command = [
        new.binaries.program("pg_upgrade"),
        *("--old-bindir", str(old.binaries.folder), "--new-bindir", str(new.binaries.folder)),
        *("--old-datadir", str(old.data), "--new-datadir", str(new.data)),
        *("--username", SUPERUSER, "--socketdir", str(new.socket_folder()), "--jobs", JOBS),
    ]
    done = subprocess.run(
        command,
        cwd=scratch,
        env=client_environment(old.folder) | {"HOME": str(scratch)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=UPGRADE_WAIT_S,
        check=False,
        user=user,
        group=group,
        extra_groups=[] if new.account else None,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        raise UpgradeFailed(said=" ".join(said.split())[-TAIL_CHARACTERS:])


def _analyse(cluster: Cluster) -> None:
    """The copy knows nothing yet of how its values are spread: without this, the first hours are slow."""
    host = str(cluster.socket_folder())
    command = [cluster.binaries.program("vacuumdb"), "--all", "--analyze-only", "--no-password", "--quiet"]
    done = subprocess.run(
        [*command, "--host", host, "--username", SUPERUSER],
        env=client_environment(cluster.folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=UPGRADE_WAIT_S,
        check=False,
        cwd="/",
    )
    if done.returncode != 0:
        raise UpgradeFailed(said=" ".join(done.stderr.decode("utf-8", "replace").split())[-TAIL_CHARACTERS:])


def _exchange(one: Path, other: Path) -> None:
    """Each takes the other's place, in one step: at no moment is there no database where one is looked for."""
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    if done != 0:
        raise UpgradeFailed(said=f"the file system does not exchange folders: {os.strerror(ctypes.get_errno())}")
    sync_folder(one.parent)
    sync_folder(other.parent)
