"""Passwords: which are accepted, and what checking them may cost."""

import asyncio
import threading
from importlib.resources import files
from itertools import pairwise

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from safehand.identity.errors import PasswordCommon, PasswordTooLong, PasswordTooShort, SignInBusy
from safehand.identity.passwords import (
    HASHING_AT_ONCE,
    PASSWORD_CHARS_MAX,
    WAITING_MAX,
    Passwords,
    check_new_password,
)
from tests.asvs import asvs
from tests.identity.office import GOOD_PASSWORD
from tests.rooms import quick_passwords


class WatchedHasher(PasswordHasher):
    """The real hasher; it notes how much work it did, and can be held up."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0
        self.working = 0
        self.most_at_once = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        with self._lock:
            self.verified += 1
            self.working += 1
            self.most_at_once = max(self.most_at_once, self.working)
        self.go_on.wait(10)
        try:
            return super().verify(hash, password)
        finally:
            with self._lock:
                self.working -= 1


@asvs("6.2.5", "6.2.9")
@pytest.mark.parametrize(
    "password",
    [
        GOOD_PASSWORD,
        "k8#Vq2!mZ0@x",
        "äiti söi pöydän",
        "密码密碼パスワード비밀번호",
        "a" * 5 + "bcdefgh",
        "x1" * 50 + "end",
        "🦊 hopped over ana's fence",
        "y" * 40 + "z" * (PASSWORD_CHARS_MAX - 40),
    ],
)
def test_long_and_unusual_passwords_are_accepted(password: str) -> None:
    check_new_password(password, "ana")
    assert len(password) >= 12


@asvs("6.2.1")
@pytest.mark.parametrize("password", ["", "short", "elevenchars", "ﬃﬃﬃ", " " * 11])
def test_short_ones_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooShort):
        check_new_password(password, "ana")


@pytest.mark.parametrize("password", ["x" * 128 + "y" * 129, "ﷺ" * 250])
def test_endless_ones_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooLong):
        check_new_password(password, "ana")


@asvs("6.2.4", "6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "PassWord1234",
        "ｐａｓｓｗｏｒｄ1234",  # full-width letters are the same letters
        "salasana1234",
        "correct horse battery staple",
        "qwertyuiop123",
        "zzzzzzzzzzzzzz",
        "abababababababa",
        "abcdabcdabcd",
        "            ",
        "anaanaanaana1",
        "ana.lehtonen",
        "ANA.LEHTONEN1",
    ],
)
def test_those_guessed_first_are_refused(password: str) -> None:
    with pytest.raises(PasswordCommon):
        check_new_password(password, "ana" if password.startswith("anaana") else "ana.lehtonen")


@asvs("6.2.4")
def test_the_listed_ones_and_whatever_is_made_of_them_are_refused() -> None:
    """Far more than the 3,000 commonest of our length: a list of those, and what people make of shorter ones."""
    folder = files("safehand.identity")
    listed, parts = (
        [line for line in (folder / name).read_text("utf-8").splitlines() if not line.startswith("#")]
        for name in ("common_passwords.txt", "common_parts.txt")
    )
    made = [part + "1234567"[: max(0, 12 - len(part))] for part in parts if len(part) >= 8]
    made += [first + second for first, second in pairwise(parts) if len(first + second) >= 12]

    assert (len(listed) > 600, len(parts), len(made) > 3_000) == (True, 10_000, True)
    for password in (*listed, *made):
        with pytest.raises(PasswordCommon):
            check_new_password(password, "ana")


@pytest.mark.parametrize(
    "password", ["mustang horses run", "no dragons before breakfast", "monkey-wrench & baseball bat"]
)
def test_a_sentence_may_hold_common_words(password: str) -> None:
    check_new_password(password, "ana")
    assert len(password) > 12


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=4), st.integers(12, 60))
def test_no_short_unit_repeated_is_accepted(unit: str, length: int) -> None:
    with pytest.raises(PasswordCommon):
        check_new_password((unit * length)[:length], "")


@asvs("6.2.8")
async def test_a_password_is_checked_as_it_was_typed() -> None:
    passwords = quick_passwords()
    typed = " Seven Herons, at 73 places: " + "x" * (PASSWORD_CHARS_MAX - 30)
    recorded = await passwords.hash(typed)

    assert await passwords.matches(typed, recorded)
    for other in (typed.lower(), typed.strip(), typed[:-1], typed[:72], typed + "y", typed.swapcase()):
        assert not await passwords.matches(other, recorded), other


async def test_a_password_matches_itself_however_its_accents_were_typed() -> None:
    passwords = quick_passwords()
    recorded = await passwords.hash("pöydän jalka nro 4")

    assert recorded.startswith("$argon2id$")
    assert await passwords.matches("pöydän jalka nro 4", recorded)
    assert await passwords.matches("po\u0308yda\u0308n jalka nro 4", recorded)
    assert not await passwords.matches("pöydän jalka nro 5", recorded)
    assert not await passwords.matches("", recorded)
    assert not await passwords.matches("x" * 100_000, recorded)
    assert not await passwords.matches("\ud800", recorded)
    assert not await passwords.matches("x", "not a hash")


async def test_the_same_password_is_never_hashed_to_the_same() -> None:
    passwords = quick_passwords()
    assert await passwords.hash(GOOD_PASSWORD) != await passwords.hash(GOOD_PASSWORD)


@asvs("11.4.2")
async def test_the_settings_are_those_of_the_rfc() -> None:
    recorded = await Passwords().hash(GOOD_PASSWORD)
    assert recorded.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert not Passwords().outdated(recorded)
    assert Passwords().outdated(await quick_passwords().hash(GOOD_PASSWORD))


async def test_an_unknown_login_costs_the_same_work_as_a_wrong_password() -> None:
    hasher = WatchedHasher()
    passwords = Passwords(hasher)
    recorded = await passwords.hash(GOOD_PASSWORD)
    work = []
    for known in (recorded, None, recorded, None):
        before = hasher.verified
        assert not await passwords.matches("wrong wrong wrong", known)
        work.append(hasher.verified - before)
    assert work == [1, 1, 1, 1]
    assert not await passwords.matches("nobody has this password", None)  # the stand-in opens no door


@asvs("2.4.1", "15.2.2")
async def test_only_a_few_are_hashed_at_once_and_a_storm_is_turned_away() -> None:
    hasher = WatchedHasher()
    passwords = Passwords(hasher)
    recorded = await passwords.hash(GOOD_PASSWORD)
    await passwords.matches("x", recorded)
    hasher.go_on.clear()
    storm = [asyncio.create_task(passwords.matches(GOOD_PASSWORD, recorded)) for _ in range(100)]
    await asyncio.sleep(0.2)

    turned_away = [task for task in storm if task.done()]
    assert len(turned_away) == 100 - HASHING_AT_ONCE - WAITING_MAX
    assert all(isinstance(task.exception(), SignInBusy) for task in turned_away)
    hasher.go_on.set()
    assert all([await task for task in storm if task not in turned_away])
    assert hasher.most_at_once == HASHING_AT_ONCE


async def test_clients_that_hang_up_do_not_free_a_slot_while_its_work_goes_on() -> None:
    hasher = WatchedHasher()
    passwords = Passwords(hasher)
    recorded = await passwords.hash(GOOD_PASSWORD)
    await passwords.matches("x", recorded)
    hasher.go_on.clear()
    for _ in range(6):
        task = asyncio.create_task(passwords.matches(GOOD_PASSWORD, recorded))
        await asyncio.sleep(0.02)
        task.cancel()
    await asyncio.sleep(0.1)
    assert hasher.working == HASHING_AT_ONCE

    hasher.go_on.set()
    assert await passwords.matches(GOOD_PASSWORD, recorded)
    assert hasher.most_at_once == HASHING_AT_ONCE
