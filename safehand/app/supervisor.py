"""The supervisor: one small process of one thread that starts everything, keeps it running and stops it in order.

It imports neither the database's driver nor the web framework: it lives as long as the installation and should
cost little. Whatever ends it, its children end: they hold its lock and are leashed to it (processes.py).
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from safehand.app.account import ALLOWED, AS_ROOT, Account, server_account
from safehand.app.backup.errors import HalfRestored
from safehand.app.children import Child
from safehand.app.data_folder import DataFolder
from safehand.app.data_lock import DataLock, take_lock
from safehand.app.processes import spawn
from safehand.app.servers import our_nats, our_postgres
from safehand.kernel.errors import SafehandError
from safehand.store.copying import client_environment, receive_command
from safehand.store.embedded import Cluster
from safehand.store.embedded import environment as server_environment

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
TICK_S = 1.0
POLL_S = 0.01
READY_WAIT_S = 120.0  # replaying the log after a crash on a slow disk takes a while
MIGRATION_WAIT_S = 3_600.0
ROLE_STOP_S, NATS_STOP_S, POSTGRES_STOP_S, ARCHIVE_STOP_S = 15.0, 10.0, 60.0, 10.0
FIRST_TRIES = 4  # who fails so often without ever having run steadily will not do better
UNUSABLE = 2  # exit status of a role that says: starting me again will not help
LOG_BYTES_MAX = 10_000_000
TAIL_BYTES = 1_500
DATABASE_URL, OWNER_URL = "SAFEHAND_DATABASE_URL", "SAFEHAND_DATABASE_OWNER_URL"
NATS_URL, DATA, BACKUP_FOLDER = "SAFEHAND_NATS_URL", "SAFEHAND_DATA", "SAFEHAND_BACKUP_FOLDER"


class ChildFailed(SafehandError):
    """A part of the installation does not start, or says that it cannot run like this."""

    code = "supervisor.child_failed"


class MigrationFailed(SafehandError):
    """The database could not be brought to what this version needs."""

    code = "supervisor.migration_failed"


class RoleNeedsRoot(SafehandError):
    """Started by root, and the account without rights may not run the program."""

    code = "supervisor.role_needs_root"


class StopAsked(Exception):
    """A signal asks us to stop."""

    def __init__(self, number: int, sender: int) -> None:
        self.number, self.sender = number, sender


@dataclass(frozen=True, slots=True)
class Role:
    """A process of the application: its name and its command line. It finds addresses in its environment."""

    name: str
    command: tuple[str, ...]


@dataclass(slots=True)
class Supervisor:
    """Runs one installation.

    `environment` may name an external database (SAFEHAND_DATABASE_URL, and SAFEHAND_DATABASE_OWNER_URL for
    migrations) and an external NATS (SAFEHAND_NATS_URL); what it does not name is our own, in the data folder.
    `say` is told what happens: a message id of the catalogue and its parameters.
    """

    folder: DataFolder
    roles: Sequence[Role]
    environment: Mapping[str, str]
    say: Callable[[str, Mapping[str, str | int]], None]
    _account: Account | None = None
    _roles_account: Account | None = None
    _cluster: Cluster | None = None
    _lock: DataLock | None = None
    _children: list[Child] = field(default_factory=list)  # in the order in which they are started

    def run(self) -> None:
        """Start everything, keep it running until a signal asks to stop, and stop it in order.

        Errors
            SafehandError  it could not be started, or a role says that it cannot run like this; all is stopped.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self._start()
            self.say("supervisor.running", {"folder": str(self.folder.path), "pid": os.getpid()})
            while True:
                self._wait(TICK_S)
                self._look_after()
        except StopAsked as asked:
            told_by: dict[str, str | int] = {"signal": signal.Signals(asked.number).name, "pid": asked.sender}
            self.say("supervisor.stopping", told_by)
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start(self) -> None:
        self._account = server_account()
        self.folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = take_lock(self.folder.lock, lambda: self.say("supervisor.leftovers", {}), pause=self._wait)
        if self.folder.restoring.exists():
            raise HalfRestored(folder=str(self.folder.path))
        self.folder.prepare(self._account)
        self._choose_roles_account()
        if not self.environment.get(DATABASE_URL):
            self._add_postgres()
        if not self.environment.get(NATS_URL):
            self._add_nats()
        for child in self._children:
            self._until_ready(child)
        if self._cluster is not None or self.environment.get(OWNER_URL):
            self._migrate()
        if self._cluster is not None and self.environment.get(BACKUP_FOLDER):
            self._add_archive(self._cluster)
        for role in self.roles:
            self._add(Child(role.name, partial(self._launch_role, role), signal.SIGTERM, ROLE_STOP_S))

    def _choose_roles_account(self) -> None:
        """Roles run as the account too. Where it may not read the program, only who said so runs them as root."""
        if self._account is None or self.environment.get(AS_ROOT) == ALLOWED:
            return
        for path in (*(Path(role.command[0]) for role in self.roles), Path(__file__)):
            if not self._account.may("x" if path != Path(__file__) else "r", path):
                raise RoleNeedsRoot(path=str(path), account=self._account.name)
        self._roles_account = self._account
        self.folder.hand_over(self._account)

    def _add(self, child: Child) -> None:
        self._children.append(child)
        child.start()

    def _add_postgres(self) -> None:
        cluster = self._cluster = our_postgres(self.folder, self._account)

        def launch() -> "subprocess.Popen[bytes]":
            cluster.prepare()
            environment = server_environment()
            return self._launch_server("postgres", cluster.command(), signal.SIGINT, environment, cluster.data)

        ready = cluster.is_ready
        self._add(Child("postgres", launch, signal.SIGINT, POSTGRES_STOP_S, signal.SIGQUIT, ready))
        socket = str(cluster.socket_folder())
        self.say("supervisor.postgres", {"major": cluster.binaries.major, "socket": socket})

    def _add_nats(self) -> None:
        server = our_nats(self.folder, self._account)

        def launch() -> "subprocess.Popen[bytes]":
            server.prepare()
            return self._launch_server("nats", server.command(), signal.SIGTERM, server.environment(), server.folder)

        self._add(Child("nats", launch, signal.SIGTERM, NATS_STOP_S, ready=lambda _: server.is_ready()))
        self.say("supervisor.nats", {"port": server.port})

    def _add_archive(self, cluster: Cluster) -> None:
        """PostgreSQL's own program receives the write-ahead log beside the cluster; the core role carries it off."""
        spool = self.folder.spool(self._account)

        def launch() -> "subprocess.Popen[bytes]":
            environment = client_environment(cluster.folder)
            return self._launch_server("archive", receive_command(cluster), signal.SIGINT, environment, spool)

        self._add(Child("archive", launch, signal.SIGINT, ARCHIVE_STOP_S))

    def _launch_server(
        self, name: str, command: list[str], death: signal.Signals, environment: Mapping[str, str], folder: Path
    ) -> "subprocess.Popen[bytes]":
        with (self.folder.log / f"{name}.log").open("ab") as log:
            return spawn(
                command,
                death_signal=death,
                environment=environment,
                account=self._account,
                folder=folder,
                output=log.fileno(),
                keep=self._kept(),
            )

    def _launch_role(self, role: Role) -> "subprocess.Popen[bytes]":
        environment = {**self._addresses(), DATA: str(self.folder.path)}
        environment.pop(OWNER_URL, None)  # what may change the ledger's tables is no business of the application
        # A role is killed if we are: a graceful end could wait for open pages, and nothing it acknowledged is at risk.
        return spawn(
            role.command,
            death_signal=signal.SIGKILL,
            environment=environment,
            account=self._roles_account,
            folder=self.folder.path if self._roles_account else None,  # ours may be closed to it
            keep=self._kept(),
        )

    def _addresses(self) -> dict[str, str]:
        ours = dict(self.environment)
        if not ours.get(DATABASE_URL):
            ours[DATABASE_URL], ours[OWNER_URL] = self.folder.database_url(), self.folder.owner_url()
        if not ours.get(NATS_URL):
            ours[NATS_URL] = self.folder.bus_url()
        return ours

    def _kept(self) -> list[int]:
        return [self._lock.descriptor] if self._lock else []

    def _until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + READY_WAIT_S
        while child.pid is None or not child.ready(child.pid):
            self._wait(POLL_S)
            status = child.check()
            if (status is not None and child.failures >= FIRST_TRIES) or time.monotonic() > deadline:
                raise ChildFailed(name=child.name, status=status, said=self._last_words(child.name))
            if child.is_due():
                child.start()

    def _migrate(self) -> None:
        words = [sys.executable, "-m", "safehand.app.migrating"]
        if self._cluster is not None:
            words += ["--postgres", str(self.folder.postgres)]
        process = spawn(words, death_signal=signal.SIGKILL, environment=self._addresses(), keep=self._kept())
        child = Child("migrations", lambda: process, signal.SIGTERM, ROLE_STOP_S)
        self._add(child)
        deadline = time.monotonic() + MIGRATION_WAIT_S
        while (status := child.check()) is None:
            self._wait(POLL_S)
            if time.monotonic() > deadline:
                raise MigrationFailed(status=None)
        self._children.remove(child)
        if status != 0:
            raise MigrationFailed(status=status)

    def _wait(self, seconds: float) -> None:
        """Until a child ends or the time is over; raises StopAsked if a signal says so."""
        told = signal.sigtimedwait(SIGNALS, seconds)
        # Interrupted past its time (we were stopped and continued), it answers with a signal that is none.
        if told is not None and told.si_signo in SIGNALS - {signal.SIGCHLD}:
            raise StopAsked(told.si_signo, told.si_pid)
        self._reap_strangers()

    def _reap_strangers(self) -> None:
        """As the first process of a container we inherit orphans; without this they stay as zombies."""
        ours = {child.pid for child in self._children}
        with suppress(ChildProcessError):
            while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if ended.si_pid in ours:
                    return
                os.waitpid(ended.si_pid, 0)

    def _look_after(self) -> None:
        for child in self._children:
            status = child.check()
            if status is not None:
                self.say("supervisor.child_ended", {"name": child.name, "status": status})
                is_role = any(role.name == child.name for role in self.roles)
                if is_role and (status == UNUSABLE or (child.failures >= FIRST_TRIES and not child.was_steady)):
                    raise ChildFailed(name=child.name, status=status, said="")
            if child.is_due():
                try:
                    child.start()
                except (SafehandError, OSError) as error:  # a full disk, say: it may be over the next time
                    self.say("supervisor.child_not_started", {"name": child.name, "reason": str(error)})
                    child.put_off()
        self._shorten_logs()

    def _stop(self) -> None:
        """Roles first, all at once; then the stream; the database last, when nobody uses it any more."""
        names = {role.name for role in self.roles} | {"migrations"}
        roles = [child for child in self._children if child.name in names]
        servers = [child for child in reversed(self._children) if child.name not in names]
        for group in (roles, *([server] for server in servers)):
            for child in group:
                child.ask_to_stop()
            for child in group:
                if not child.wait_stopped():
                    self.say("supervisor.forced", {"name": child.name})
        if self._cluster is not None:
            self._cluster.clean_up()
        if self._lock is not None:
            self._lock.release()

    def _last_words(self, name: str) -> str:
        with suppress(OSError), (self.folder.log / f"{name}.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
            return " ".join(log.read().decode("utf-8", "replace").splitlines()[-6:])
        return ""

    def _shorten_logs(self) -> None:
        """The servers append; what is moved to the older file may lose a line that is written just then."""
        for log in self.folder.log.glob("*.log"):
            with suppress(OSError):
                if log.stat().st_size > LOG_BYTES_MAX:
                    shutil.copyfile(log, log.with_suffix(".log.1"))
                    os.truncate(log, 0)
