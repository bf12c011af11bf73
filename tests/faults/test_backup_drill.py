"""The drill: backups are taken and archived under load, the machine dies, and it is restored in every way there is.

Nothing that was acknowledged and archived is lost, the log has one history, and who was forgotten meanwhile stays so.
"""

import asyncio
import hashlib
import json
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from safehand.app.backup.archive import local_blobs
from safehand.app.data_folder import DataFolder
from safehand.demo.installation import command
from safehand.demo.line import open_line
from safehand.events.vocabulary import Reason
from safehand.ledger.checkpoint import open_checkpoint
from tests.app.backup.disks import Disks, keys_sealed, prepared, told
from tests.faults.load import Load, under_load
from tests.faults.machine import Machine, a_machine, until
from tests.faults.outsider import Outsider, watched
from tests.faults.reckoning import broken_chains, caught_up, log_of, lost
from tests.installations import RECIPIENT
from tests.servers import scratch_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LOOK_EVERY_S = 0.2
WORK_S = 8.0
NEW_PARCELS = 20
PATIENCE_S = 60.0
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
FORGOTTEN = {**RECIPIENT, "name": "Kaino Unohdettu", "postal_code": "00990"}
FIND = ("admin", "find", "--name", str(FORGOTTEN["name"]), "--postcode", str(FORGOTTEN["postal_code"]))


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
            person = await somebody(load, disks.data)
            await disks.take()
            await asyncio.sleep(WORK_S / 2)
            moment_ms = diary.note()
            await told("admin", "erase", person, "--yes", "--data", str(disks.data))
            await asyncio.sleep(WORK_S / 2)
            await disks.take()
            await asyncio.sleep(WORK_S)
            await picture(load)
            machine.kill_all()
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            found = Lost(disks, diary, moment_ms, outsider, load)
        assert load.known.surprises == []
    yield found


async def somebody(load: Load, data: Path) -> str:
    """The recipient of a parcel that was cancelled: nothing keeps them from being forgotten."""
    body = {"service": "standard", "recipient": FORGOTTEN, "parcels": [{"weight_g": 900}]}
    made = await load.line.post("/v1/shipments", body, auth=load.merchant.key, idempotency_key="to-be-forgotten")
    cancel = f"/v1/parcels/{made['parcels'][0]['parcel']}/cancel"
    await load.line.post(cancel, {"reason": Reason.RETAILER_CANCELLED}, auth=load.merchant.key)
    [found] = (await told(*FIND, "--data", str(data)))["persons"]
    return str(found["person"])


async def picture(load: Load) -> None:
    """Evidence of the last moment: the archive looks for it once a minute."""
    kind = {"Safehand-Parcel": load.parcels[0].parcel, "Content-Type": "image/png"}
    put = f"/v1/evidence/{hashlib.sha256(PICTURE).hexdigest()}"
    await load.line.ask("PUT", put, auth=load.couriers[0].phone.auth, content=PICTURE, headers=kind)


def evidence(data: Path) -> set[str]:
    """What lies in a data folder, by name."""
    return {path.name for path in local_blobs(DataFolder(data))}


async def reckon(machine: Machine, expected: Mapping[str, int]) -> list[tuple[bytes, bytes]]:
    """Hold what was restored, and runs again, against what was acknowledged; the salts and facts of its log."""

    async def placed() -> bool:
        return not await machine.rows("SELECT 1 FROM facts_to_sequence LIMIT 1")

    await machine.whole()
    await until(placed, PATIENCE_S, "every fact to have its place")
    assert not await lost(machine, expected)
    entries = await log_of(machine)
    assert broken_chains([json.loads(fact) for _, fact in entries]) == []
    nobody = await command(*FIND, "--data", str(machine.data), "--json")
    assert (nobody.status, nobody.value) == (1, {"persons": []}), "who was forgotten is back"
    return entries


@asynccontextmanager
async def shipping_again(machine: Machine, gone: Lost) -> AsyncIterator[Load]:
    """The office goes on where it was, with the sessions and keys that it had, and new parcels come."""
    async with open_line(machine.url) as line:
        again = replace(gone.load, desk=replace(gone.load.desk, line=line))
        body = {"service": "standard", "recipient": RECIPIENT, "parcels": [{"weight_g": 900}] * NEW_PARCELS}
        await line.post("/v1/shipments", body, auth=again.merchant.key, idempotency_key="after-the-restore")
        yield again


async def goes_on(machine: Machine, gone: Lost) -> None:
    """New facts are recorded and signed for, and the world that saw the old checkpoints sees no fork."""
    async with shipping_again(machine, gone) as again:
        size = await caught_up(again)
    entries = await log_of(machine)
    assert max(gone.outsider.roots) < size == len(entries)
    assert not gone.outsider.contradictions(entries)


async def signs_nothing(machine: Machine, gone: Lost, published: int) -> None:
    """New facts are recorded, and what is published stays what the world saw."""
    async with shipping_again(machine, gone) as again:
        await until(lambda: _refused(machine), PATIENCE_S, "the refusal")
        served = await again.line.http.get("/log/checkpoint")
    signed = open_checkpoint(served.content, gone.outsider.key)
    assert signed.size == published
    assert gone.outsider.roots[signed.size] == signed.root


async def _refused(machine: Machine) -> bool:
    return "ledger.log_ahead" in machine.words


async def test_a_destroyed_disk_costs_what_was_not_archived_and_nothing_else(tmp_path: Path) -> None:
    with scratch_folder(on_disk=True) as folder:
        async with a_lost_installation(folder, tmp_path) as gone:
            shutil.rmtree(gone.disks.data)
            checked = await told(
                "admin", "backup", "verify", str(gone.disks.backup), "--identity", str(gone.disks.identity)
            )
            restored = await gone.disks.restore(folder / "again")
            expected = gone.diary.until(checked["until_ms"])
            with a_machine(folder / "again") as machine:
                entries = await reckon(machine, expected)
                assert not gone.outsider.contradictions(entries), "the world was shown what no archive had"
                await goes_on(machine, gone)

    everything = gone.diary.pages[-1][1]
    assert len(expected) > len(everything) / 2, "the archive must have been at work"
    assert restored["until"] == checked["until"]
    assert restored["lost"] == 0
    assert max(gone.outsider.roots) <= restored["recorded"] <= len(entries)


async def test_a_disk_that_can_still_be_read_costs_nothing(tmp_path: Path) -> None:
    with scratch_folder(on_disk=True) as folder:
        async with a_lost_installation(folder, tmp_path) as gone:
            survivor = gone.disks.data / "postgres" / "cluster" / "pg_wal"
            restored = await gone.disks.restore(folder / "again", "--wal", str(survivor))
            with a_machine(folder / "again") as machine:
                await reckon(machine, gone.diary.pages[-1][1])
                await goes_on(machine, gone)
            before, after = evidence(gone.disks.data), evidence(folder / "again")

    assert before
    assert before <= after
    assert restored["lost"] == 0


async def test_a_moment_restores_what_was_acknowledged_by_then_and_signs_nothing_that_forks(tmp_path: Path) -> None:
    with scratch_folder(on_disk=True) as folder:
        async with a_lost_installation(folder, tmp_path) as gone:
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(gone.moment_ms // 1000))
            moment = f"{at}.{gone.moment_ms % 1000:03d}Z"
            restored = await gone.disks.restore(folder / "again", "--at", moment)
            expected = gone.diary.until(gone.moment_ms)
            with a_machine(folder / "again") as machine:
                entries = await reckon(machine, expected)
                await signs_nothing(machine, gone, restored["published"])

    later = gone.diary.pages[-1][1]
    assert len(expected) < len(later), "something must have happened after the moment"
    assert restored["lost"] > 0
    assert restored["recorded"] <= len(entries)
    assert restored["recorded"] < restored["published"]
