"""Commands that root gives beside an installation of another account leave nothing that the account cannot open."""

import asyncio
import io
import os
import pwd
from pathlib import Path

import pyrage
import pytest

from safehand.app.account import Account
from safehand.app.backup.errors import PlaceClosed
from safehand.app.backup.place import Place
from safehand.app.backup.sealing import seal
from safehand.ledger.durable import DurableFolder
from safehand.ledger.publication import take_lock
from safehand.ledger.signing import load_or_create_key
from safehand.privacy.journal import Journal
from safehand.store.blobs import open_blobs
from safehand.vault.master import load_master_key
from tests.ledger.logs import a_key
from tests.servers import scratch_folder

ACCOUNT, GROUP = 54_321, 54_322


def owners(folder: Path) -> dict[str, tuple[int, int]]:
    """Of everything below."""
    return {str(path.relative_to(folder)): (path.stat().st_uid, path.stat().st_gid) for path in folder.rglob("*")}


def everything_is_written(folder: Path) -> None:
    """Each way in which something new comes into a data folder."""
    load_master_key(folder / "vault-2.key")
    load_or_create_key(folder / "log.key", "log.example/one")
    DurableFolder(folder).write({"tile/0/000": b"a tile", "checkpoint": b"a checkpoint"})
    DurableFolder(folder / "declared" / "log").create()
    os.close(take_lock(folder))
    Journal(folder).open(1)
    asyncio.run(open_blobs(folder).put(b"a picture"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what another owns")
def test_what_root_makes_in_an_accounts_folder_is_the_accounts(tmp_path: Path) -> None:
    os.chown(tmp_path, ACCOUNT, GROUP)
    everything_is_written(tmp_path)

    assert len(owners(tmp_path)) >= 10
    assert set(owners(tmp_path).values()) == {(ACCOUNT, GROUP)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what another owns")
def test_a_backup_folder_that_root_prepared_is_the_accounts_and_so_is_what_root_seals_there() -> None:
    nobody = pwd.getpwnam("nobody")
    account, recipient = Account("nobody", nobody.pw_uid, nobody.pw_gid), pyrage.x25519.Identity.generate().to_public()
    with scratch_folder() as folder:
        place = Place(folder / "backup")
        place.prepare(a_key().verifier)
        folder.chmod(0o700)
        with pytest.raises(PlaceClosed):
            place.hand_over(account)
        folder.chmod(0o711)
        place.hand_over(account)
        seal("base", io.BytesIO(b"rows"), place.bases / "base.age", [recipient])

        assert len(owners(place.path)) == 6
        assert set(owners(place.path).values()) == {account.ids}


def test_what_anybody_makes_in_a_folder_of_their_own_is_theirs(tmp_path: Path) -> None:
    everything_is_written(tmp_path)

    assert set(owners(tmp_path).values()) == {(os.geteuid(), os.getegid())}
