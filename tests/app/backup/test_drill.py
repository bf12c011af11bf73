"""The drill, small: an installation is backed up while it works, its disk is lost, and it is restored elsewhere."""

import shutil
from pathlib import Path

import pytest

from tests.app.backup.disks import keys_sealed, prepared, told
from tests.faults.load import under_load
from tests.faults.machine import a_machine, until
from tests.faults.outsider import roots
from tests.faults.reckoning import caught_up, log_of, lost
from tests.servers import scratch_folder

ARCHIVED_S = 60.0


@pytest.mark.faults  # it builds, loses and restores a whole installation
async def test_what_was_acknowledged_and_archived_is_there_after_the_disk_is_gone(tmp_path: Path) -> None:
    with scratch_folder() as folder:
        disks = await prepared(folder)
        with a_machine(disks.data, settings=disks.settings) as machine:
            async with under_load(machine, parcels=6) as load:
                await keys_sealed(disks)
                await disks.take()
                await load.finish()
                size = await caught_up(load)
                before = await log_of(machine)
                acknowledged = dict(load.known.seq)

                async def archived() -> bool:
                    checkpoint = disks.backup / "ledger" / "checkpoint"
                    return checkpoint.exists() and int(checkpoint.read_bytes().split(b"\n")[1]) >= size

                await until(archived, ARCHIVED_S, "the log to be archived, which comes after the WAL")
            machine.kill_all()
        shutil.rmtree(disks.data)

        checked = await told("admin", "backup", "verify", str(disks.backup), "--identity", str(disks.identity))
        restored = await disks.restore(folder / "again")

        with a_machine(folder / "again") as again:
            await again.whole()
            assert await lost(again, acknowledged) == []
            assert await log_of(again) == before
        assert restored["lost"] == 0
        assert restored["recorded"] == restored["published"] == size
        assert restored["root"] == dict(roots(before))[size].hex() == checked["log_root"]
