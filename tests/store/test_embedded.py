"""Our own PostgreSQL: laid out once, closed to others, and started again after whatever happened."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from safehand.app.account import server_account
from safehand.app.migrating import migrate
from safehand.app.servers import postgres_programs
from safehand.store.binaries import Binaries, find_binaries, major_version
from safehand.store.embedded import APP, OWNER, SUPERUSER, Cluster, processes_in
from safehand.store.errors import OtherVersion, StartRefused
from safehand.store.provision import provision
from tests.asvs import asvs
from tests.servers import Postgres, now, running_postgres, scratch_folder


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


@pytest.fixture
def scratch() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


def a_cluster(scratch: Path, folder: str = "pg") -> Cluster:
    account = server_account()
    home = scratch / folder
    home.mkdir(mode=0o711, parents=True)
    return Cluster(home, postgres_programs(scratch, account), account.ids if account else None)


def started(cluster: Cluster, scratch: Path) -> Postgres:
    server = Postgres(cluster, server_account(), scratch / "postgres.log")
    server.start()
    return server


async def ask(url: str, question: str) -> object:
    session = await asyncpg.connect(url)
    try:
        return await session.fetchval(question)
    finally:
        await session.close()


def test_it_never_runs_as_root_and_everything_of_it_is_closed_to_others(server: Postgres) -> None:
    assert server.process is not None
    assert os.stat(f"/proc/{server.process.pid}").st_uid != 0
    for folder in (server.cluster.data, server.cluster.socket_folder(), server.cluster.folder / "passwords"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for role in (SUPERUSER, OWNER, APP):
        assert stat.S_IMODE((server.cluster.folder / "passwords" / role).stat().st_mode) == 0o600


@asvs("13.2.1", "13.2.3")
def test_it_listens_on_no_network_and_trusts_nobody(server: Postgres) -> None:
    assert now(ask(server.url(SUPERUSER, "postgres"), "SHOW listen_addresses")) == ""
    rules = (server.cluster.data / "pg_hba.conf").read_text()
    assert {line.split()[-1] for line in rules.splitlines() if line and line[0] != "#"} == {"scram-sha-256"}
    for role in (SUPERUSER, OWNER, APP):
        password = (server.cluster.folder / "passwords" / role).read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            now(ask(server.url(role, "safehand").replace(password, "guess"), "SELECT 1"))


def test_its_pages_carry_checksums_and_its_text_is_unicode(server: Postgres) -> None:
    url = server.url(APP, "safehand")
    for setting, expected in [
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
    ]:
        assert now(ask(url, f"SHOW {setting}")) == expected
    assert now(ask(url, "SELECT datcollate FROM pg_database WHERE datname = 'safehand'")) == "C"


def test_nobody_can_switch_safety_off_in_a_file(server: Postgres) -> None:
    server.administer("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off")
    server.stop()
    server.start()
    assert now(ask(server.url(APP, "safehand"), "SHOW fsync")) == "on"
    assert now(ask(server.url(APP, "safehand"), "SHOW synchronous_commit")) == "on"


def test_provisioning_again_changes_nothing(server: Postgres) -> None:
    def passwords() -> list[str]:
        found = now(
            ask(server.url(SUPERUSER, "postgres"), "SELECT array_agg(rolpassword ORDER BY rolname) FROM pg_authid")
        )
        assert isinstance(found, list)
        return found

    before = passwords()
    now(provision(server.cluster.folder))
    assert passwords() == before


def test_a_killed_server_starts_again_over_its_stale_process_file(scratch: Path) -> None:
    server = started(a_cluster(scratch), scratch)
    server.kill()
    pid_file = server.cluster.data / "postmaster.pid"
    # The worst case: the number now belongs to a process that lives and is not PostgreSQL.
    pid_file.write_text(pid_file.read_text().replace(pid_file.read_text().splitlines()[0], str(os.getpid()), 1))
    server.start()
    assert now(ask(server.url(SUPERUSER, "postgres"), "SELECT 1")) == 1
    server.stop()


def test_a_second_start_on_the_same_data_is_refused_while_the_first_runs(
    server: Postgres,
) -> None:
    assert server.process is not None
    assert server.process.pid in processes_in(server.cluster.data)
    with pytest.raises(StartRefused) as refused:
        replace(server.cluster, leftover_wait_s=0.1).prepare()
    assert "still works on the data" in str(refused.value.params["reason"])
    assert now(ask(server.url(APP, "safehand"), "SELECT 1")) == 1


def test_data_of_another_major_version_is_refused_and_left_alone(scratch: Path) -> None:
    cluster = a_cluster(scratch)
    cluster.prepare()
    (cluster.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(OtherVersion) as refused:
        cluster.prepare()
    assert refused.value.params == {
        "folder": str(cluster.data),
        "recorded": "12",
        "found": cluster.binaries.major,
    }
    assert (cluster.data / "PG_VERSION").read_text() == "12\n"


def test_an_initdb_cut_short_is_begun_anew(scratch: Path) -> None:
    cluster = a_cluster(scratch)
    (cluster.folder / "cluster.new").mkdir()
    (cluster.folder / "cluster.new" / "PG_VERSION").write_text("half")
    server = started(cluster, scratch)
    server.stop()
    assert not (cluster.folder / "cluster.new").exists()


def test_a_failing_initdb_is_told_in_its_own_words_and_leaves_no_password_behind(scratch: Path) -> None:
    cluster = a_cluster(scratch)
    broken = scratch / "broken"
    broken.mkdir(mode=0o755)
    (broken / "initdb").write_text("#!/bin/sh\necho the disk is full >&2\nexit 1\n")
    (broken / "initdb").chmod(0o755)
    with pytest.raises(StartRefused) as refused:
        replace(cluster, binaries=Binaries(broken, 18)).prepare()
    assert "the disk is full" in str(refused.value.params["reason"])
    assert not (cluster.folder / "initdb-password").exists()
    assert not cluster.data.exists()


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder_that_is_taken_away(scratch: Path) -> None:
    cluster = a_cluster(scratch, "/".join(["a-rather-long-name"] * 6))
    server = started(cluster, scratch)
    try:
        assert len(os.fsencode(cluster.folder)) > 107
        now(provision(cluster.folder))
        assert now(ask(server.url(APP, "safehand"), "SELECT 1")) == 1
        assert stat.S_IMODE(cluster.socket_folder().stat().st_mode) == 0o700
    finally:
        server.stop()
    assert not cluster.socket_folder().exists()


def test_a_socket_folder_that_somebody_else_put_there_is_refused(scratch: Path) -> None:
    cluster = a_cluster(scratch, "/".join(["another-rather-long-name"] * 5))
    cluster.prepare()
    trap = cluster.socket_folder()
    shutil.rmtree(trap)
    trap.symlink_to(scratch)
    try:
        with pytest.raises((StartRefused, FileExistsError)):
            cluster.prepare()
    finally:
        trap.unlink()


def test_a_strange_but_possible_path_works(scratch: Path) -> None:
    cluster = a_cluster(scratch, 'a "b", c % d äö')
    server = started(cluster, scratch)
    try:
        now(provision(cluster.folder))
        now(migrate(server.url(OWNER, "safehand")))
        assert now(ask(server.url(APP, "safehand"), "SELECT 1")) == 1
    finally:
        server.stop()


def test_the_wheels_programs_work_from_a_copy_and_a_copy_cut_short_is_not_used(scratch: Path) -> None:
    found = find_binaries()
    assert found.tree is not None
    (scratch / "copy.new").mkdir()
    copied = found.copied_to(scratch / "copy")
    assert major_version(copied.folder / "postgres") == found.major
    for program in ("psql", "initdb", "pg_dump"):
        said = subprocess.run([copied.program(program), "--version"], capture_output=True, check=True)
        assert b"PostgreSQL" in said.stdout
    assert copied == found.copied_to(scratch / "copy")
    assert not (scratch / "copy.new").exists()


def test_a_server_is_not_ready_before_it_says_so(scratch: Path) -> None:
    cluster = a_cluster(scratch)
    cluster.prepare()
    assert not cluster.is_ready(os.getpid())
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n/x\n0\n5432\n/s\n\n 1 2\nstarting\n")
    assert not cluster.is_ready(os.getpid())
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n/x\n0\n5432\n/s\n\n 1 2\nready   \n")
    assert cluster.is_ready(os.getpid())
    assert not cluster.is_ready(os.getpid() + 1)
