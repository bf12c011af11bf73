"""A backup from before an erasure: it says nothing without the keys, and with the journal nobody comes back."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from safehand.app.installation import build
from safehand.app.logs import write_logs
from safehand.bus.notices import LocalBus
from safehand.kernel.clock import SystemClock
from safehand.ledger.receipt import verify_receipt
from safehand.privacy.errors import JournalBehind, NotYetApplied
from safehand.privacy.journal import Journal
from safehand.store.binaries import find_binaries
from safehand.store.embedded import APP, OWNER
from tests.installations import a_town
from tests.privacy.scenes import delivered, traces
from tests.privacy.test_erasure import files_below
from tests.servers import Database, dropped

WAIT_S = 120


def dumped(database: Database) -> bytes:
    """What a thief takes along: every table, in clear SQL."""
    command = [find_binaries().program("pg_dump"), "--dbname", database.superuser_url]
    return subprocess.run(command, capture_output=True, check=True, timeout=WAIT_S).stdout


def restored(database: Database, dump: bytes) -> Database:
    """The dump in a database of its own."""
    again = Database(database.server, f"{database.name}_again")
    database.server.administer(
        f"CREATE DATABASE {again.name} OWNER {OWNER}", f"GRANT CONNECT ON DATABASE {again.name} TO {APP}"
    )
    command = [find_binaries().program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "--dbname", again.superuser_url]
    subprocess.run(command, input=dump, capture_output=True, check=True, timeout=WAIT_S)
    return again


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "core.log"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    write_logs(handle)
    yield path
    write_logs()
    os.close(handle)


async def test_an_erased_person_is_in_no_dump_no_log_no_blob_and_no_restored_backup(
    database: Database, tmp_path: Path, log_file: Path
) -> None:
    data = tmp_path / "data"
    async with a_town(database, data) as town:
        one = await delivered(town)
        claims = await town.hire("clara", "claims")
        erasures = town.here.privacy.erasures
        await erasures.reapply()
        for target in (f"/v1/parcels/{one.parcel}", f"/v1/parcels/{one.parcel}/label", f"/v1/tracking/{one.tracking}"):
            assert (await town.ask("GET", target, one.merchant)).is_success
        export = await town.ask("POST", "/v1/persons/export", claims, json={"persons": [one.person]})
        assert traces(export.content) != []  # the control: the search finds what is in clear
        receipt = (await town.ask("GET", f"/v1/parcels/{one.parcel}/receipt", one.merchant)).content

        backup = dumped(database)
        assert await erasures.erase([one.person], "usr") == 1

        assert one.parcel.encode() in backup
        assert traces(backup) == []
        assert traces(dumped(database)) == []
        assert b"erasure.done" in files_below(tmp_path)
        assert traces(files_below(tmp_path)) == []
        assert verify_receipt(receipt, town.here.log_key.verifier).authenticated

        again = restored(database, backup)
        here = build(replace(town.here.settings, database_url=again.app_url), again.store(), LocalBus(), SystemClock())
        back = here.privacy.erasures
        with pytest.raises(NotYetApplied):
            await back.refuse_unless_applied()
        with pytest.raises(JournalBehind):  # nor does a new journal help it to serve
            await replace(back, journal=Journal(tmp_path / "new")).reapply()
        assert await back.reapply() == 1
        await back.refuse_unless_applied()
        async with here.store.transaction() as tx:
            parcel = await here.parcels.find(tx, one.parcel)
            assert set((await here.vault.get_many(tx, [parcel.body, parcel.contents])).values()) == {None}
        await here.close()
        await again.close()
        dropped(again)
