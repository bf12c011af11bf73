"""The vault on a real database: what is kept, who can read it, and what an erasure leaves."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.clock import HandClock
from safehand.kernel.ids import PartyId, PersonId
from safehand.store.database import Store
from safehand.vault.errors import (
    Altered,
    BodyTooLarge,
    NoSuchBody,
    NoSuchPerson,
    PersonErased,
    WrongMasterKey,
)
from safehand.vault.key_folder import HeldKeys
from safehand.vault.keyring import KEYS_KEPT_MAX, DataKey, KeyRing
from safehand.vault.master import MasterKey
from safehand.vault.vault import BATCH_MAX, BLOB_BYTES_MAX, BODY_BYTES_MAX, Kind, Private, Vault
from tests.asvs import asvs
from tests.servers import Database

CANARY = "Aino Kanarialintu, Kuusitie 7 B 12"
NOBODY = PersonId(PartyId("per_00000000000000000000000000"))


def a_vault(master: bytes = bytes(range(32))) -> Vault:
    return Vault.of(HeldKeys.of(MasterKey.of(master)), HandClock())


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    store = database.store()
    yield store
    await store.close()


async def a_person(store: Store, vault: Vault) -> PersonId:
    async with store.transaction() as tx:
        return await vault.new_person(tx, vault.clock.now_ms())


async def kept(store: Store, vault: Vault, person: PersonId, body: bytes, kind: Kind = Kind.RECIPIENT) -> str:
    async with store.transaction() as tx:
        return await vault.put(tx, person, kind, body)


async def got(store: Store, vault: Vault, id: str) -> bytes | None:
    async with store.transaction() as tx:
        return await vault.get(tx, id)


async def run(store: Store, sql: str, *args: object) -> None:
    async with store.transaction() as tx:
        await tx.run(sql, *args)


async def test_what_was_put_is_got_by_another_process_with_the_same_master_key(store: Store) -> None:
    vault = a_vault()
    person = await a_person(store, vault)
    id = await kept(store, vault, person, CANARY.encode())

    assert await got(store, vault, id) == CANARY.encode()
    assert await got(store, a_vault(), id) == CANARY.encode()


@pytest.mark.parametrize("body", [b"", b"\x00", bytes(BODY_BYTES_MAX)])
async def test_bodies_of_every_allowed_size_are_kept(store: Store, body: bytes) -> None:
    vault = a_vault()
    assert await got(store, vault, await kept(store, vault, await a_person(store, vault), body)) == body


async def test_a_body_beyond_the_limit_is_refused_and_nothing_of_its_batch_is_kept(store: Store) -> None:
    vault = a_vault()
    person = await a_person(store, vault)
    items = [Private(person, Kind.NOTE, b"fine"), Private(person, Kind.NOTE, bytes(BODY_BYTES_MAX + 1))]

    with pytest.raises(BodyTooLarge):
        async with store.transaction() as tx:
            await vault.put_many(tx, items)

    async with store.transaction() as tx:
        assert (await tx.fetch("SELECT count(*) FROM vault_bodies"))[0][0] == 0


async def test_a_batch_keeps_its_order_and_its_persons_apart(store: Store) -> None:
    vault = a_vault()
    async with store.transaction() as tx:
        persons = await vault.new_persons(tx, 50, 1)
        items = [Private(person, Kind.NOTE, f"{n}".encode()) for n, person in enumerate(persons)]
        ids = await vault.put_many(tx, items * 2)
        found = await vault.get_many(tx, [*ids, "bdy_unknown"])

    assert len(set(ids)) == 100
    assert [found[id] for id in ids] == [item.body for item in items * 2]
    assert "bdy_unknown" not in found


async def test_a_batch_without_an_end_is_a_mistake_of_ours(store: Store) -> None:
    vault = a_vault()
    async with store.transaction() as tx:
        for call in (
            vault.new_persons(tx, BATCH_MAX + 1, 1),
            vault.put_many(tx, [Private(NOBODY, Kind.NOTE, b"")] * (BATCH_MAX + 1)),
            vault.get_many(tx, (f"{n}" for n in range(BATCH_MAX + 1))),
        ):
            with pytest.raises(ValueError, match="at most"):
                await call


async def test_unknown_persons_and_bodies_are_said_to_be_unknown(store: Store) -> None:
    vault = a_vault()
    async with store.transaction() as tx:
        with pytest.raises(NoSuchPerson):
            await vault.put(tx, NOBODY, Kind.NOTE, b"")
        with pytest.raises(NoSuchPerson):
            await vault.seal(tx, NOBODY, b"", b"")
        with pytest.raises(NoSuchPerson):
            await vault.open(tx, NOBODY, b"", b"")
        with pytest.raises(NoSuchPerson):
            await vault.erase(tx, NOBODY, 1)
        with pytest.raises(NoSuchBody):
            await vault.get(tx, "bdy_unknown")


async def dumped(database: Database) -> bytes:
    """Every value of every column of every table, as the owner of a stolen dump would look through them."""
    found: list[bytes] = []
    store = database.store(database.superuser_url)
    async with store.transaction() as tx:
        tables = await tx.fetch("SELECT quote_ident(tablename) AS t FROM pg_tables WHERE schemaname = 'public'")
        for table in tables:
            for row in await tx.fetch(f"SELECT * FROM {table['t']}"):
                for value in row.values():
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    found += [raw, raw.hex().encode()]
    await store.close()
    return b"\n".join(found)


@asvs("14.2.4")
async def test_the_database_never_holds_a_private_body_in_clear(store: Store, database: Database) -> None:
    vault = a_vault()
    person = await a_person(store, vault)
    for kind in Kind:
        await kept(store, vault, person, CANARY.encode(), kind)
    async with store.transaction() as tx:  # the control: the search finds what is in clear, as text and as bytes
        await tx.run("INSERT INTO vault_keys VALUES ('planted in text', 1)")
        await tx.run("INSERT INTO vault_bodies VALUES ('bdy_x', $1, 'x', $2, 1)", person, b"planted in bytes")

    everything = await dumped(database)

    assert b"planted in text" in everything
    assert b"planted in bytes" in everything
    for word in re.findall(r"\w{4,}", CANARY):
        for form in (word.encode(), word.encode().hex().encode(), base64.b64encode(word.encode()).rstrip(b"=")):
            assert form not in everything


async def test_equal_bodies_look_different(store: Store) -> None:
    vault = a_vault()
    person = await a_person(store, vault)
    for _ in range(20):
        await kept(store, vault, person, b"4711", Kind.PIN)
    async with store.transaction() as tx:
        rows = await tx.fetch("SELECT sealed FROM vault_bodies")
    tails = {bytes(row["sealed"])[13:] for row in rows}
    assert len(tails) == 20


@asvs("11.3.3")
@pytest.mark.parametrize(
    "swap",
    [
        pytest.param("UPDATE vault_bodies SET sealed = $3 WHERE id = $1 AND $2 <> ''", id="another-body-of-the-person"),
        pytest.param("UPDATE vault_bodies SET kind = 'pin' WHERE id = $1 AND $2 <> '' AND $3 <> ''::bytea", id="kind"),
        pytest.param("UPDATE vault_bodies SET person = $2 WHERE id = $1 AND $3 <> ''::bytea", id="another-person"),
        pytest.param(
            "UPDATE vault_persons SET wrapped = (SELECT wrapped FROM vault_persons WHERE person = $2)"
            " WHERE person = (SELECT person FROM vault_bodies WHERE id = $1) AND $3 <> ''::bytea",
            id="another-persons-key",
        ),
    ],
)
async def test_a_ciphertext_that_was_moved_is_noticed(store: Store, swap: str) -> None:
    vault = a_vault()
    ana, ben = await a_person(store, vault), await a_person(store, vault)
    one, two = await kept(store, vault, ana, b"one"), await kept(store, vault, ana, b"two")
    async with store.transaction() as tx:
        [row] = await tx.fetch("SELECT sealed FROM vault_bodies WHERE id = $1", two)
    await run(store, swap, one, ben, row["sealed"])

    for reader in (vault, a_vault()):
        with pytest.raises(Altered):
            await got(store, reader, one)


async def test_a_body_moved_to_another_id_is_noticed(store: Store) -> None:
    vault = a_vault()
    id = await kept(store, vault, await a_person(store, vault), b"one")
    await run(store, "UPDATE vault_bodies SET id = 'bdy_moved' WHERE id = $1", id)

    with pytest.raises(Altered):
        await got(store, vault, "bdy_moved")


@asvs("11.3.3")
@given(st.binary(max_size=64), st.data())
def test_no_bit_of_a_sealed_body_can_be_changed(plain: bytes, data: st.DataObject) -> None:
    key = DataKey.of(bytes(32))
    sealed = bytearray(key.seal(plain, b"here"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    assert key.open(bytes(sealed), b"here", "bdy") == plain
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Altered):
        key.open(bytes(sealed), b"here", "bdy")


@given(st.binary(max_size=64), st.binary(max_size=8), st.binary(max_size=8))
def test_what_was_sealed_for_one_place_opens_only_there(plain: bytes, here: bytes, there: bytes) -> None:
    key = DataKey.of(bytes(32))
    sealed = key.seal(plain, here)
    if here == there:
        assert key.open(sealed, there, "bdy") == plain
    else:
        with pytest.raises(Altered):
            key.open(sealed, there, "bdy")


@given(st.binary(max_size=80))
def test_bytes_that_were_never_sealed_are_refused(noise: bytes) -> None:
    with pytest.raises(Altered):
        DataKey.of(bytes(32)).open(noise, b"", "bdy")


async def test_a_wrong_master_key_is_named_at_start_and_at_the_first_read(store: Store) -> None:
    vault, wrong = a_vault(), a_vault(bytes(32))
    async with store.transaction() as tx:
        await vault.check(tx)
    id = await kept(store, vault, await a_person(store, vault), b"x")

    async with store.transaction() as tx:
        await a_vault().check(tx)
        with pytest.raises(WrongMasterKey) as refused:
            await wrong.check(tx)
    ours, theirs = MasterKey.of(bytes(range(32))).fingerprint, MasterKey.of(bytes(32)).fingerprint
    assert refused.value.params == {"recorded": ours, "given": theirs}
    with pytest.raises(WrongMasterKey):
        await got(store, wrong, id)


async def test_two_processes_with_different_keys_do_not_both_take_a_new_database(store: Store) -> None:
    async def starts(vault: Vault) -> bool:
        try:
            async with store.transaction() as tx:
                await vault.check(tx)
        except WrongMasterKey:
            return False
        return True

    started = await asyncio.gather(*(starts(a_vault(bytes([n]) * 32)) for n in range(8)))
    assert sum(started) == 1


async def test_an_erased_person_is_gone_and_stays_gone(store: Store, database: Database) -> None:
    vault, elsewhere = a_vault(), a_vault()
    ana, ben = await a_person(store, vault), await a_person(store, vault)
    hers, his = await kept(store, vault, ana, b"hers"), await kept(store, vault, ben, b"his")
    async with store.transaction() as tx:
        blob = await vault.seal(tx, ana, b"photo", b"pcl_1")
        [row] = await tx.fetch("SELECT wrapped, sealed FROM vault_persons JOIN vault_bodies USING (person) LIMIT 1")
    assert await got(store, elsewhere, hers) == b"hers"  # another process has her key in memory

    async with store.transaction() as tx:
        assert await vault.erase(tx, ana, 5)
    async with store.transaction() as tx:
        assert not await vault.erase(tx, ana, 6)

    for process in (vault, elsewhere):
        assert await got(store, process, hers) is None
        assert await got(store, process, his) == b"his"
        async with store.transaction() as tx:
            assert await process.open(tx, ana, blob, b"pcl_1") is None
            with pytest.raises(PersonErased):
                await process.put(tx, ana, Kind.NOTE, b"again")
            with pytest.raises(PersonErased):
                await process.seal(tx, ana, b"again", b"")
    everything = await dumped(database)
    assert bytes(row["wrapped"]) not in everything
    assert bytes(row["sealed"]) not in everything
    async with store.transaction() as tx:
        assert (await tx.fetch("SELECT erased_ms FROM vault_persons WHERE person = $1", ana))[0][0] == 5


async def test_an_erasure_that_is_rolled_back_erased_nothing(store: Store) -> None:
    vault = a_vault()
    ana = await a_person(store, vault)
    id = await kept(store, vault, ana, b"hers")

    async def erases_and_fails() -> None:
        async with store.transaction() as tx:
            await vault.erase(tx, ana, 5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await erases_and_fails()

    assert await got(store, vault, id) == b"hers"


async def test_no_body_slips_in_beside_an_erasure(store: Store) -> None:
    """Whichever comes first: either the body was there to be erased, or it was refused."""
    for _ in range(10):
        vault = a_vault()
        ana = await a_person(store, vault)

        async def erases(vault: Vault = vault, ana: PersonId = ana) -> None:
            async with store.transaction() as tx:
                await vault.erase(tx, ana, 5)

        async def puts(vault: Vault = vault, ana: PersonId = ana) -> None:
            await kept(store, vault, ana, b"late")

        await asyncio.gather(puts(), puts(), erases(), puts(), puts(), return_exceptions=True)
        async with store.transaction() as tx:
            rows = await tx.fetch("SELECT sealed FROM vault_bodies WHERE person = $1", ana)
        assert all(row["sealed"] is None for row in rows)


async def test_a_body_waits_for_an_erasure_under_way_and_is_refused(store: Store) -> None:
    vault = a_vault()
    ana = await a_person(store, vault)
    async with store.transaction() as tx:
        await vault.erase(tx, ana, 5)
        late = asyncio.create_task(kept(store, vault, ana, b"late"))
        await asyncio.sleep(0.2)
        assert not late.done()
    with pytest.raises(PersonErased):
        await late


async def test_a_blob_opens_only_with_its_person_and_purpose(store: Store) -> None:
    vault = a_vault()
    ana, ben = await a_person(store, vault), await a_person(store, vault)
    photo = bytes(range(256)) * 1_000
    async with store.transaction() as tx:
        sealed = await vault.seal(tx, ana, photo, b"pcl_1")
        assert photo[:64] not in sealed
        assert await a_vault().open(tx, ana, sealed, b"pcl_1") == photo
        for person, aad in ((ben, b"pcl_1"), (ana, b"pcl_2"), (ana, b"")):
            with pytest.raises(Altered):
                await vault.open(tx, person, sealed, aad)
        with pytest.raises(BodyTooLarge):
            await vault.seal(tx, ana, bytes(BLOB_BYTES_MAX + 1), b"")


async def test_a_blob_cannot_pass_for_a_body(store: Store) -> None:
    vault = a_vault()
    ana = await a_person(store, vault)
    id = await kept(store, vault, ana, b"body")
    async with store.transaction() as tx:
        sealed = await vault.seal(tx, ana, b"blob", f"{id}\n{ana}\nrecipient".encode())
    await run(store, "UPDATE vault_bodies SET sealed = $2 WHERE id = $1", id, sealed)

    with pytest.raises(Altered):
        await got(store, vault, id)


async def test_the_application_cannot_remove_persons_or_bodies(store: Store) -> None:
    for table in ("vault_master", "vault_persons", "vault_bodies"):
        with pytest.raises(Exception, match="permission denied"):
            await run(store, f"DELETE FROM {table}")
        with pytest.raises(Exception, match="permission denied"):
            await run(store, f"TRUNCATE {table}")


def test_the_ring_keeps_the_keys_last_used_and_no_more() -> None:
    ring = KeyRing()
    key = DataKey.of(bytes(32))
    for n in range(KEYS_KEPT_MAX):
        ring.keep(f"per_{n}", b"w", key)
    assert ring.find("per_0", b"w") is key
    ring.keep("per_new", b"w", key)

    assert len(ring) == KEYS_KEPT_MAX
    assert ring.find("per_0", b"w") is key  # used a moment ago
    assert ring.find("per_1", b"w") is None  # unused for longest
    assert ring.find("per_0", b"rewrapped") is None
    ring.drop("per_0")
    assert ring.find("per_0", b"w") is None
