"""Our own PostgreSQL: where its files lie, how it is laid out the first time, and with what it is started.

This module starts no server; it says what to start (`Cluster.command`), and app/supervisor.py does, as a child
that ends when the supervisor ends. It is imported by that small process and therefore knows no driver.
"""

import hashlib
import os
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from safehand.kernel.files import sync_folder
from safehand.store.binaries import Binaries
from safehand.store.errors import OtherVersion, StartRefused

SUPERUSER = "postgres"
OWNER = "safehand_owner"
APP = "safehand_app"
DATABASE = "safehand"
SPOOL = "archive"  # beside the cluster: where WAL is received, before it is sealed and carried off
PORT = 5432  # names the socket only; nothing listens on the network
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # in an address, a comma would begin a second host
SOCKET_PATH_BYTES_MAX = 107  # sun_path on Linux, less its ending zero
INITDB_TIMEOUT_S = 120
IO_METHOD_SINCE = 18
SYNCFS_SINCE = (5, 8)  # of Linux: from then on syncfs tells of errors
LEFTOVER_WAIT_S = 10.0  # what a crashed server's sessions take at most to notice and end

# On the command line a setting outranks every file and ALTER SYSTEM: nobody can switch safety off by accident.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # A small machine: idle sessions and workers cost memory, planning in parallel costs more than it saves.
    "shared_buffers": "128MB",
    "max_connections": "64",
    "work_mem": "4MB",
    "maintenance_work_mem": "64MB",
    "max_worker_processes": "4",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "2",
    "max_logical_replication_workers": "0",
    "jit": "off",
    # After a crash the log since the last checkpoint is replayed before anybody is served: keep that short.
    "checkpoint_timeout": "60s",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    # The server's log must not repeat what people wrote: no values of keys, no parameters.
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] %a ",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL of ours under `folder`.

    folder/cluster    the data directory, 0700, of the account that runs the server
    folder/socket     where it listens, 0700 (elsewhere if the path does not do for a socket)
    folder/passwords  one random password a role, 0600
    """

    folder: Path
    binaries: Binaries
    account: tuple[int, int] | None = None  # user and group of the server; None: those of this process
    leftover_wait_s: float = LEFTOVER_WAIT_S

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "cluster"

    def prepare(self) -> None:
        """Make everything ready to start: lay the cluster out if it is new, clear what a crash left.

        Errors
            OtherVersion  the data directory belongs to another major version.
            StartRefused  initdb failed, or processes of an earlier run still work on the data.
        """
        for role in (SUPERUSER, OWNER, APP):
            self._keep_password(role)
        if not (self.data / "PG_VERSION").exists():
            self._lay_out()
        self._check_version()
        self._clear_leftovers()
        self._make_socket_folder()

    def command(self) -> list[str]:
        """What to run in the foreground, as the account, with the data directory as working directory."""
        settings = {**SETTINGS, "unix_socket_directories": _quoted(str(self.socket_folder()))}
        if self.binaries.major >= IO_METHOD_SINCE:
            settings["io_method"] = "sync"  # its three workers serve large scans, which we have none of
        if _kernel() >= SYNCFS_SINCE:
            # After a crash one flush of the file system instead of one of each of a thousand files.
            settings["recovery_init_sync_method"] = "syncfs"
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.binaries.program("postgres"), "-D", str(self.data), *options]

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this process id accepts sessions.

        Source
            PostgreSQL, src/include/utils/pidfile.h: line 1 the process, line 8 its state. pg_ctl reads the same.
        """
        try:
            lines = (self.data / "postmaster.pid").read_text("ascii", "replace").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address for one role, with its password: keep it out of logs and command lines."""
        return address(self.folder, role, database)

    def socket_folder(self) -> Path:
        """Where it listens."""
        return socket_folder(self.folder)

    def clean_up(self) -> None:
        """Take away what lies outside the data folder; the server has ended."""
        if self.socket_folder().parent != self.folder:
            shutil.rmtree(self.socket_folder(), ignore_errors=True)

    def _keep_password(self, role: str) -> None:
        path = self.folder / "passwords" / role
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            return
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        sync_folder(path.parent)

    def _lay_out(self) -> None:
        """Run initdb in a folder beside, and move it into place whole: one cut short is never started."""
        fresh = self.data.with_name("cluster.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        password = self.folder / "initdb-password"  # initdb reads it as the account, which cannot read ours
        password.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write((self.folder / "passwords" / SUPERUSER).read_text("ascii"))
            self._give(password)
            self._run_initdb(fresh, password)
        finally:
            password.unlink(missing_ok=True)
        fresh.rename(self.data)
        sync_folder(self.folder)

    def _run_initdb(self, target: Path, password: Path) -> None:
        command = [
            self.binaries.program("initdb"),
            *("-D", str(target), "-U", SUPERUSER, f"--pwfile={password}", "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"),
        ]
        user, group = self.account or (None, None)
        groups: list[int] | None = [] if self.account else None
        try:
            done = subprocess.run(
                command,
                cwd="/",
                env=environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=INITDB_TIMEOUT_S,
                check=False,
                user=user,
                group=group,
                extra_groups=groups,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StartRefused(reason=f"initdb: {error}") from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise StartRefused(reason=f"initdb: {' '.join(said[-3:])[-400:]}")

    def _check_version(self) -> None:
        recorded = (self.data / "PG_VERSION").read_text("ascii").strip()
        if recorded != str(self.binaries.major):
            raise OtherVersion(folder=str(self.data), recorded=recorded[:20], found=self.binaries.major)

    def _clear_leftovers(self) -> None:
        """Remove the process file of a server that is gone.

        Never while any process still works in the data directory: the file names the shared memory by which
        PostgreSQL itself would notice.
        """
        deadline = time.monotonic() + self.leftover_wait_s
        while left := processes_in(self.data):
            if time.monotonic() > deadline:
                raise StartRefused(reason=f"process {left[0]} of an earlier run still works on the data")
            time.sleep(0.02)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        known = folder.lstat()
        ours = {os.geteuid(), self.account[0] if self.account else os.geteuid()}
        if not stat.S_ISDIR(known.st_mode) or known.st_uid not in ours:
            raise StartRefused(reason=f"{folder} belongs to somebody else")
        folder.chmod(0o700)
        self._give(folder)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (folder / name).unlink(missing_ok=True)

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, *self.account, follow_symlinks=False)


def address(folder: Path, role: str, database: str = DATABASE) -> str:
    """The address of the PostgreSQL under `folder` for one role, with its password.

    Errors
        OSError  there is none, or we may not know its passwords.
    """
    password = (folder / "passwords" / role).read_text("ascii").strip()
    return f"postgresql://{role}:{password}@/{database}?host={quote(str(socket_folder(folder)), safe='')}&port={PORT}"


def listens(folder: Path) -> bool:
    """Whether there is a socket to reach the PostgreSQL under `folder` by: one that stops in order takes it away."""
    return (socket_folder(folder) / f".s.PGSQL.{PORT}").exists()


def socket_folder(folder: Path) -> Path:
    """Beside the data where the path is short and plain, else a folder in the system's temporary one.

    Its name follows from the data directory, so that everybody finds it and a crash leaves one at most.
    """
    beside = folder / "socket"
    short = len(os.fsencode(beside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES_MAX
    if short and PLAIN_PATH.fullmatch(str(beside)):
        return beside
    mark = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"safehand-{mark}"


def processes_in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder`, zombies left out; the server and all its sessions are."""
    found = []
    target = os.path.realpath(folder)
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if os.readlink(f"/proc/{entry.name}/cwd") == target:
                    found.append(int(entry.name))
            except OSError:  # ended meanwhile, a zombie, or somebody else's
                continue
    return found


def environment() -> dict[str, str]:
    """What a server is told of its surroundings: nothing of ours, no PG* variable, no token."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _kernel() -> tuple[int, int]:
    numbers = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def _quoted(folder: str) -> str:
    return '"' + folder.replace('"', '""') + '"'
