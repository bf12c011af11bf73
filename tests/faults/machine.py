"""An installation as a stranger runs it, in processes of its own, and the ways to hurt it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from safehand.app.data_folder import DataFolder
from safehand.app.processes import spawn
from safehand.demo.installation import command
from safehand.store.embedded import processes_in
from tests.servers import HOST, free_port

READY_S = 120.0
STOP_S = 60.0
ASK_AGAIN_S = 0.05
COMMIT_S = 0.2
LAST_WORDS_CHARACTERS = 6_000


@dataclass
class Machine:
    """One data folder and, most of the time, a supervisor with its children on it."""

    data: Path
    port: int
    output: Path
    process: "subprocess.Popen[bytes] | None" = None
    settings: dict[str, str] = field(default_factory=dict)
    """What its environment says beyond the flags."""
    before: list[str] = field(default_factory=list)
    """What its command is begun with."""
    starts: int = field(default=0, init=False)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.data)

    @property
    def words(self) -> str:
        """What the supervisor and the core role said so far."""
        return self.output.read_text("utf-8", "replace") if self.output.is_file() else ""

    def up(self) -> None:
        """`safehand up`, as a child that ends with this process."""
        # As where it is installed: a restart finds its modules compiled.
        left_out = ("SAFEHAND_", "PYTHONDONTWRITEBYTECODE")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        clean |= {"SAFEHAND_AS_ROOT": "allowed"} | self.settings  # wherever Python lies
        command = [sys.executable, "-m", "safehand.cli.main", "up", "--data", str(self.data), "--port", str(self.port)]
        with self.output.open("ab") as output:
            self.process = spawn(
                [*self.before, *command], death_signal=signal.SIGTERM, environment=clean, output=output.fileno()
            )
        self.starts += 1

    def down(self) -> None:
        """Stop in order; by force if that does not work."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)  # a test that failed may have left it frozen
        for pid in self.postgres():
            _send(pid, signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise

    def supervisor(self) -> int:
        assert self.process is not None
        assert self.process.poll() is None, self.words[-LAST_WORDS_CHARACTERS:]
        return self.process.pid

    def children(self, word: str) -> list[int]:
        """The supervisor's living children with this word on their command line."""
        pid = self.supervisor()
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in listed if word in _command_line(int(child))]

    def postgres(self) -> list[int]:
        """The postmaster and all its sessions and workers."""
        return processes_in(self.data / "postgres" / "cluster")

    def kill_core(self) -> None:
        """kill -9 of the process that answers requests, sequences and signs."""
        kill(self.children("safehand.app.core"))

    def kill_core_between_commit_and_answer(self) -> None:
        """The database finishes what it was told while the core role hears nothing more; then that is killed."""
        (core,) = self.children("safehand.app.core")
        os.kill(core, signal.SIGSTOP)
        time.sleep(COMMIT_S)
        kill([core])

    def kill_postgres(self) -> None:
        """kill -9 of the postmaster, so that it starts nobody any more, and of everything it had started."""
        (postmaster,) = self.children("postgres")
        kill([postmaster, *self.postgres()])

    def kill_nats(self) -> None:
        kill(self.children("nats-server"))

    def kill_supervisor(self) -> None:
        """kill -9 of the supervisor alone: what it leashed ends by itself, and `up` follows at once."""
        kill([self.supervisor()])
        self._gone()
        self.up()

    def kill_all(self) -> None:
        """kill -9 of everything at one moment, as when the kernel ends the whole container."""
        supervisor = self.supervisor()
        listed = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        _send(supervisor, signal.SIGSTOP)  # so that it cannot start anything in between
        kill([*map(int, listed), *self.postgres(), supervisor])
        self._gone()

    def kill_all_and_restart(self) -> None:
        self.kill_all()
        self.up()

    @contextmanager
    def frozen_supervisor(self) -> Iterator[None]:
        """Meanwhile nothing that ends is started again."""
        pid = self.supervisor()
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    async def whole(self) -> None:
        """Wait until database and stream are there, as /readyz tells."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False) as http:

            async def answered() -> bool:
                self.supervisor()
                with suppress(httpx.TransportError):
                    ready = await http.get("/readyz")
                    return ready.status_code == 200 and ready.json()["stream"] is True
                return False

            await until(answered, READY_S, "database and stream to be there")

    async def setup_token(self) -> str:
        """What opens the page of the first administrator, as whoever sits at the machine gets it."""
        link = await command("admin", "link", "--data", str(self.data), "--json", settings=self.settings)
        assert link.status == 0, link.errors
        return str(link.value["link"]).rpartition("/")[2]

    async def rows(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Straight from the database, past the application."""
        session = await asyncpg.connect(self.settings.get("SAFEHAND_DATABASE_URL") or self.folder.database_url())
        try:
            return list(await session.fetch(sql, *args))
        finally:
            await session.close()

    def _gone(self) -> None:
        assert self.process is not None
        self.process.wait(STOP_S)


@contextmanager
def a_machine(
    data: Path, output: Path | None = None, settings: dict[str, str] | None = None, before: list[str] | None = None
) -> Iterator[Machine]:
    """A fresh installation on this folder; stopped when left, and nothing of it goes on running.

    `output` is where its processes write what they say: beside the folder, on the same disk, if not told.
    """
    words = output or data.with_name(f"{data.name}-words")
    machine = Machine(data, free_port(), words, settings=settings or {}, before=before or [])
    machine.up()
    try:
        yield machine
    except AssertionError as error:
        error.add_note(f"the installation's last words:\n{machine.words[-LAST_WORDS_CHARACTERS:]}")
        raise
    finally:
        machine.down()
        _wait_quiet(data)


async def until(question: Callable[[], Awaitable[object]], timeout_s: float, what: str) -> None:
    """Ask until the answer is yes."""
    deadline = time.monotonic() + timeout_s
    while not await question():
        assert time.monotonic() < deadline, f"waited {timeout_s:.0f} s in vain for {what}"
        await asyncio.sleep(ASK_AGAIN_S)


def _wait_quiet(data: Path) -> None:
    deadline = time.monotonic() + STOP_S
    while left := [pid for pid in _pids() if str(data) in _command_line(pid)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(ASK_AGAIN_S)


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:  # ended meanwhile
        return ""


def kill(pids: list[int]) -> None:
    """kill -9 of all of these, in this order."""
    assert pids, "there is nothing to kill"
    for pid in pids:
        _send(pid, signal.SIGKILL)


def _send(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)
