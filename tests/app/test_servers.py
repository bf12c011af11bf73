"""The servers' programs, where the account that runs them cannot read those of the wheel."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from safehand.app.account import Account, server_account
from safehand.app.data_folder import DataFolder
from safehand.app.servers import nats_program, our_nats, our_postgres, postgres_programs
from safehand.store.binaries import find_binaries, major_version
from safehand.store.errors import NotRunning, NotStarted
from tests.servers import Postgres, scratch_folder


@dataclass(frozen=True, slots=True)
class ShutOut(Account):
    """An account that may read nothing of what is asked."""

    def may(self, how: str, path: Path) -> bool:
        return False


@pytest.fixture
def scratch() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


def shut_out() -> ShutOut:
    account = server_account()
    return ShutOut("shut out", account.user, account.group) if account else ShutOut("self", os.getuid(), os.getgid())


def test_postgres_runs_from_a_copy_beside_its_data_and_older_copies_go(scratch: Path) -> None:
    (scratch / "programs-0.1").mkdir()
    account = shut_out()
    copied = postgres_programs(scratch, account)

    assert copied.folder.is_relative_to(scratch)
    assert major_version(copied.folder / "postgres") == find_binaries().major
    assert not (scratch / "programs-0.1").exists()
    folder = DataFolder(scratch)
    folder.prepare(None)
    folder.postgres.chmod(0o711)
    server = Postgres(our_postgres(folder, account), account if os.geteuid() == 0 else None, scratch / "words")
    server.start()
    assert folder.running_database_url() == folder.database_url()
    server.stop()
    with pytest.raises(NotRunning):  # whoever asks a stopped one reads that, and not that the database is broken
        folder.running_database_url()


def test_nats_is_copied_beside_its_data_and_again_when_it_changed(scratch: Path) -> None:
    copy = nats_program(scratch, shut_out())
    assert copy.parent == scratch
    assert b"nats-server" in subprocess.run([copy, "--version"], capture_output=True, check=True).stdout
    copy.write_bytes(b"older")
    copy = nats_program(scratch, shut_out())
    assert copy.stat().st_size > 1_000_000


def test_who_can_read_the_wheel_uses_it_where_it_lies(scratch: Path) -> None:
    assert postgres_programs(scratch, None) == find_binaries()
    assert not our_nats(DataFolder(scratch), None).program.is_relative_to(scratch)


def test_a_folder_where_nothing_was_started_says_so_and_what_to_do(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)

    for address in (folder.database_url, folder.owner_url, folder.bus_url):
        with pytest.raises(NotStarted) as refused:
            address()
        assert refused.value.params == {"folder": str(tmp_path), "reason": "No such file or directory"}
