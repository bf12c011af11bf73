"""Real servers for tests: one PostgreSQL a test process, one database a test.

Safety stays on (fsync and all): tests look at it. Speed comes from a folder in memory where there is one,
and from cloning a database that was migrated once. A server ends with the process that started it, even by
kill -9; a folder that such a process left is swept by the next one.
"""

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from safehand.app.account import Account, server_account
from safehand.app.migrating import migrate
from safehand.app.processes import spawn
from safehand.app.servers import nats_program, postgres_programs
from safehand.bus.embedded import NatsServer
from safehand.store.database import Store
from safehand.store.embedded import APP, OWNER, SUPERUSER, Cluster, environment
from safehand.store.provision import provision

START_TIMEOUT_S = 30
IN_MEMORY_FREE_BYTES = 1_000_000_000
TEMPLATE = "safehand_migrated"
PREFIX = "safehand-tests-"
HOST = "127.0.0.1"
LOOKS_MAX = 3_000
QUICK = ("-c", "scram_iterations=1")
"""Passwords here are long and random, and sessions are begun by the thousand: stretching them guards nothing."""


def wait_for(question: Callable[[], object], timeout_s: float = START_TIMEOUT_S) -> None:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + timeout_s
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    """Whether that process runs: a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def now[T](work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop and thread of its own, so that a test's own loop does not matter."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, work).result()


def _roots() -> list[Path]:
    memory = Path("/dev/shm")
    roots = [Path(tempfile.gettempdir())]
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > IN_MEMORY_FREE_BYTES:
        roots.insert(0, memory)
    return roots


def _sweep() -> None:
    """Remove folders of test processes that were killed: nobody holds their lock any more."""
    for root in {Path("/dev/shm"), Path(tempfile.gettempdir())}:
        for left in root.glob(PREFIX + "*"):
            with contextlib.suppress(OSError), (left / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def scratch_folder(*, on_disk: bool = False) -> Iterator[Path]:
    """A folder that the servers' account may enter (pytest's own is closed to others); removed afterwards."""
    _sweep()
    root = Path(tempfile.gettempdir()) if on_disk else _roots()[0]
    fresh = Path(tempfile.mkdtemp(prefix="safehand-new-", dir=root))
    with (fresh / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = fresh.rename(fresh.with_name(PREFIX + fresh.name[-8:]))  # it is swept by nobody, now that it is locked
        folder.chmod(0o711)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class Administrator:
    """The superuser's session on a server, kept open on a thread and loop of its own: to begin one costs more."""

    url: str
    _thread: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 1))
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    _session: "asyncpg.Connection[asyncpg.Record] | None" = None

    def say(self, *statements: str) -> None:
        """Run statements, each in its own transaction."""
        self._thread.submit(self._runner.run, self._say(statements)).result()

    def close(self) -> None:
        """End the session, whether or not the server still lives."""
        if self._session is not None:
            self._session.terminate()
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    async def _say(self, statements: Sequence[str]) -> None:
        if self._session is None:
            self._session = await asyncpg.connect(self.url)
        for statement in statements:
            await self._session.execute(statement)


@dataclass(slots=True)
class Postgres:
    """A running PostgreSQL of ours; `kill` and `start` are for tests of what then happens."""

    cluster: Cluster
    account: Account | None
    log: Path
    options: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None
    _administrator: Administrator | None = None

    def start(self) -> None:
        """Start and wait until it accepts sessions."""
        self.cluster.prepare()
        with self.log.open("ab") as output:
            self.process = spawn(
                [*self.cluster.command(), *self.options],
                death_signal=signal.SIGINT,
                environment=environment(),
                account=self.account,
                folder=self.cluster.data,
                output=output.fileno(),
            )
        wait_for(self._is_up)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        return self.cluster.is_ready(self.process.pid)

    def stop(self) -> None:
        """Fast shutdown: sessions are closed, everything is written."""
        self._dismiss()
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(START_TIMEOUT_S)
            self.cluster.clean_up()

    def kill(self) -> None:
        """kill -9 of the server and all its sessions."""
        assert self.process is not None
        self._dismiss()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(START_TIMEOUT_S)

    def url(self, role: str, database: str) -> str:
        """The address for a role."""
        return self.cluster.url(role, database)

    def administer(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser, each in its own transaction."""

        async def run() -> None:
            session = await asyncpg.connect(self.url(SUPERUSER, database))
            for statement in statements:
                await session.execute(statement)
            await session.close()

        now(run())

    def keep_house(self, *statements: str) -> None:
        """The same in the session that is kept: for what comes with every test."""
        if self._administrator is None:
            self._administrator = Administrator(self.url(SUPERUSER, "postgres"))
        self._administrator.say(*statements)

    def _dismiss(self) -> None:
        if self._administrator is not None:
            self._administrator.close()
            self._administrator = None


@contextlib.contextmanager
def running_postgres(*options: str, on_disk: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL of our own with its roles; `options` are further words on its command line ("-c", "a=b")."""
    account = server_account()
    with scratch_folder(on_disk=on_disk) as folder:
        home = folder / "pg"
        home.mkdir(mode=0o711)
        cluster = Cluster(home, postgres_programs(folder, account), account.ids if account else None)
        server = Postgres(cluster, account, folder / "postgres.log", (*QUICK, *options))
        server.start()
        try:
            now(provision(cluster.folder))
            yield server
        finally:
            server.stop()


@dataclass(slots=True)
class Nats:
    """A running NATS of ours; `kill` and `start` are for tests of what then happens."""

    server: NatsServer
    account: Account | None
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """The address, with its token."""
        return self.server.url

    def start(self) -> None:
        """Start and wait until it greets."""
        self.server.prepare()
        with self.log.open("ab") as output:
            self.process = spawn(
                self.server.command(),
                death_signal=signal.SIGTERM,
                environment=self.server.environment(),
                account=self.account,
                folder=self.server.folder,
                output=output.fileno(),
            )
        wait_for(self._is_up)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        return self.server.is_ready()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: SIGKILL for a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_TIMEOUT_S)


@contextlib.contextmanager
def running_nats() -> Iterator[Nats]:
    """A NATS server of our own."""
    account = server_account()
    with scratch_folder() as folder:
        home = folder / "nats"
        home.mkdir(mode=0o711)
        program = nats_program(folder, account)
        nats = Nats(NatsServer(home, program, account.ids if account else None), account, folder / "nats.log")
        nats.start()
        try:
            yield nats
        finally:
            nats.stop()


def migrated_template(server: Postgres) -> str:
    """A database with every migration applied, to clone from; made once a server."""
    now(provision(server.cluster.folder, TEMPLATE))
    now(migrate(server.url(OWNER, TEMPLATE)))
    return TEMPLATE


async def blocked(store: Store, sessions: int) -> None:
    """Wait until so many sessions of the store's database wait for a lock that somebody holds."""
    waiting = (
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(LOOKS_MAX):
        async with store.transaction(readonly=True) as tx:
            [row] = await tx.fetch(waiting)
        if row["n"] >= sessions:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never {sessions} sessions waited")


@dataclass(slots=True)
class Database:
    """One test's own database, fresh and fully migrated."""

    server: Postgres
    name: str
    _stores: list[Store] = field(default_factory=list)

    @property
    def owner_url(self) -> str:
        """For the role that migrates."""
        return self.server.url(OWNER, self.name)

    @property
    def app_url(self) -> str:
        """For the role that runs the application."""
        return self.server.url(APP, self.name)

    @property
    def superuser_url(self) -> str:
        """For what only the server's administrator may."""
        return self.server.url(SUPERUSER, self.name)

    def store(self, url: str | None = None, *, pool_max: int = 16, pool_wait_s: float = 5.0) -> Store:
        """A store on this database as the application's role (or at `url`); closed when the test ends."""
        store = Store(url or self.app_url, name="safehand tests", pool_max=pool_max, pool_wait_s=pool_wait_s)
        self._stores.append(store)
        return store

    def server_ends_sessions(self) -> None:
        """The server ends every session on this database, as an administrator or a restart would."""
        self.server.administer(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )

    async def close(self) -> None:
        """Close the stores."""
        for store in self._stores:
            await store.close()


def cloned(server: Postgres, template: str) -> Database:
    """A fresh clone of the migrated database: its files are copied, which costs half of writing them to the log."""
    name = f"test_{secrets.token_hex(6)}"
    server.keep_house(
        f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy OWNER {OWNER}",
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {name} TO {APP}",
    )
    return Database(server, name)


def dropped(database: Database) -> None:
    """Remove it, whoever is still connected."""
    database.server.keep_house(f"DROP DATABASE {database.name} WITH (FORCE)")
