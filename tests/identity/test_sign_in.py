"""Signing in and out: sessions, throttling, and what must not be told apart."""

import asyncio

import pytest
from structlog.testing import capture_logs

from safehand.identity.errors import (
    LastAdmin,
    PasswordCommon,
    SignInBusy,
    TooManyAttempts,
    WrongPassword,
)
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Role
from safehand.identity.openings import Browser, SignedIn
from safehand.identity.passwords import Passwords
from safehand.identity.sessions import ABSOLUTE_MS, IDLE_MS, SEEN_EVERY_MS
from safehand.identity.sign_in import NewAdmin, Password
from safehand.identity.throttle import PER_ADDRESS, PER_LOGIN
from safehand.kernel.errors import SafehandError
from tests.asvs import asvs
from tests.identity.office import ADDRESS, GOOD_PASSWORD, Office
from tests.servers import Database

RIGHT = Password("ana", GOOD_PASSWORD, ADDRESS)
WRONG = Password("ana", "wrong wrong wrong", ADDRESS)


async def who(office: Office, token: str) -> Principal | None:
    async with office.store.transaction() as tx:
        return await office.sessions.find(tx, token, office.clock.now_ms())


async def refusal(office: Office, typed: Password) -> SafehandError | None:
    try:
        await office.sign_in.sign_in(typed)
    except SafehandError as error:
        return error
    return None


async def test_a_session_says_who_it_is_with_roles_and_party(office: Office) -> None:
    depot = await office.party(PartyKind.DEPOT)
    user = await office.hire("ana", Role.DEPOT, Role.CLAIMS, party=depot.id)

    signed_in = await office.sign_in.sign_in(RIGHT)
    me = await who(office, signed_in.token)

    assert me is not None
    assert me.kind is PrincipalKind.STAFF
    assert (me.id, me.user) == (user, user)
    assert me.roles == {Role.DEPOT, Role.CLAIMS}
    assert (me.party, me.party_kind) == (depot.id, PartyKind.DEPOT)


async def test_logins_are_read_without_regard_to_case(office: Office) -> None:
    user = await office.hire("ana")
    assert (await office.sign_in.sign_in(Password("ANA", GOOD_PASSWORD, ADDRESS))).user.id == user


@pytest.mark.parametrize(
    "typed",
    [
        WRONG,
        Password("nobody", GOOD_PASSWORD, ADDRESS),
        Password("", "", ADDRESS),
        Password("ana", "", ADDRESS),
        Password("ana", "x" * 10_000, ADDRESS),
        Password("a" * 10_000, "x", ADDRESS),
        Password("ana' OR '1'='1", GOOD_PASSWORD, ADDRESS),
        Password("ana\x00", GOOD_PASSWORD, ADDRESS),
        Password("ana\n", GOOD_PASSWORD, ADDRESS),
        Password(" ana", GOOD_PASSWORD, ADDRESS),
        Password("gone", GOOD_PASSWORD, ADDRESS),
    ],
)
async def test_every_failure_looks_the_same(office: Office, typed: Password) -> None:
    boss, gone = await office.hire("ana"), await office.hire("gone")
    await office.staff.disable(gone, boss)

    error = await refusal(office, typed)

    assert isinstance(error, WrongPassword)
    assert error.params == {}


async def test_the_database_keeps_no_token_and_no_password(office: Office, database: Database) -> None:
    await office.hire("ana", name="Ana Lehtonen")
    token = await office.session()
    store = database.store(database.superuser_url)
    async with store.transaction() as tx:
        rows = await tx.fetch("SELECT s::text || u::text AS all FROM sessions s, users u")
        raw = await tx.fetch("SELECT hash FROM sessions")
    await store.close()
    everything = rows[0]["all"]
    assert "$argon2id$" in everything
    for secret in (token, token.encode().hex(), GOOD_PASSWORD, "Lehtonen"):
        assert secret not in everything
    assert len(raw[0]["hash"]) == 32


@asvs("7.3.1", "7.3.2", "7.4.1")
async def test_a_session_ends_after_idle_time_and_after_a_shift(office: Office) -> None:
    await office.hire("ana")
    token = await office.session()
    office.clock.advance(IDLE_MS - 1)
    assert await who(office, token)
    office.clock.advance(IDLE_MS - 1)
    assert await who(office, token)
    office.clock.advance(IDLE_MS)
    assert await who(office, token) is None

    token = await office.session()
    for _ in range(ABSOLUTE_MS // IDLE_MS * 2 - 1):
        office.clock.advance(IDLE_MS // 2)
        assert await who(office, token)
    office.clock.advance(IDLE_MS // 2)
    assert await who(office, token) is None


async def test_reading_a_session_seldom_writes(office: Office) -> None:
    await office.hire("ana")
    token = await office.session()

    async def seen() -> int:
        async with office.store.transaction() as tx:
            return int((await tx.fetch("SELECT seen_ms FROM sessions"))[0]["seen_ms"])

    first = await seen()
    office.clock.advance(SEEN_EVERY_MS - 1)
    await who(office, token)
    assert await seen() == first
    office.clock.advance(1)
    await who(office, token)
    assert await seen() == first + SEEN_EVERY_MS


@asvs("7.2.4")
async def test_signing_in_again_ends_the_session_that_the_browser_had(office: Office) -> None:
    await office.hire("ana")
    first, elsewhere = await office.session(), await office.session()

    second = (await office.sign_in.sign_in(RIGHT, Browser(ADDRESS, session=first))).token

    assert second not in {first, elsewhere}
    assert await who(office, first) is None
    assert await who(office, second)
    assert await who(office, elsewhere)


@asvs("7.2.2", "7.2.4")
async def test_a_token_planted_in_the_browser_is_never_taken_over(office: Office) -> None:
    await office.hire("ana")
    await office.hire("eve")
    planted = await office.session("eve")

    mine = (await office.sign_in.sign_in(RIGHT, Browser(ADDRESS, session=planted))).token

    assert mine != planted
    assert await who(office, planted) is None


@asvs("7.4.1")
async def test_signing_out_ends_one_session_or_all(office: Office) -> None:
    user = await office.hire("ana")
    one, two, three = [await office.session() for _ in range(3)]

    await office.sign_in.sign_out(one)
    await office.sign_in.sign_out(one)
    await office.sign_in.sign_out("no such token")
    assert [await who(office, token) is not None for token in (one, two, three)] == [False, True, True]

    assert await office.sign_in.sign_out_everywhere(user) == 2
    assert [await who(office, token) for token in (two, three)] == [None, None]


@asvs("7.4.2")
async def test_a_disabled_user_is_out_at_once_and_cannot_return(office: Office) -> None:
    boss, eve = await office.hire("ana"), await office.hire("eve", Role.CLAIMS)
    token = await office.session("eve")

    await office.staff.disable(eve, boss)

    assert await who(office, token) is None
    assert isinstance(await refusal(office, Password("eve", GOOD_PASSWORD, ADDRESS)), WrongPassword)


@asvs("7.4.2")
async def test_a_session_of_a_disabled_user_is_dead_even_if_nobody_ended_it(office: Office) -> None:
    user = await office.hire("ana")
    token = await office.session()
    async with office.store.transaction() as tx:
        await tx.run("UPDATE users SET disabled_ms = 1 WHERE id = $1", user)
    assert await who(office, token) is None


@asvs("7.4.2")
async def test_a_sign_in_that_began_before_the_user_was_disabled_comes_to_nothing(office: Office) -> None:
    boss, eve = await office.hire("ana"), await office.hire("eve", Role.CLAIMS)
    results = await asyncio.gather(
        *(office.sign_in.sign_in(Password("eve", GOOD_PASSWORD, ADDRESS)) for _ in range(5)),
        office.staff.disable(eve, boss),
        return_exceptions=True,
    )
    assert results[-1] is None
    tokens = [result.token for result in results if isinstance(result, SignedIn)]
    assert [await who(office, token) for token in tokens] == [None] * len(tokens)


async def test_the_last_administrator_stays(office: Office) -> None:
    ana, ben = await office.hire("ana"), await office.hire("ben")
    results = await asyncio.gather(
        office.staff.disable(ana, ben), office.staff.disable(ben, ana), return_exceptions=True
    )
    assert sum(isinstance(result, LastAdmin) for result in results) == 1


@asvs("6.3.1")
async def test_failures_are_counted_by_login_whatever_the_address(office: Office) -> None:
    await office.hire("ana")
    for n in range(PER_LOGIN.burst):
        assert isinstance(await refusal(office, Password("ana", "wrong", f"198.51.100.{n}")), WrongPassword)

    error = await refusal(office, Password("ana", GOOD_PASSWORD, "192.0.2.1"))

    assert isinstance(error, TooManyAttempts)
    assert error.retry_after_s == PER_LOGIN.interval_ms // 1_000
    office.clock.advance(PER_LOGIN.interval_ms)
    assert await refusal(office, RIGHT) is None


@asvs("6.3.1")
async def test_failures_are_counted_by_address_whatever_the_login(office: Office) -> None:
    await office.hire("ana")
    for n in range(PER_ADDRESS.burst):
        assert isinstance(await refusal(office, Password(f"guess{n}", "wrong", ADDRESS)), WrongPassword)

    assert isinstance(await refusal(office, RIGHT), TooManyAttempts)
    assert await refusal(office, Password("ana", GOOD_PASSWORD, "192.0.2.1")) is None


@asvs("6.3.1")
async def test_guesses_sent_at_once_are_counted_like_guesses_one_by_one(office: Office) -> None:
    await office.hire("ana")
    errors = await asyncio.gather(*(refusal(office, WRONG) for _ in range(30)))
    assert sum(isinstance(error, WrongPassword) for error in errors) == PER_LOGIN.burst


async def test_right_sign_ins_use_nothing_up(office: Office) -> None:
    await office.hire("ana")
    for _ in range(3 * PER_LOGIN.burst):
        assert await refusal(office, RIGHT) is None


async def test_being_turned_away_for_lack_of_room_is_no_failure(office: Office) -> None:
    await office.hire("ana")
    full = Passwords(office.passwords.hasher)
    full._waiting = 1_000
    crowded = Office(office.store, office.clock, passwords=full)
    for _ in range(3 * PER_LOGIN.burst):
        assert isinstance(await refusal(crowded, RIGHT), SignInBusy)
    assert await refusal(office, RIGHT) is None


@asvs("11.2.2")
async def test_an_old_hash_is_made_anew_at_sign_in(office: Office) -> None:
    await office.hire("ana")
    today = Office(office.store, office.clock, passwords=Passwords())

    await today.sign_in.sign_in(RIGHT)

    async with office.store.transaction() as tx:
        user = await office.users.by_login(tx, "ana")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert await refusal(today, RIGHT) is None


@asvs("6.2.2", "6.2.3", "7.4.3")
async def test_a_changed_password_ends_every_session(office: Office) -> None:
    user = await office.hire("ana")
    token = await office.session()

    with pytest.raises(WrongPassword):
        await office.sign_in.change_password(user, WRONG, "nine purple owls at noon")
    with pytest.raises(PasswordCommon):
        await office.sign_in.change_password(user, RIGHT, "password1234")
    assert await who(office, token)
    await office.sign_in.change_password(user, RIGHT, "nine purple owls at noon")

    assert await who(office, token) is None
    assert isinstance(await refusal(office, RIGHT), WrongPassword)
    assert await refusal(office, Password("ana", "nine purple owls at noon", ADDRESS)) is None


@asvs("6.2.3", "6.3.1")
async def test_a_session_left_open_is_no_way_to_guess_the_password(office: Office) -> None:
    user = await office.hire("ana")

    async def guess() -> str:
        try:
            await office.sign_in.change_password(user, WRONG, "nine purple owls at noon")
        except SafehandError as error:
            return error.code
        return ""

    codes = [await guess() for _ in range(PER_LOGIN.burst + 1)]
    assert codes == [WrongPassword.code] * PER_LOGIN.burst + [TooManyAttempts.code]


async def test_a_role_that_this_version_does_not_know_permits_nothing(office: Office) -> None:
    await office.hire("ana", Role.CLAIMS)
    token = await office.session()
    async with office.store.transaction() as tx:
        await tx.run("UPDATE users SET roles = '{claims,emperor}'")
    me = await who(office, token)
    assert me is not None
    assert me.roles == {Role.CLAIMS}
    assert [user.roles for user in (await office.staff.staff())[0].rows] == [{Role.CLAIMS}]


@asvs("16.2.1", "16.2.5", "16.3.1")
async def test_the_log_tells_what_happened_and_nothing_that_was_typed(office: Office) -> None:
    with capture_logs() as told:
        token = await office.sign_in.make_setup_link()
        typed = Password("ana", GOOD_PASSWORD, ADDRESS)
        id = await office.sign_in.set_up(NewAdmin(token, typed, "Ana Lehtonen"))
        await refusal(office, RIGHT)
        await refusal(office, WRONG)
        await refusal(office, Password("somebody", "x", ADDRESS))
        await office.sign_in.change_password(id, RIGHT, "nine purple owls at noon")

    assert [(entry["event"], entry.get("principal")) for entry in told] == [
        ("admin_set_up", id),
        ("signed_in", id),
        ("sign_in_refused", id),
        ("sign_in_refused", None),
        ("password_changed", id),
    ]
    assert {field for entry in told for field in entry} == {"event", "log_level", "principal"}


MADE_UP = ["", "x", "a" * 43, "a" * 44, "é" * 43, "../../etc/passwd", "'" * 43]


@asvs("7.2.1")
async def test_made_up_tokens_are_nobody(office: Office) -> None:
    await office.hire("ana")
    await office.session()
    for token in MADE_UP:
        assert await who(office, token) is None


async def test_sessions_that_ran_out_are_cleared_away(office: Office) -> None:
    await office.hire("ana")
    for _ in range(5):
        await office.session()
    office.clock.advance(3 * ABSOLUTE_MS)
    await office.session()
    async with office.store.transaction() as tx:
        assert (await tx.fetch("SELECT count(*) AS n FROM sessions"))[0]["n"] == 1
