"""The first administrator: a link that works once."""

import asyncio

import pytest

from safehand.identity.errors import (
    BadLogin,
    LoginTaken,
    PasswordTooShort,
    SetupLinkSpent,
    TooManyAttempts,
)
from safehand.identity.model import Role
from safehand.identity.setup import LINK_MS
from safehand.identity.sign_in import NewAdmin, Password
from safehand.identity.throttle import PER_ADDRESS
from tests.asvs import asvs
from tests.identity.office import ADDRESS, GOOD_PASSWORD, Office


def asked(token: str, login: str = "ana", password: str = GOOD_PASSWORD) -> NewAdmin:
    return NewAdmin(token, Password(login, password, ADDRESS), "Ana Lehtonen")


async def test_the_link_makes_one_administrator_who_can_sign_in(office: Office) -> None:
    id = await office.sign_in.set_up(asked(await office.sign_in.make_setup_link()))

    signed_in = await office.sign_in.sign_in(Password("ana", GOOD_PASSWORD, ADDRESS))

    assert signed_in.user.id == id
    assert signed_in.user.roles == {Role.ADMIN}


@asvs("6.4.1", "6.5.1")
async def test_it_works_once(office: Office) -> None:
    token = await office.sign_in.make_setup_link()
    await office.sign_in.set_up(asked(token))
    with pytest.raises(SetupLinkSpent):
        await office.sign_in.set_up(asked(token, "eve"))


async def test_of_many_at_once_one_gets_in(office: Office) -> None:
    token = await office.sign_in.make_setup_link()
    results = await asyncio.gather(
        *(office.sign_in.set_up(asked(token, f"eve{n}")) for n in range(10)), return_exceptions=True
    )
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, SetupLinkSpent) for result in results) == 9
    assert len(await office.logins()) == 1


@asvs("6.4.1")
async def test_it_runs_out_after_an_hour(office: Office) -> None:
    token = await office.sign_in.make_setup_link()
    office.clock.advance(LINK_MS)
    with pytest.raises(SetupLinkSpent):
        await office.sign_in.set_up(asked(token))


async def test_a_new_link_ends_the_one_before(office: Office) -> None:
    old = await office.sign_in.make_setup_link()
    new = await office.sign_in.make_setup_link()
    with pytest.raises(SetupLinkSpent):
        await office.sign_in.set_up(asked(old))
    await office.sign_in.set_up(asked(new))
    await office.sign_in.set_up(asked(await office.sign_in.make_setup_link(), "ben"))
    assert len(await office.logins()) == 2


async def test_links_made_at_once_leave_one_alive(office: Office) -> None:
    tokens = await asyncio.gather(*(office.sign_in.make_setup_link() for _ in range(8)))
    results = [
        await asyncio.gather(office.sign_in.set_up(asked(token, f"a{n}a")), return_exceptions=True)
        for n, token in enumerate(tokens)
    ]
    assert sum(isinstance(result, str) for [result] in results) == 1


async def test_a_refusal_does_not_use_the_link_up(office: Office) -> None:
    await office.hire("taken")
    token = await office.sign_in.make_setup_link()
    for login, password, error in (
        ("taken", GOOD_PASSWORD, LoginTaken),
        ("ana@example.com", GOOD_PASSWORD, BadLogin),
        ("ana", "short", PasswordTooShort),
    ):
        with pytest.raises(error):
            await office.sign_in.set_up(asked(token, login, password))
    assert await office.sign_in.set_up(asked(token))


MADE_UP = ["", "a" * 43, "a" * 42, "../x", "é" * 43]


async def test_made_up_tokens_make_nobody(office: Office) -> None:
    await office.sign_in.make_setup_link()
    for token in MADE_UP:
        with pytest.raises(SetupLinkSpent):
            await office.sign_in.set_up(asked(token))
        assert await office.logins() == []


async def test_trying_tokens_is_throttled(office: Office) -> None:
    for _ in range(PER_ADDRESS.burst):
        with pytest.raises(SetupLinkSpent):
            await office.sign_in.set_up(asked("a" * 43))
    with pytest.raises(TooManyAttempts):
        await office.sign_in.set_up(asked(await office.sign_in.make_setup_link()))


async def test_the_database_keeps_no_token(office: Office) -> None:
    token = await office.sign_in.make_setup_link()
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT l::text AS all FROM setup_links l")
    assert token not in row["all"]
    assert token.encode().hex() not in row["all"]
