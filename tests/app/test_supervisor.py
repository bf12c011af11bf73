"""`safehand up`: everything starts, keeps running, stops in order, and dies with its parent."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from safehand.app.account import ALLOWED, AS_ROOT, server_account
from safehand.app.data_folder import DataFolder
from safehand.app.processes import spawn
from safehand.app.supervisor import LOG_BYTES_MAX, Supervisor
from safehand.app.up import command_line
from tests.asvs import asvs
from tests.servers import is_alive, now, scratch_folder, wait_for

ROLE = """
import json, os, sys, time
line = {name: os.environ[name] for name in os.environ if name.startswith("SAFEHAND_")} | {"pid": os.getpid()}
with open(sys.argv[1], "a") as told:
    told.write(json.dumps(line) + chr(10))
exec(sys.argv[2])
"""
SERVE = "time.sleep(600)"
ORPHANING = """
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(0.3)
    os._exit(0)
os.wait()
time.sleep(600)
"""


@dataclass
class Up:
    """A supervisor in a process of its own."""

    data: Path
    process: "subprocess.Popen[bytes]"
    told: Path
    output: Path

    def words(self) -> str:
        return self.output.read_text()

    def roles(self) -> list[dict[str, Any]]:
        """What each start of the role told: its environment and process."""
        return [json.loads(line) for line in self.told.read_text().splitlines()] if self.told.exists() else []

    def children(self) -> dict[str, int]:
        """The living children by their program."""
        found = {}
        for pid in children_of(self.process.pid):
            with suppress(OSError):
                found[Path(f"/proc/{pid}/comm").read_text().strip()] = pid
        return found

    def wait_roles(self, count: int) -> None:
        wait_for(lambda: self.process.poll() is not None or len(self.roles()) >= count)
        assert len(self.roles()) >= count, self.words()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def running_in(folder: Path) -> list[str]:
    """Command lines of living processes that name the folder, or work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                where = os.readlink(entry / "cwd")
                if str(folder) in line or where.startswith(str(folder)):
                    found.append(line)
    return found


@contextmanager
def up(data: Path, then: str = SERVE, environment: dict[str, str] | None = None) -> Iterator[Up]:
    """A supervisor on this folder with one role; ended, and everything it started, when left."""
    told, output = data.with_name(data.name + "-told"), data.with_name(data.name + "-words")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAFEHAND_")}
    with output.open("ab") as file:
        process = spawn(
            command_line(data, [sys.executable, "-c", ROLE, str(told), then]),
            death_signal=signal.SIGTERM,
            environment={**clean, AS_ROOT: ALLOWED, **(environment or {})},
            output=file.fileno(),
        )
    running = Up(data, process, told, output)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.end()


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A data folder that was started once and stopped: copying it is quicker than making it."""
    with scratch_folder() as folder:
        with up(folder / "data") as first:
            first.wait_roles(1)
            assert first.end() == 0
        yield folder / "data"


@pytest.fixture
def data(prepared: Path) -> Iterator[Path]:
    with scratch_folder() as folder:
        subprocess.run(["cp", "-a", str(prepared), str(folder / "data")], check=True)
        yield folder / "data"


def select_one(url: str) -> None:
    async def ask() -> None:
        session = await asyncpg.connect(url)
        assert await session.fetchval("SELECT 1") == 1
        await session.close()

    now(ask())


def answers(url: str) -> bool:
    try:
        select_one(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


def test_everything_runs_and_a_signal_stops_it_in_order_and_leaves_nothing(data: Path) -> None:
    with up(data) as running:
        running.wait_roles(1)
        wait_for(lambda: "Running on" in running.words())
        select_one(running.roles()[0]["SAFEHAND_DATABASE_URL"])
        assert set(running.children()) >= {"postgres", "nats-server"}
        assert f"socket in {DataFolder(data).postgres}" in running.words()

        assert running.end(signal.SIGTERM) == 0

    assert "database system is shut down" in (data / "log" / "postgres.log").read_text()
    wait_for(lambda: running_in(data) == [], 5)


@asvs("13.3.2")
def test_a_role_knows_its_addresses_and_not_the_owners(data: Path) -> None:
    with up(data) as running:
        running.wait_roles(1)
        told = running.roles()[0]
    assert set(told) == {"SAFEHAND_DATABASE_URL", "SAFEHAND_NATS_URL", "SAFEHAND_DATA", AS_ROOT, "pid"}
    assert told["SAFEHAND_DATABASE_URL"].startswith("postgresql://safehand_app:")
    assert told["SAFEHAND_DATABASE_URL"] == DataFolder(data).database_url()
    assert told["SAFEHAND_DATA"] == str(data)


@pytest.mark.parametrize("round_", [0, pytest.param(1, marks=pytest.mark.faults)])
def test_kill_9_of_the_supervisor_leaves_nothing_running_and_the_next_start_works(data: Path, round_: int) -> None:
    with up(data) as killed:
        killed.wait_roles(1)
        time.sleep(0.3 * round_)
        killed.process.kill()
        killed.process.wait()
    with up(data) as following:  # at once: it waits for what is still ending
        following.wait_roles(2)
        select_one(following.roles()[-1]["SAFEHAND_DATABASE_URL"])
        assert following.end() == 0
    wait_for(lambda: running_in(data) == [], 5)


def test_kill_9_while_it_is_still_starting_leaves_nothing_running_either(data: Path) -> None:
    for pause_s in (0.02, 0.1, 0.2, 0.4, 0.8):
        with up(data) as killed:
            time.sleep(pause_s)
            killed.process.kill()
            killed.process.wait()
        wait_for(lambda: running_in(data) == [], 10)
    with up(data) as following:
        following.wait_roles(1)


def test_a_second_start_on_the_same_folder_is_refused_and_the_first_goes_on(data: Path) -> None:
    with up(data) as first:
        first.wait_roles(1)
        with up(data) as second:
            assert second.process.wait(20) == 1
        assert f"Process {first.process.pid} runs on the data folder" in second.words()
        select_one(DataFolder(data).database_url())
        assert first.end() == 0


@pytest.mark.parametrize("name", ["postgres", "nats-server", "role"])
def test_a_part_that_dies_is_started_again(data: Path, name: str) -> None:
    with up(data) as running:
        running.wait_roles(1)
        before = running.roles()[0]
        pid = before["pid"] if name == "role" else running.children()[name]
        os.kill(pid, signal.SIGKILL)
        if name == "role":
            running.wait_roles(2)
        else:
            wait_for(lambda: running.children().get(name) not in {None, pid})
        wait_for(lambda: answers(before["SAFEHAND_DATABASE_URL"]))
        assert DataFolder(data).bus_url() == before["SAFEHAND_NATS_URL"]
        assert "started again" in running.words()
        assert running.end() == 0


def test_a_role_that_cannot_run_like_this_stops_everything_with_a_reason(data: Path) -> None:
    with up(data, then="sys.exit(2)") as running:
        assert running.process.wait(30) == 1
    assert "core ended with status 2" in running.words()
    assert running_in(data) == []


def test_a_role_that_fails_again_and_again_from_the_beginning_is_given_up(data: Path) -> None:
    with up(data, then="sys.exit(5)") as running:
        assert running.process.wait(60) == 1
    assert len(running.roles()) == 4
    assert "A part does not start" in running.words()


def test_half_a_restore_is_not_started(data: Path) -> None:
    (data / "restoring").touch()
    with up(data) as refused:
        assert refused.process.wait(30) == 1
        assert "A restore was broken off here" in refused.words()
        assert refused.roles() == []


def test_data_of_another_major_version_is_refused_with_a_remedy(data: Path) -> None:
    version = data / "postgres" / "cluster" / "PG_VERSION"
    version.write_text("12\n")
    with up(data) as running:
        assert running.process.wait(20) == 1
    assert "was made by PostgreSQL 12" in running.words()
    assert "upgrade-database" in running.words()
    assert version.read_text() == "12\n"


def test_a_server_that_does_not_start_is_told_in_its_own_words(data: Path) -> None:
    (data / "postgres" / "cluster" / "global" / "pg_control").write_bytes(b"")
    with up(data) as running:
        assert running.process.wait(60) == 1
    assert "pg_control" in running.words()
    assert running_in(data) == []


def test_with_servers_elsewhere_none_of_ours_is_started(data: Path) -> None:
    with up(data) as provider:
        provider.wait_roles(1)
        there = {"SAFEHAND_DATABASE_URL": provider.roles()[0]["SAFEHAND_DATABASE_URL"]}
        there["SAFEHAND_DATABASE_OWNER_URL"] = DataFolder(data).owner_url()
        there["SAFEHAND_NATS_URL"] = DataFolder(data).bus_url()
        with up(data.with_name("guest"), environment=there) as guest:
            guest.wait_roles(1)
            assert not {"postgres", "nats-server"} & set(guest.children())
            assert {name: guest.roles()[0].get(name) for name in there} == {
                **there,
                "SAFEHAND_DATABASE_OWNER_URL": None,
            }
            assert guest.end() == 0


def test_a_database_elsewhere_that_cannot_be_migrated_is_told(data: Path) -> None:
    gone = {
        "SAFEHAND_DATABASE_URL": "postgresql://x@127.0.0.1:1/x",
        "SAFEHAND_DATABASE_OWNER_URL": "postgresql://x@127.0.0.1:1/x",
    }
    with up(data, environment=gone) as running:
        assert running.process.wait(30) == 1
    assert "could not be migrated" in running.words()
    assert running_in(data) == []


def test_no_zombie_stays_of_what_children_leave_behind(data: Path) -> None:
    adopt = (
        "import ctypes, runpy, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0);"  # PR_SET_CHILD_SUBREAPER, as process 1 is
        " sys.argv = sys.argv[1:]; runpy.run_module('safehand.app.up', run_name='__main__')"
    )
    told = data.with_name("told")
    line = command_line(data, [sys.executable, "-c", ROLE, str(told), ORPHANING])
    with data.with_name("words").open("wb") as output:
        process = spawn(
            [sys.executable, "-c", adopt, "up", *line[3:]],
            death_signal=signal.SIGTERM,
            environment={**os.environ, AS_ROOT: ALLOWED},
            output=output.fileno(),
        )
    running = Up(data, process, told, data.with_name("words"))
    try:
        running.wait_roles(1)
        time.sleep(1.5)
        children = children_of(process.pid)
        assert len(children) == 3
        assert all(is_alive(pid) for pid in children)
    finally:
        assert running.end() == 0, running.words()


def test_the_supervisor_is_small() -> None:
    code = "import sys, safehand.app.up; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"asyncpg", "sqlalchemy", "fastapi", "starlette", "nats", "asyncio", "alembic", "typer"} & set(loaded)


def test_a_servers_log_is_shortened_in_place(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.log.mkdir()
    log = folder.log / "postgres.log"
    with log.open("ab") as server:
        server.write(b"x" * (LOG_BYTES_MAX + 1))
        server.flush()
        Supervisor(folder, [], {}, lambda *_: None)._shorten_logs()
        server.write(b"goes on\n")
    assert log.read_bytes() == b"goes on\n"
    assert (folder.log / "postgres.log.1").stat().st_size == LOG_BYTES_MAX + 1


def test_started_by_root_a_folder_that_the_servers_cannot_enter_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    with up(tmp_path / "closed" / "data") as running:
        if os.geteuid() == 0:
            assert running.process.wait(20) == 1
            assert "which may not enter" in running.words()
            assert "/var/lib/safehand" in running.words()
        else:
            running.wait_roles(1)


WHO = '(echo "$(id -u) $(id -g) $(id -G) $HOME $USER"; cat "$SAFEHAND_DATA/keys/one") > "$SAFEHAND_DATA/ledger/who"'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_started_by_root_a_role_runs_as_the_account_and_owns_what_it_writes(data: Path) -> None:
    account = server_account()
    assert account is not None
    assert account.home != os.environ["HOME"]
    (data / "keys" / "one").write_text("a key of root's\n")
    (data / "keys" / "one").chmod(0o600)
    told = data / "ledger" / "who"
    with as_root_without_leave(data, ["/bin/sh", "-c", f"{WHO}; exec sleep 600"]) as running:
        wait_for(lambda: running.poll() is not None or (told.exists() and told.read_text().count("\n") >= 2))
        assert running.poll() is None, data.with_name("words").read_text()
        assert told.read_text().splitlines() == [
            f"{account.user} {account.group} {account.group} {account.home} {account.name}",
            "a key of root's",
        ]
        assert told.stat().st_uid == account.user
        for kept in (data / "postgres" / "passwords", data / "log", data / "lock"):
            assert kept.stat().st_uid == 0, kept


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_started_by_root_a_program_that_the_account_may_not_run_is_refused_with_a_remedy(data: Path) -> None:
    closed = data.with_name("closed")
    closed.mkdir(mode=0o700)
    (closed / "program").write_text("#!/bin/sh\nexec sleep 600\n")
    (closed / "program").chmod(0o700)
    with as_root_without_leave(data, [str(closed / "program")]) as running:
        assert running.wait(30) == 1
    words = data.with_name("words").read_text()
    assert "may not use" in words
    assert "SAFEHAND_AS_ROOT=allowed" in words
    assert running_in(data) == []


@contextmanager
def as_root_without_leave(data: Path, command: list[str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A supervisor that root starts, and nobody said that roles may run as root."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAFEHAND_")}
    with data.with_name("words").open("ab") as output:
        process = spawn(
            command_line(data, command), death_signal=signal.SIGTERM, environment=clean, output=output.fileno()
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
