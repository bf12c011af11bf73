"""What an intruder does at the very moment in which somebody shuts them out: a reset, a revocation.

The order is forced by locks that a test holds, so nothing here is left to luck.
"""

import asyncio
from collections.abc import Awaitable

import pytest

from safehand.identity.errors import KeyUnknown
from safehand.identity.keys import LIFE_DAYS, OVERLAP_HOURS, KeyWish
from safehand.identity.model import PartyKind, Role, Scope
from tests.identity.office import Office
from tests.identity.test_passkeys import a_key, asked, registered, sign_in
from tests.identity.test_routes import code
from tests.servers import blocked


def begun[T](work: Awaitable[T]) -> "asyncio.Future[T]":
    """It runs from now on."""
    return asyncio.ensure_future(work)


async def test_recovery_codes_that_an_intruder_makes_while_the_account_is_reset_are_dead(office: Office) -> None:
    boss, ana = await office.hire("boss"), await office.hire("ana", Role.CLAIMS)
    async with office.browser("ana") as intruder:
        await intruder.post("/v1/recovery-codes")
        async with office.store.transaction() as tx:
            await tx.fetch("SELECT 1 FROM recovery_codes FOR UPDATE")
            making = begun(intruder.post("/v1/recovery-codes"))
            await blocked(office.store, 1)
            resetting = begun(office.ways_in.reset(ana, boss))
            await blocked(office.store, 2)
        made, _ = await asyncio.gather(making, resetting)

        assert made.status_code == 201
        for typed in made.json()["codes"]:
            office.clock.advance(10_000)
            assert code(await intruder.post("/v1/sessions/recovery", json={"code": typed})) == (
                "identity.recovery_code_wrong"
            )


async def test_a_passkey_that_an_intruder_adds_while_the_account_is_reset_is_none(office: Office) -> None:
    boss, ana = await office.hire("boss"), await office.hire("ana", Role.CLAIMS)
    key = a_key()
    async with office.browser("ana") as intruder:
        made = key.make(await asked(intruder, "/v1/passkeys"))
        async with office.store.transaction() as tx:
            await tx.fetch("SELECT 1 FROM ceremonies FOR UPDATE")
            adding = begun(intruder.post("/v1/passkeys", json={"label": "mine", "credential": made}))
            await blocked(office.store, 1)
            await office.ways_in.reset(ana, boss)
        refused = await adding

        assert (refused.status_code, code(refused)) == (401, "identity.sign_in_needed")
        assert code(await sign_in(intruder, key)) == "identity.passkey_refused"


async def test_whoever_comes_in_while_the_account_is_reset_is_out_again(office: Office) -> None:
    boss, ana = await office.hire("boss"), await office.hire("ana", Role.CLAIMS)
    key = a_key()
    async with office.browser("ana") as http:
        await registered(http, key)
        codes = (await http.post("/v1/recovery-codes")).json()["codes"]
        signed = {"credential": key.sign(await asked(http, "/v1/sessions/passkey"))}
        async with office.store.transaction() as tx:
            await tx.fetch("SELECT 1 FROM passkeys FOR UPDATE")
            await tx.fetch("SELECT 1 FROM recovery_codes FOR UPDATE")
            coming = [
                begun(http.post("/v1/sessions/passkey", json=signed)),
                begun(http.post("/v1/sessions/recovery", json={"code": codes[0]})),
            ]
            await blocked(office.store, 2)
            resetting = begun(office.ways_in.reset(ana, boss))
            await blocked(office.store, 3)
        await asyncio.gather(*coming, resetting)

    async with office.store.transaction() as tx:
        assert await office.sessions.listed(tx, ana, office.clock.now_ms()) == []


async def test_a_successor_that_a_stolen_key_makes_while_it_is_revoked_is_dead(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT, "Kauppa Oy")
    stolen = await office.staff.make_key(shop, KeyWish("till", frozenset(Scope)), by)
    now_ms = office.clock.now_ms()
    async with office.store.transaction() as tx:
        old = await office.keys.get(tx, stolen.id)
        _, successor = await office.keys.rotate(
            tx, old, overlap_hours=OVERLAP_HOURS, life_days=LIFE_DAYS, by=None, now_ms=now_ms
        )
        revoking = begun(office.staff.revoke_key(stolen.id, by))
        await blocked(office.store, 1)
    await revoking

    async with office.store.transaction() as tx:
        for key in (stolen.key, successor):
            with pytest.raises(KeyUnknown):
                await office.keys.find(tx, key, now_ms)
