"""Hashing apart answers as hashing here does, gives way, and outlives nobody."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from safehand.identity.errors import SignInBusy
from safehand.identity.hashing import Hasher, HashingApart, HashingEnded
from safehand.identity.hashing_process import NICENESS
from safehand.identity.passwords import Passwords
from tests.servers import wait_for

NICEST = 19
RIGHT = "correct horse, battery – staple 🐎"


def quick() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def apart() -> Iterator[HashingApart]:
    hasher = HashingApart(quick())
    yield hasher
    hasher.close()


@pytest.fixture(params=["here", "apart"])
def hasher(request: pytest.FixtureRequest, apart: HashingApart) -> Hasher:
    return apart if request.param == "apart" else quick()


def children() -> list[int]:
    """The processes that hash for us."""
    ours = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False)
    found = [int(line) for line in ours.stdout.split()]
    return [pid for pid in found if b"hashing_process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_what_was_hashed_is_recognised_and_nothing_else(hasher: Hasher) -> None:
    recorded = hasher.hash(RIGHT)

    assert recorded.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert hasher.verify(recorded, RIGHT)
    assert not hasher.check_needs_rehash(recorded)
    with pytest.raises(VerificationError):
        hasher.verify(recorded, RIGHT + " ")


@pytest.mark.parametrize("recorded", ["", "$argon2id$v=19$m=8", "x" * 2_000, "$2b$12$" + "a" * 53])
def test_what_is_no_hash_is_nobodys(hasher: Hasher, recorded: str) -> None:
    with pytest.raises((VerificationError, InvalidHashError)):
        hasher.verify(recorded, RIGHT)


@pytest.mark.parametrize("password", ["", "\n", '"\\', "a\nb", "\x00", "\u2028", "z" * 5_000])
def test_any_sign_may_be_in_a_password(hasher: Hasher, password: str) -> None:
    assert hasher.verify(hasher.hash(password), password)


def test_what_no_keyboard_can_type_is_refused_before_it_is_asked(hasher: Hasher) -> None:
    with pytest.raises(UnicodeError):
        hasher.hash("\ud800")


def test_it_works_in_one_process_of_its_own_that_gives_way(apart: HashingApart) -> None:
    for _ in range(3):
        apart.hash(RIGHT)

    [child] = children()
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, child) == min(ours + NICENESS, NICEST)
    assert ours < NICEST, "who runs the tests gives way to everybody already: this shows nothing"


def test_two_ask_at_once_and_each_gets_its_own_answer(apart: HashingApart) -> None:
    recorded = [apart.hash(f"{RIGHT}{number}") for number in range(2)]
    with ThreadPoolExecutor(2) as two:
        right = [two.submit(apart.verify, recorded[n % 2], f"{RIGHT}{n % 2}") for n in range(100)]
        assert all(one.result() for one in right)
    assert len(children()) <= 2


def test_one_that_was_ended_meanwhile_is_replaced(apart: HashingApart) -> None:
    recorded = apart.hash(RIGHT)
    [first] = children()
    os.kill(first, signal.SIGKILL)

    assert apart.verify(recorded, RIGHT)
    [second] = children()
    assert second != first


async def test_where_none_can_be_had_whoever_signs_in_is_asked_to_come_again() -> None:
    hasher = HashingApart(quick(), ["false"])
    with pytest.raises(HashingEnded):
        hasher.hash(RIGHT)

    with pytest.raises(SignInBusy):
        await Passwords(hasher).matches(RIGHT, quick().hash(RIGHT))


def test_one_that_says_nothing_is_ended() -> None:
    with pytest.raises(HashingEnded, match="no answer"):
        HashingApart(quick(), ["sleep", "60"], answer_s=0.05).hash(RIGHT)


def test_none_outlives_who_started_it_however_that_ends() -> None:
    asks = (
        "import os, signal; from safehand.identity.hashing import HashingApart; h = HashingApart();"
        " h.hash('x' * 12); print(h._idle.get().pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=False)

    assert said.returncode == -signal.SIGKILL
    wait_for(lambda: not Path(f"/proc/{int(said.stdout)}/cmdline").exists(), 10)
    assert said.stderr == ""
