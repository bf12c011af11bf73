"""A database of another major version of PostgreSQL, really made by it, is brought to ours and goes on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from safehand.app.account import server_account
from safehand.app.data_folder import DataFolder
from safehand.app.migrating import migrate_ours
from safehand.demo.installation import command
from safehand.store.binaries import Binaries, find_binaries
from safehand.store.embedded import DATABASE, Cluster
from tests.app.backup.disks import told
from tests.faults.machine import Machine, a_machine
from tests.faults.outsider import roots
from tests.faults.reckoning import log_of
from tests.installations import LOG_NAME, a_town
from tests.servers import Database, Postgres, now, scratch_folder

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_upgrade"))
OLDER = [path.parent for path in PROGRAMS if int(path.parts[-3]) < find_binaries().major]

pytestmark = pytest.mark.faults


@contextmanager
def an_older_database(folder: Path) -> Iterator[Postgres]:
    """A data folder whose PostgreSQL is of an older major version, running."""
    if not OLDER:
        assert "CI" not in os.environ, "no older PostgreSQL is installed"
        pytest.skip("no older PostgreSQL is installed: apt-get install postgresql-15")
    account, data = server_account(), DataFolder(folder / "data")
    data.path.mkdir(mode=0o700)
    data.prepare(account)
    binaries = Binaries(OLDER[0], int(OLDER[0].parts[-2]))
    cluster = Cluster(data.postgres, binaries, account.ids if account else None)
    server = Postgres(cluster, account, folder / "older.log")
    server.start()
    try:
        now(migrate_ours(data.postgres))
        yield server
    finally:
        server.stop()


async def a_little_history(server: Postgres, data: Path) -> None:
    """A merchant's parcels, recorded and signed for."""
    database = Database(server, DATABASE)
    async with a_town(database, data) as town:
        _, merchant = await town.merchant()
        for number in range(3):
            await town.shipment(merchant, key=f"key-{number}", parcels=[{"weight_g": 900}] * 20)
        await town.settle()
    await database.close()


async def test_an_older_database_is_upgraded_and_the_log_goes_on_under_the_same_root() -> None:
    with scratch_folder(on_disk=True) as folder:
        data = folder / "data"
        with an_older_database(folder) as server:
            await a_little_history(server, data)
            before = await log_of(Machine(data, 1, folder / "words"))
            server.kill()
            server.start()
        refused = await command("admin", "upgrade-database", "--data", str(data), "--old-programs", str(folder))
        done = await told("admin", "upgrade-database", "--data", str(data))
        again = await told("admin", "upgrade-database", "--data", str(data))
        kept = Path(done["old"])

        assert refused.status == 2
        assert "apt-get install postgresql" in refused.errors
        assert (done["before"], done["after"]) == (int(OLDER[0].parts[-2]), find_binaries().major)
        assert again["old"] is None
        assert (kept / "PG_VERSION").read_text().strip() == str(done["before"])
        with a_machine(data, settings={"SAFEHAND_LOG_NAME": LOG_NAME}) as machine:
            await machine.whole()
            assert await log_of(machine) == before
            said = await told("ledger", "verify", f"{machine.url}/log")
            assert bytes.fromhex(said["root"]) if len(said["root"]) == 64 else said["size"] == len(before)
            assert said["size"] == len(before) == len(list(roots(before))) - 1


async def test_an_upgrade_that_fails_leaves_the_old_database_as_it_was() -> None:
    with scratch_folder(on_disk=True) as folder:
        data = folder / "data"
        with an_older_database(folder) as server:
            # A database that connects to nobody is one that pg_upgrade refuses to take over.
            server.administer("CREATE DATABASE closed ALLOW_CONNECTIONS false")
        (data / "postgres" / "upgrade" / "left").mkdir(parents=True)
        failed = await command("admin", "upgrade-database", "--data", str(data))

        assert failed.status == 2
        assert "pg_upgrade" in failed.errors or "closed" in failed.errors
        assert (data / "postgres" / "cluster" / "PG_VERSION").read_text().strip() == OLDER[0].parts[-2]
        assert sorted(path.name for path in (data / "postgres").glob("cluster*")) == ["cluster"]
