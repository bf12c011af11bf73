"""Rotation: a new master key takes over while everything runs, and the old one can go only when nothing needs it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from safehand.kernel.clock import HandClock
from safehand.kernel.ids import PersonId
from safehand.store.database import Store
from safehand.store.errors import BrokenReference
from safehand.vault import rotation as rotations
from safehand.vault.clues import Clue, ClueKind
from safehand.vault.errors import KeyInUse, NoSuchKey, WrongMasterKey
from safehand.vault.key_folder import KeyFolder
from safehand.vault.lookups import Lookups
from safehand.vault.rotation import Rotation
from safehand.vault.vault import Kind, Vault
from tests.asvs import asvs
from tests.servers import Database

MAIL = Clue(ClueKind.MAIL, "a@b.example")


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    store = database.store()
    yield store
    await store.close()


def a_vault(folder: Path) -> Vault:
    return Vault.of(KeyFolder(folder), HandClock())


async def kept(store: Store, vault: Vault, body: bytes) -> tuple[PersonId, str]:
    async with store.transaction() as tx:
        person = await vault.new_person(tx, 1)
        return person, await vault.put(tx, person, Kind.NOTE, body)


async def got(store: Store, vault: Vault, id: str) -> bytes | None:
    async with store.transaction() as tx:
        return await vault.get(tx, id)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def finish(rotation: Rotation) -> None:
    while await rotation.step():
        pass


@asvs("11.2.2")
async def test_after_a_rotation_the_old_key_opens_nothing_and_can_be_removed(store: Store, tmp_path: Path) -> None:
    vault, serving = a_vault(tmp_path), a_vault(tmp_path)
    rotation = Rotation(store, vault.masters)
    person, id = await kept(store, vault, b"before")
    forgotten, _ = await kept(store, vault, b"erased")
    async with store.transaction() as tx:
        await Lookups(vault).note(tx, person, [MAIL])
        await vault.erase(tx, forgotten, 2)
    old = await rotation.uses()
    (first,) = (use.fingerprint for use in old)

    new = await rotation.begin()
    _, later = await kept(store, serving, b"meanwhile")  # by a process that has not been told
    assert await got(store, serving, id) == b"before"
    assert await rotation.begin() == new  # run again, it goes on
    await finish(rotation)

    uses = {(use.fingerprint, use.persons, use.current) for use in await rotation.uses()}
    assert uses == {(first, 0, False), (new, 3, True)}
    await rotation.retire(first)
    assert names(tmp_path) == {f"vault-{new}.key"}
    fresh = a_vault(tmp_path)
    assert [await got(store, one, id) for one in (vault, serving, fresh)] == [b"before"] * 3
    assert await got(store, fresh, later) == b"meanwhile"
    async with store.transaction() as tx:
        assert await Lookups(fresh).find(tx, [MAIL]) == {person: [MAIL]}


async def test_a_key_that_wraps_something_cannot_be_removed(store: Store, tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    rotation = Rotation(store, vault.masters)
    await kept(store, vault, b"x")
    (first,) = (use.fingerprint for use in await rotation.uses())
    new = await rotation.begin()

    for fingerprint in (first, new):
        with pytest.raises(KeyInUse) as refused:
            await rotation.retire(fingerprint)
        assert refused.value.params["fingerprint"] == fingerprint
    with pytest.raises(BrokenReference):  # whoever passes the desk by meets the database
        async with store.transaction() as tx:
            await tx.run("DELETE FROM vault_keys WHERE fingerprint = $1", first)
    assert names(tmp_path) == {"vault.key", f"vault-{new}.key"}


async def test_a_key_that_nobody_has_is_not_said_to_be_removed(store: Store, tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    rotation = Rotation(store, vault.masters)
    await kept(store, vault, b"x")
    (first,) = (use.fingerprint for use in await rotation.uses())
    await rotation.begin()
    await finish(rotation)

    with pytest.raises(NoSuchKey):
        await rotation.retire("0f1e2d3c4b5a6978")
    async with store.transaction() as tx:  # as on the second of two machines: the first removed it already
        await tx.run("DELETE FROM vault_keys WHERE fingerprint = $1", first)
    await rotation.retire(first)
    with pytest.raises(NoSuchKey):
        await rotation.retire(first)


async def test_a_rotation_that_was_interrupted_goes_on_and_two_share_it(store: Store, tmp_path: Path) -> None:
    vault = a_vault(tmp_path)
    async with store.transaction() as tx:
        persons = await vault.new_persons(tx, rotations.BATCH + 200, 1)
    await Rotation(store, vault.masters).begin()
    assert await Rotation(store, vault.masters).step() == rotations.BATCH
    both = [Rotation(store, a_vault(tmp_path).masters) for _ in range(2)]

    await asyncio.gather(*(finish(one) for one in both))
    await finish(both[0])

    async with store.transaction() as tx:
        ids = await vault.put_many(tx, [])
        assert ids == []
        sealed = await vault.seal(tx, persons[-1], b"x", b"")
        assert await a_vault(tmp_path).open(tx, persons[-1], sealed, b"") == b"x"
    assert sorted(use.persons for use in await both[0].uses()) == [0, rotations.BATCH + 200]


async def test_a_prepared_key_is_taken_and_a_machine_that_lacks_it_says_so(store: Store, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    vault = a_vault(here)
    rotation = Rotation(store, vault.masters)
    _, id = await kept(store, vault, b"x")
    (there / "vault.key").write_bytes((here / "vault.key").read_bytes())
    (there / "vault.key").chmod(0o600)

    prepared = await rotation.prepare()
    assert await got(store, a_vault(there), id) == b"x"
    assert await rotation.begin() == prepared
    with pytest.raises(WrongMasterKey):
        await kept(store, a_vault(there), b"y")
    assert await got(store, a_vault(there), id) == b"x"
