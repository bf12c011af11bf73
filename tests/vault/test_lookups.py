"""Look-ups: persons found again however they were written, from a table that tells nothing."""

import hashlib
import hmac
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.clock import HandClock
from safehand.store.database import AFTER_COMMIT_MAX, Store
from safehand.vault.clues import Clue, ClueKind, mail_clue, name_clue, phone_clue
from safehand.vault.key_folder import HeldKeys
from safehand.vault.lookups import HASH_BYTES, Lookups
from safehand.vault.master import MasterKey
from safehand.vault.vault import Vault
from tests.servers import Database


@pytest.fixture
async def store(database: Database) -> AsyncIterator[Store]:
    store = database.store()
    yield store
    await store.close()


def lookups(master: bytes = bytes(range(32))) -> Lookups:
    return Lookups(Vault.of(HeldKeys.of(MasterKey.of(master)), HandClock()))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        (mail_clue("Aino.K@Example.ORG"), mail_clue(" aino.k@example.org ")),
        (phone_clue("040 123 4567", "FI"), phone_clue("+358 (0)40-1234567", "DE")),
        (phone_clue("00358401234567", "SE"), phone_clue("+358 40 1234567", "")),
        (phone_clue("０４０１２３４５６７", "FI"), phone_clue("040.123.4567", "FI")),
        (phone_clue("06 698 1234", "IT"), phone_clue("+39 06 698 1234", "FI")),
        (name_clue("Eeva Äijälä", "00130"), name_clue("AIJALA, eeva", "00 130")),
        (name_clue("Zoë Groß-Łukasz", "1011 ab"), name_clue("gross lukasz zoe", "1011AB")),
        (name_clue("Søren Ødegård", "0150"), name_clue("Soren Odegard", "0150")),
        (name_clue("O’Neill", "D02"), name_clue("ONEILL", "d02")),
        (name_clue("Ａｉｎｏ", "1"), name_clue("aino", "1")),
    ],
)
def test_one_person_is_found_however_they_were_written(written: Clue | None, typed: Clue | None) -> None:
    assert written is not None
    assert written == typed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (mail_clue("a@b.example"), mail_clue("a@c.example")),
        (phone_clue("040 123 4567", "FI"), phone_clue("040 123 4567", "SE")),
        (phone_clue("040 123 4567", "FI"), phone_clue("040 123 4568", "FI")),
        (name_clue("Eeva Äijälä", "00130"), name_clue("Eeva Äijälä", "00140")),
        (name_clue("Anna Berg", "1"), name_clue("Ann Aberg", "1")),
    ],
)
def test_two_persons_are_kept_apart(one: Clue | None, other: Clue | None) -> None:
    assert one is not None
    assert one != other


@pytest.mark.parametrize(
    "clue", [mail_clue("aino"), mail_clue("@b"), mail_clue("a@" + "b" * 500), phone_clue("12", "FI")]
)
def test_what_can_be_no_clue_is_none(clue: Clue | None) -> None:
    assert clue is None
    assert name_clue("---", "00130") is None


@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_is_written_is_normal_once(name: str, code: str) -> None:
    clue = name_clue(name, code)
    if clue is not None:
        words, _, digits = clue.normal.partition("|")
        assert name_clue(words, digits) == clue


async def test_persons_are_found_by_any_clue_and_no_more_once_erased(store: Store) -> None:
    desk = lookups()
    mail, phone = Clue(ClueKind.MAIL, "a@b.example"), Clue(ClueKind.PHONE, "+358401234567")
    async with store.transaction() as tx:
        first, second = await desk.vault.new_persons(tx, 2, 1)
        await desk.note(tx, first, [mail, phone, mail])
        await desk.note(tx, second, [phone])
    async with store.transaction() as tx:
        assert await lookups().find(tx, [mail]) == {first: [mail]}
        assert set(await desk.find(tx, [mail, phone])) == {first, second}
        assert await desk.find(tx, [Clue(ClueKind.MAIL, "+358401234567")]) == {}
        await desk.vault.erase(tx, first, 2)
        assert set(await desk.find(tx, [mail, phone])) == {second}


async def test_the_table_of_look_ups_cannot_be_tried_out_from_a_dump(store: Store) -> None:
    desk, value = lookups(), "a@b.example"
    async with store.transaction() as tx:
        person = await desk.vault.new_person(tx, 1)
        await desk.note(tx, person, [Clue(ClueKind.MAIL, value)])
        [row] = await tx.fetch("SELECT hash, l::text AS all FROM vault_lookups l")
        [kept] = await tx.fetch("SELECT index_key FROM vault_master")
        [again] = [await desk.vault.keyed_hash(tx, "lookup/mail", value.encode())]
    assert value not in row["all"]
    assert bytes(row["hash"]) == again[:HASH_BYTES]
    tried = [hashlib.sha256(value.encode()).digest()]
    tried += [hmac.digest(key, b"lookup/mail\n" + value.encode(), "sha256") for key in (b"", kept["index_key"])]
    assert bytes(row["hash"]) not in {one[:HASH_BYTES] for one in tried}


SHARED, OTHER = Clue(ClueKind.MAIL, "a@b.example"), Clue(ClueKind.PHONE, "+358401234567")


async def test_a_morning_of_persons_is_noted_in_the_first_transaction_of_a_process(store: Store) -> None:
    desk, count = lookups(), AFTER_COMMIT_MAX // 2 + 1
    async with store.transaction() as tx:
        people = await desk.vault.new_persons(tx, count, 1)
        await desk.note_many(tx, {person: [SHARED, OTHER] for person in people})
        assert len(await desk.find(tx, [SHARED])) >= 2_000
