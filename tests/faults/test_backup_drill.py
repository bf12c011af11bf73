"""The drill: backups are taken and archived under load, the machine dies, and it is restored in every way there is."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.app.backup.disks import Disks, keys_sealed, prepared, told
from tests.faults.load import Load, under_load
from tests.faults.machine import a_machine
from tests.faults.outsider import Outsider, roots, watched
from tests.faults.reckoning import broken_chains, log_of, lost
from tests.servers import scratch_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LOOK_EVERY_S = 0.2
WORK_S = 12.0


@dataclass
class Diary:
    """What had been acknowledged at which moment, kept by somebody whose disk is not the one that is lost."""

    known: Mapping[str, int]
    pages: list[tuple[int, dict[str, int]]] = field(default_factory=list)

    async def keep(self) -> None:
        """Write down every acknowledgement, with a time that is not before it."""
        while True:
            self.note()
            await asyncio.sleep(LOOK_EVERY_S)

    def note(self) -> int:
        """A page for this moment."""
        held = dict(self.known)
        at_ms = time.time_ns() // 1_000_000
        self.pages.append((at_ms, held))
        return at_ms

    def until(self, at_ms: int) -> dict[str, int]:
        """What had been acknowledged before that moment, for certain."""
        return next((held for noted_ms, held in reversed(self.pages) if noted_ms <= at_ms), {})


@dataclass
class Lost:
    """An installation that is no more, and what others have of it."""

    disks: Disks
    diary: Diary
    moment_ms: int
    """While it ran, between two bases."""
    outsider: Outsider
    load: Load


@asynccontextmanager
async def a_lost_installation(folder: Path, tmp_path: Path) -> AsyncIterator[Lost]:
    """It works under load, two bases are taken meanwhile, and everything is killed at one moment."""
    disks = await prepared(folder)
    with a_machine(disks.data, settings=disks.settings) as machine:
        async with under_load(machine) as load, watched(machine.url, tmp_path) as outsider:
            diary = Diary(load.known.seq)
            keeping = asyncio.create_task(diary.keep())
            load.pause_s = 0.05
            await keys_sealed(disks)
            await disks.take()
            await asyncio.sleep(WORK_S / 2)
            moment_ms = diary.note()
            await asyncio.sleep(WORK_S / 2)
            await disks.take()
            await asyncio.sleep(WORK_S)
            machine.kill_all()
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            found = Lost(disks, diary, moment_ms, outsider, load)
        assert load.known.surprises == []
    yield found


async def reckon(again: Path, expected: Mapping[str, int], lost_installation: Lost) -> list[tuple[bytes, bytes]]:
    """Start what was restored, and hold it against what was acknowledged and what was seen of the log."""
    with a_machine(again) as machine:
        await machine.whole()
        assert await lost(machine, expected) == []
        entries = await log_of(machine)
        seen = {size: root for size, root in lost_installation.outsider.roots.items() if size <= len(entries)}
        growing = dict(roots(entries))
        assert seen
        assert {size: growing[size] for size in seen} == seen
        assert broken_chains([json.loads(fact) for _, fact in entries]) == []
    return entries


async def test_a_destroyed_disk_costs_what_was_not_archived_and_nothing_else(tmp_path: Path) -> None:
    with scratch_folder(on_disk=True) as folder:
        async with a_lost_installation(folder, tmp_path) as gone:
            shutil.rmtree(gone.disks.data)
            checked = await told(
                "admin", "backup", "verify", str(gone.disks.backup), "--identity", str(gone.disks.identity)
            )
            restored = await gone.disks.restore(folder / "again")
            expected = gone.diary.until(checked["until_ms"])
            entries = await reckon(folder / "again", expected, gone)

    everything = gone.diary.pages[-1][1]
    assert len(expected) > len(everything) / 2, "the archive must have been at work"
    assert restored["until"] == checked["until"]
    assert 0 < restored["recorded"] <= len(entries)


async def test_a_disk_that_can_still_be_read_costs_nothing(tmp_path: Path) -> None:
    with scratch_folder(on_disk=True) as folder:
        async with a_lost_installation(folder, tmp_path) as gone:
            survivor = gone.disks.data / "postgres" / "cluster" / "pg_wal"
            restored = await gone.disks.restore(folder / "again", "--wal", str(survivor))
            await reckon(folder / "again", gone.diary.pages[-1][1], gone)

    assert restored["lost"] == 0


async def test_a_moment_restores_what_was_acknowledged_by_then_and_signs_nothing_that_forks(tmp_path: Path) -> None:
    with scratch_folder(on_disk=True) as folder:
        async with a_lost_installation(folder, tmp_path) as gone:
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(gone.moment_ms // 1000))
            moment = f"{at}.{gone.moment_ms % 1000:03d}Z"
            restored = await gone.disks.restore(folder / "again", "--at", moment)
            expected = gone.diary.until(gone.moment_ms)
            entries = await reckon(folder / "again", expected, gone)
            words = (folder / "again-words").read_text("utf-8", "replace")

    later = gone.diary.pages[-1][1]
    assert len(expected) < len(later), "something must have happened after the moment"
    assert restored["lost"] > 0
    assert restored["recorded"] <= len(entries)
    assert restored["recorded"] < restored["published"]
    assert "ledger.log_ahead" in words
