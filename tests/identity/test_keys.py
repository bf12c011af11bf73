"""Merchants' keys."""

import asyncio

import pytest

from safehand.identity.commands import NewKey
from safehand.identity.errors import KeyMistyped, KeyNotRotated, KeyUnknown, NotYours, PartyMismatch
from safehand.identity.keys import DAY_MS, LIFE_DAYS, USED_EVERY_MS, KeyWish, Whence
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Scope
from safehand.identity.secret_text import new_key
from safehand.kernel.ids import UserId
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
    made = await office.staff.make_key(shop, KeyWish("one", frozenset(Scope)), by)
    other = await office.key(shop, by)
    await who(office, made.key)

    await office.staff.revoke_key(made.id, by)
    await office.staff.revoke_key(made.id, by)

    with pytest.raises(KeyUnknown):
        await who(office, made.key)
    assert (await who(office, other)).party == shop.id


async def test_the_list_shows_labels_and_use_but_no_key(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    first = await office.staff.make_key(shop, KeyWish("web shop", frozenset({Scope.SHIP})), by)
    office.clock.advance(1)
    second = await office.staff.make_key(shop, KeyWish("warehouse", frozenset(Scope)), by)
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


async def test_a_key_dies_by_itself_when_its_life_is_over(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    made = await office.staff.make_key(shop, KeyWish("one", frozenset(Scope), life_days=1), by)

    office.clock.advance(DAY_MS - 1)
    assert (await who(office, made.key)).party == shop.id
    office.clock.advance(1)
    with pytest.raises(KeyUnknown):
        await who(office, made.key)
    assert (await office.staff.key(made.id)).revoked_ms is None


async def test_a_successor_works_beside_its_predecessor_for_the_overlap_and_then_alone(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    old = await office.staff.make_key(shop, KeyWish("till", frozenset({Scope.SHIP})), by)

    new = await office.staff.rotate_key(await office.staff.key(old.id), overlap_hours=24, life_days=LIFE_DAYS, by=by)

    office.clock.advance(DAY_MS - 1)
    assert (await who(office, old.key)).scopes == (await who(office, new.key)).scopes == frozenset({Scope.SHIP})
    office.clock.advance(1)
    assert (await who(office, new.key)).party == shop.id
    with pytest.raises(KeyUnknown):
        await who(office, old.key)
    kept = await office.staff.key(new.id)
    assert (kept.predecessor, kept.label) == (old.id, "till")


async def test_an_overlap_makes_no_key_live_longer(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    old = await office.staff.make_key(shop, KeyWish("till", frozenset(Scope), life_days=1), by)
    await office.staff.rotate_key(await office.staff.key(old.id), overlap_hours=700, life_days=9, by=by)
    office.clock.advance(DAY_MS)
    with pytest.raises(KeyUnknown):
        await who(office, old.key)


async def test_a_key_gets_one_successor_and_a_dead_one_gets_none(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    one, two = [await office.staff.make_key(shop, KeyWish(name, frozenset(Scope)), by) for name in ("one", "two")]
    old = await office.staff.key(one.id)
    asked = [office.staff.rotate_key(old, overlap_hours=1, life_days=9, by=by) for _ in range(4)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(result, KeyNotRotated) for result in results) == 3

    await office.staff.revoke_key(two.id, by)
    with pytest.raises(KeyNotRotated):
        await office.staff.rotate_key(await office.staff.key(two.id), overlap_hours=1, life_days=9, by=by)


async def test_whoever_stole_a_key_does_not_keep_what_it_made_for_itself(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    stolen = await office.staff.make_key(shop, KeyWish("till", frozenset(Scope)), by)

    async def successor(id: str, by: UserId | None) -> NewKey:
        return await office.staff.rotate_key(await office.staff.key(id), overlap_hours=1, life_days=9, by=by)

    second = await successor(stolen.id, None)
    third = await successor(second.id, None)
    ours = await successor(third.id, by)

    await office.staff.revoke_key(stolen.id, by)

    for dead in (stolen, second, third):
        with pytest.raises(KeyUnknown):
            await who(office, dead.key)
    assert (await who(office, ours.key)).party == shop.id


async def test_living_keys_that_nobody_uses_are_found(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    names = ("used", "never used", "revoked", "run out", "new")
    keys = {
        name: await office.staff.make_key(shop, KeyWish(name, frozenset(Scope), 9 if name == "run out" else 99), by)
        for name in names[:-1]
    }
    office.clock.advance(31 * DAY_MS)
    await office.staff.make_key(shop, KeyWish("new", frozenset(Scope)), by)
    await who(office, keys["used"].key)
    await office.staff.revoke_key(keys["revoked"].id, by)

    assert [key.label for key in await office.staff.unused_keys(30)] == ["never used"]
    assert await office.staff.unused_keys(32) == []
    assert [key.label for key in await office.staff.unused_keys(30, [shop.id])] == ["never used"]
    assert await office.staff.unused_keys(30, ["nobody"]) == []


async def test_the_last_use_names_a_network_and_a_program_and_no_machine(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    headers = {"Authorization": f"Bearer {await office.key(shop, by)}", "User-Agent": "shopware/6.5 (till-3; anna)"}
    async with office.client(headers=headers) as client:
        await client.get("/v1/sessions")
        await client.get("/v1/parties")

    [key] = await office.staff.merchant_keys(shop.id)

    assert (key.used_from, key.used_by) == ("203.0.113.0/24", "shopware/6.5")


@pytest.mark.parametrize("agent", [None, "", "<script>", "x" * 500, "\u202e"])
def test_a_strange_program_is_cut_to_what_is_plain(agent: str | None) -> None:
    said = Whence.of(None, agent).program
    assert said is None or (len(said) <= 61 and said.isascii())


async def test_a_key_makes_its_own_successor_and_nobody_elses(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT)
    wide = await office.staff.make_key(shop, KeyWish("wide", frozenset({Scope.READ})), by)
    own = await office.staff.make_key(shop, KeyWish("own", frozenset({Scope.ROTATE})), by)
    async with office.client(headers={"Authorization": f"Bearer {own.key}"}) as client:
        listed = (await client.get(f"/v1/merchants/{shop.id}/keys")).json()["keys"]
        assert {key["label"] for key in listed} == {"wide", "own"}
        assert (await client.post(f"/v1/keys/{wide.id}/rotate", json={})).status_code == 404
        made = await client.post(f"/v1/keys/{own.id}/rotate", json={"overlap_hours": 1})
        assert made.status_code == 201
        assert (await who(office, made.json()["key"])).scopes == frozenset({Scope.ROTATE})
        assert (await client.post(f"/v1/keys/{own.id}/rotate", json={})).json()["code"] == "identity.key_not_rotated"
        assert (await client.post(f"/v1/keys/{own.id}/rotate", json={"overlap_hours": 10_000})).status_code == 422


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
