"""A request that is sent twice is done once and answered twice alike."""

import asyncio

import pytest

from safehand.store.database import Store
from safehand.store.errors import BadKey, OtherRequest, StillRunning
from safehand.store.idempotency import KEPT_MS, Answer, once, sweep
from safehand.store.jobs import Kind, count_jobs, enqueue
from tests.asvs import asvs
from tests.servers import Database

NOW_MS = 1_790_000_000_000
EFFECT = Kind("test.effect")


@pytest.fixture
async def store(database: Database) -> Store:
    return database.store()


async def ask(
    store: Store,
    made: list[str],
    *,
    key: str = "key-1",
    request: bytes = b"POST /v1/shipments {}",
    scope: str = "pty_1",
    now_ms: int = NOW_MS,
    pause_s: float = 0.0,
    fail: bool = False,
) -> Answer:
    """One request, its effect (a job) in the same transaction."""
    async with store.transaction() as tx:

        async def work() -> Answer:
            await enqueue(tx, EFFECT, {}, now_ms=now_ms)
            await asyncio.sleep(pause_s)
            if fail:
                raise ZeroDivisionError
            made.append(key)
            return Answer(201, f'{{"number": {len(made)}}}'.encode())

        return await once(tx, scope=scope, key=key, request=request, now_ms=now_ms, work=work)


async def effects(store: Store) -> int:
    async with store.transaction() as tx:
        return sum((await count_jobs(tx)).values())


async def test_the_second_time_the_first_answer_is_given_and_nothing_is_done(store: Store) -> None:
    made: list[str] = []
    first = await ask(store, made)
    second = await ask(store, made)

    assert (first.status, first.body, first.repeated) == (201, b'{"number": 1}', False)
    assert (second.status, second.body, second.repeated) == (201, b'{"number": 1}', True)
    assert await effects(store) == 1


async def test_the_same_key_for_another_request_is_refused(store: Store) -> None:
    await ask(store, [])
    with pytest.raises(OtherRequest):
        await ask(store, [], request=b"POST /v1/shipments {more}")
    assert await effects(store) == 1


async def test_two_scopes_never_share_a_key(store: Store) -> None:
    made: list[str] = []
    await ask(store, made, scope="pty_1")
    assert not (await ask(store, made, scope="pty_2")).repeated
    assert await effects(store) == 2


@asvs("2.3.4")
async def test_many_at_once_are_done_once_and_all_get_the_one_answer(database: Database) -> None:
    made: list[str] = []
    stores = [database.store() for _ in range(3)]
    answers = await asyncio.gather(*(ask(stores[number % 3], made, pause_s=0.05) for number in range(12)))

    assert {answer.body for answer in answers} == {b'{"number": 1}'}
    assert sum(not answer.repeated for answer in answers) == 1
    assert await effects(stores[0]) == 1


@asvs("2.3.3")
async def test_if_the_first_fails_nothing_is_remembered_and_the_next_is_the_first(database: Database) -> None:
    made: list[str] = []
    store = database.store()
    failing = asyncio.create_task(ask(store, made, pause_s=0.2, fail=True))
    await asyncio.sleep(0.1)
    answer = await ask(database.store(), made)
    with pytest.raises(ZeroDivisionError):
        await failing

    assert not answer.repeated
    assert await effects(store) == 1


async def test_a_duplicate_waits_for_a_while_and_is_then_told_that_the_first_still_runs(database: Database) -> None:
    store = database.store()
    slow = asyncio.create_task(ask(store, [], pause_s=4.0))
    await asyncio.sleep(0.2)
    with pytest.raises(StillRunning):
        await ask(database.store(), [])
    assert (await slow).status == 201


async def test_after_seven_days_a_key_is_new_again_and_the_sweep_forgets_it(store: Store) -> None:
    made: list[str] = []
    await ask(store, made)
    await ask(store, made, key="key-2", now_ms=NOW_MS + 1)
    again = await ask(store, made, request=b"another", now_ms=NOW_MS + KEPT_MS)
    async with store.transaction() as tx:
        forgotten = await sweep(tx, now_ms=NOW_MS + KEPT_MS + 1)

    assert not again.repeated
    assert forgotten == 1  # key-2; key-1 was renewed


@pytest.mark.parametrize("key", ["", "x" * 129, "with space", "säännöt", "line\nfeed", "nul\0"])
async def test_a_key_that_is_no_key_is_refused(store: Store, key: str) -> None:
    with pytest.raises(BadKey):
        await ask(store, [], key=key)
