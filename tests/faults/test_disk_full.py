"""The disk is full: told so, nothing acknowledged that is not kept, and well again as soon as there is room."""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from safehand.store.embedded import SUPERUSER, address
from tests.faults.load import Load, under_load
from tests.faults.machine import Machine, a_machine, until
from tests.faults.outsider import watched
from tests.faults.reckoning import lost
from tests.servers import scratch_folder

DISK_BYTES = 400 * 1024 * 1024
FULL_S = 60.0
PIECE = bytes(1024 * 1024)
WAL_PIECE_BYTES = 1024 * 1024


def refused_mount(folder: Path) -> str:
    """Mount a small file system in memory; why that is not allowed, if it is not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=711", "safehand-small-disk", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False, text=True, timeout=30).stderr
    except OSError as error:
        return str(error)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with scratch_folder() as folder:
        disk = folder / "disk"
        disk.mkdir()
        if why := refused_mount(disk):
            assert "CI" not in os.environ, f"a small file system cannot be mounted: {why}"
            pytest.skip(f"a small file system cannot be mounted here: {why}")
        try:
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True, timeout=30)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Whatever becomes free meanwhile is taken by the filling, until this is left."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        take_all(file.fileno())
        try:
            yield
        finally:
            ballast.unlink()


def take_all(file: int) -> None:
    """Write until nothing fits any more."""
    piece = PIECE
    while piece:
        try:
            os.write(file, piece)
        except OSError:
            piece = piece[: len(piece) // 2]


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_full_disk_is_told_of_and_nothing_acknowledged_is_lost(small_disk: Path, tmp_path: Path) -> None:
    with a_machine(small_disk / "data") as machine:
        async with under_load(machine) as load, watched(machine.url, tmp_path) as outsider:
            load.pause_s = 0
            with filled(small_disk):
                await everybody_turned_away(load)
                alive = await load.line.http.get("/healthz")
                before = dict(load.known.seq)
            await load.everybody_answered(time.monotonic())
            await machine.whole()
            after_room = await lost(machine, before)

            with filled(small_disk):
                await panic(machine)
                await everybody_turned_away(load)
                ready = await load.line.http.get("/readyz")
                before_panic = dict(load.known.seq)
            await machine.whole()
            await load.everybody_answered(time.monotonic())
            after_panic = await lost(machine, before_panic)

            await outsider.agrees(machine, load, f"{machine.url}/log")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert after_room == after_panic == []
    assert load.known.turned_away > 0
    assert len(load.known.seq) > len(before_panic) > len(before) > 0
    assert machine.starts == 1, "the same supervisor runs through it all"


async def everybody_turned_away(load: Load) -> None:
    """Wait until nothing that is told gets through: the room that PostgreSQL kept in reserve is used up."""
    acknowledged = -1

    async def nothing_gets_through() -> bool:
        nonlocal acknowledged
        before, acknowledged = acknowledged, len(load.known.seq)
        await asyncio.sleep(2.0)
        return before == acknowledged == len(load.known.seq) and load.known.turned_away > 0

    await until(nothing_gets_through, FULL_S, "the disk to be full")


async def panic(machine: Machine) -> None:
    """Write ahead until there is no room for that either: PostgreSQL gives up, as it must (it calls that PANIC).

    Its log cannot tell us: that is on the same disk.
    """
    superuser = address(machine.data / "postgres", SUPERUSER)

    async def gave_up() -> bool:
        try:
            session = await asyncpg.connect(superuser, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
            return True
        with suppress(OSError, asyncpg.PostgresError):
            await session.execute(f"SELECT pg_logical_emit_message(true, 'room', repeat('x', {WAL_PIECE_BYTES}))")
        session.terminate()
        return False

    await until(gave_up, FULL_S, "PostgreSQL to give up")
