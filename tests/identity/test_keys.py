"""Merchants' keys."""

import pytest

from safehand.identity.errors import KeyMistyped, KeyUnknown, NotYours, PartyMismatch
from safehand.identity.keys import USED_EVERY_MS
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Scope
from safehand.identity.secret_text import new_key
from tests.identity.office import Office


async def who(office: Office, key: str) -> Principal:
    async with office.store.transaction() as tx:
        return await office.keys.find(tx, key, office.clock.now_ms())


async def test_a_key_is_its_merchant_with_its_scopes(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT, "Kauppa Oy")

    me = await who(office, await office.key(shop, by, Scope.READ))

    assert me.kind is PrincipalKind.MERCHANT
    assert (me.party, me.party_kind, me.scopes) == (shop.id, PartyKind.MERCHANT, frozenset({Scope.READ}))
    assert me.user is None


@pytest.mark.parametrize("kind", [PartyKind.DEPOT, PartyKind.DRIVER, PartyKind.PARTNER])
async def test_only_merchants_get_keys(office: Office, kind: PartyKind) -> None:
    by, party = await office.hire(), await office.party(kind)
    with pytest.raises(PartyMismatch):
        await office.key(party, by)


async def test_a_typing_error_is_told_apart_from_a_wrong_key(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    key = await office.key(shop, by)
    swapped = key[:20] + ("0" if key[20] != "0" else "1") + key[21:]

    with pytest.raises(KeyMistyped):
        await who(office, swapped)
    with pytest.raises(KeyMistyped):
        await who(office, key[:-3])
    with pytest.raises(KeyUnknown):
        await who(office, new_key())


async def test_a_revoked_key_is_dead_at_once_and_the_others_live(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    made = await office.staff.make_key(shop, "one", frozenset(Scope), by)
    other = await office.key(shop, by)
    await who(office, made.key)

    await office.staff.revoke_key(made.id, by)
    await office.staff.revoke_key(made.id, by)

    with pytest.raises(KeyUnknown):
        await who(office, made.key)
    assert (await who(office, other)).party == shop.id


async def test_the_list_shows_labels_and_use_but_no_key(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    first = await office.staff.make_key(shop, "web shop", frozenset({Scope.SHIP}), by)
    office.clock.advance(1)
    second = await office.staff.make_key(shop, "warehouse", frozenset(Scope), by)
    office.clock.advance(USED_EVERY_MS)
    await who(office, first.key)
    await office.staff.revoke_key(second.id, by)

    newest, oldest = await office.staff.merchant_keys(shop.id)

    assert (oldest.label, oldest.scopes, oldest.used_ms) == ("web shop", (Scope.SHIP,), office.clock.now_ms())
    assert (newest.label, newest.used_ms, newest.revoked_ms) == ("warehouse", None, office.clock.now_ms())
    shown = repr([newest, oldest, first, second])
    assert first.key not in shown
    assert second.key not in shown


async def test_the_last_use_is_noted_by_the_minute(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    key = await office.key(shop, by)

    async def used_ms() -> int | None:
        return (await office.staff.merchant_keys(shop.id))[0].used_ms

    await who(office, key)
    first = await used_ms()
    office.clock.advance(USED_EVERY_MS - 1)
    await who(office, key)
    assert await used_ms() == first
    office.clock.advance(1)
    await who(office, key)
    assert await used_ms() == office.clock.now_ms()


UNKNOWN_KEYS = ["", "key_", "key_00000000000000000000000000", "usr_00000000000000000000000000", "' OR 1=1"]


async def test_an_unknown_id_is_not_found(office: Office) -> None:
    for id in UNKNOWN_KEYS:
        with pytest.raises(NotYours):
            await office.staff.key(id)


async def test_the_database_keeps_no_key(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    key = await office.key(shop, by)
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT k::text AS all, hash FROM api_keys k")
    assert key[4:56] not in row["all"]
    assert len(row["hash"]) == 32
