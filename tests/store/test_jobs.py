"""The queue: promised with the fact, run by one at a time, tried again, dead in plain sight."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from safehand.kernel.clock import HandClock, SystemClock
from safehand.store.database import Store
from safehand.store.errors import AlreadyThere, JobTooLarge, LeaseLost, NoSuchJob
from safehand.store.jobs import (
    BACKOFF_MAX_MS,
    WORKER_DIED,
    Job,
    Kind,
    backoff_ms,
    claim,
    count_jobs,
    enqueue,
    list_jobs,
    rerun,
)
from safehand.store.worker import Handler, Worker
from tests.servers import Database

MAIL = Kind("test.mail", attempts_max=3, lease_ms=1_000)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def store(database: Database) -> Store:
    return database.store()


async def promise(store: Store, clock: HandClock | SystemClock, count: int = 1, unique_key: str | None = None) -> None:
    """Enqueue jobs that carry their number."""
    async with store.transaction() as tx:
        for number in range(count):
            await enqueue(tx, MAIL, {"number": number}, now_ms=clock.now_ms(), unique_key=unique_key)


def a_worker(store: Store, clock: HandClock | SystemClock, handler: Handler, kind: Kind = MAIL) -> Worker:
    return Worker(store, clock, {kind: handler}, jitter=lambda: 1.0)


async def the_jobs(store: Store) -> list[Job]:
    async with store.transaction() as tx:
        return await list_jobs(tx)


async def until(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not question():  # noqa: ASYNC110 - what is waited for happens in a worker, which has no event for it
            await asyncio.sleep(0.01)


async def test_a_job_is_promised_with_its_transaction_or_not_at_all(store: Store, clock: HandClock) -> None:
    async def change_of_mind() -> None:
        async with store.transaction() as tx:
            await enqueue(tx, MAIL, {}, now_ms=clock.now_ms())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_of_mind()

    assert await the_jobs(store) == []


async def test_a_job_that_is_done_is_gone(store: Store, clock: HandClock) -> None:
    seen: list[object] = []

    async def handler(job: Job) -> None:
        seen.append(job.payload["number"])

    await promise(store, clock, 20)
    assert await a_worker(store, clock, handler).run_due() == 20

    assert sorted(map(str, seen)) == sorted(map(str, range(20)))
    assert await the_jobs(store) == []


async def test_a_job_waits_until_it_is_due(store: Store, clock: HandClock) -> None:
    async def handler(job: Job) -> None:
        return

    async with store.transaction() as tx:
        await enqueue(tx, MAIL, {}, now_ms=clock.now_ms(), due_ms=clock.now_ms() + 5_000)
    worker = a_worker(store, clock, handler)

    assert await worker.run_due() == 0
    clock.advance(5_000)
    assert await worker.run_due() == 1


async def test_a_failing_job_is_tried_later_and_later_and_then_is_dead_and_says_why(
    store: Store, clock: HandClock
) -> None:
    tried_ms: list[int] = []

    async def handler(job: Job) -> None:
        tried_ms.append(clock.now_ms())
        raise ValueError("Ana Virtanen, Mannerheimintie 1")

    await promise(store, clock)
    worker = a_worker(store, clock, handler)
    for _ in range(100):
        await worker.run_due()
        clock.advance(100)

    (job,) = await the_jobs(store)
    assert [later - earlier for earlier, later in pairwise(tried_ms)] == [1_000, 2_000]
    assert (job.state, job.attempts) == ("dead", 3)
    assert job.failure is not None
    assert job.failure.startswith("ValueError at test_jobs.py:")
    assert "Ana" not in job.failure


async def test_a_dead_job_is_counted_and_can_be_run_again(store: Store, clock: HandClock) -> None:
    ready = False

    async def handler(job: Job) -> None:
        if not ready:
            raise ValueError

    await promise(store, clock)
    worker = a_worker(store, clock, handler)
    for _ in range(3):
        await worker.run_due()
        clock.advance(10_000)
    async with store.transaction() as tx:
        assert await count_jobs(tx) == {("test.mail", "dead"): 1}
        (dead,) = await list_jobs(tx, state="dead")
        assert await list_jobs(tx, state="waiting") == []
        await rerun(tx, dead.id, now_ms=clock.now_ms())

    ready = True
    assert await worker.run_due() == 1
    assert await the_jobs(store) == []


async def test_only_a_dead_job_can_be_run_again(store: Store, clock: HandClock) -> None:
    await promise(store, clock)
    (waiting,) = await the_jobs(store)
    for id in (waiting.id, "job_none", "' OR true --"):
        with pytest.raises(NoSuchJob):
            async with store.transaction() as tx:
                await rerun(tx, id, now_ms=clock.now_ms())


async def test_two_workers_never_run_one_job_at_the_same_time(database: Database) -> None:
    clock = SystemClock()
    running: set[str] = set()
    ran: list[str] = []

    async def handler(job: Job) -> None:
        assert job.id not in running
        running.add(job.id)
        await asyncio.sleep(0.002)
        running.discard(job.id)
        ran.append(job.id)

    await promise(database.store(), clock, 200)
    workers = [a_worker(database.store(), clock, handler) for _ in range(4)]
    await asyncio.gather(*(worker.run_due() for worker in workers))

    assert len(ran) == len(set(ran)) == 200


async def test_the_job_of_a_worker_that_died_is_run_by_another_after_its_lease(store: Store, clock: HandClock) -> None:
    ran: list[int] = []

    async def handler(job: Job) -> None:
        ran.append(job.attempts)

    await promise(store, clock)
    async with store.transaction() as tx:  # a worker takes it, and is never heard of again
        (taken,) = await claim(tx, [MAIL], now_ms=clock.now_ms(), limit=8)
    worker = a_worker(store, clock, handler)
    clock.advance(MAIL.lease_ms - 1)
    assert await worker.run_due() == 0
    clock.advance(1)
    assert await worker.run_due() == 1

    assert ran == [2]
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await taken.finish(tx)


async def test_a_job_that_kills_its_workers_is_dead_after_its_last_attempt(store: Store, clock: HandClock) -> None:
    await promise(store, clock)
    for _ in range(MAIL.attempts_max):
        async with store.transaction() as tx:
            assert len(await claim(tx, [MAIL], now_ms=clock.now_ms(), limit=8)) == 1
        clock.advance(MAIL.lease_ms)
    async with store.transaction() as tx:
        assert await claim(tx, [MAIL], now_ms=clock.now_ms(), limit=8) == []

    (job,) = await the_jobs(store)
    assert (job.state, job.failure) == ("dead", WORKER_DIED)


async def test_effects_in_the_jobs_own_transaction_count_once_even_if_it_runs_twice(
    store: Store, clock: HandClock
) -> None:
    async with store.transaction() as tx:
        await tx.run("INSERT INTO remembered_requests VALUES ('s', 'counter', 'h', 0, NULL, 1)")

    async def count_up(job: Job) -> None:
        async with store.transaction() as tx:
            await tx.run("UPDATE remembered_requests SET status = status + 1")
            await job.finish(tx)

    await promise(store, clock)
    async with store.transaction() as tx:
        (slow,) = await claim(tx, [MAIL], now_ms=clock.now_ms(), limit=1)
    clock.advance(MAIL.lease_ms)
    assert await a_worker(store, clock, count_up).run_due() == 1
    with pytest.raises(LeaseLost):  # the slow one comes back and is too late
        await count_up(slow)

    async with store.transaction() as tx:
        assert (await tx.fetch("SELECT status FROM remembered_requests"))[0]["status"] == 1


async def test_a_long_job_keeps_its_lease_while_it_runs(database: Database) -> None:
    clock = SystemClock()
    quick = Kind("test.long", lease_ms=300)
    ran: list[int] = []

    async def handler(job: Job) -> None:
        ran.append(job.attempts)
        await asyncio.sleep(1.2)

    store = database.store()
    async with store.transaction() as tx:
        await enqueue(tx, quick, {}, now_ms=clock.now_ms())
    stop = asyncio.Event()
    workers = [a_worker(database.store(), clock, handler, quick) for _ in range(2)]
    running = [asyncio.create_task(worker.run(stop)) for worker in workers]
    await asyncio.sleep(1.6)
    stop.set()
    await asyncio.gather(*running)

    assert ran == [1]
    assert await the_jobs(store) == []


async def test_a_job_whose_lease_cannot_be_renewed_is_stopped_before_another_gets_it(
    store: Store, clock: HandClock
) -> None:
    quick = Kind("test.robbed", lease_ms=300)
    stopped: list[str] = []

    async def handler(job: Job) -> None:
        async with store.transaction() as tx:  # as if another had taken it
            await tx.run("UPDATE jobs SET lease = 'theirs' WHERE id = $1", job.id)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            stopped.append(job.id)
            raise

    async with store.transaction() as tx:
        await enqueue(tx, quick, {}, now_ms=clock.now_ms())
    await a_worker(store, clock, handler, quick).run_due()

    (job,) = await the_jobs(store)
    assert stopped == [job.id]
    assert job.lease == "theirs"


async def test_a_running_worker_finds_new_jobs_and_finishes_what_it_runs_when_stopped(database: Database) -> None:
    clock = SystemClock()
    started: list[str] = []
    ended: list[str] = []

    async def handler(job: Job) -> None:
        started.append(job.id)
        await asyncio.sleep(0.2)
        ended.append(job.id)

    store = database.store()
    stop = asyncio.Event()
    worker = a_worker(store, clock, handler)
    running = asyncio.create_task(worker.run(stop))
    await asyncio.sleep(0.1)
    await promise(store, clock, 3)
    worker.wake()
    await until(lambda: len(started) == 3)
    stop.set()
    await running

    assert len(ended) == 3


async def test_a_worker_lives_through_an_outage(database: Database) -> None:
    clock = SystemClock()
    ran: list[str] = []

    async def handler(job: Job) -> None:
        ran.append(job.id)

    store = database.store()
    stop = asyncio.Event()
    running = asyncio.create_task(a_worker(store, clock, handler).run(stop))
    await asyncio.sleep(0.1)
    database.server_ends_sessions()
    await promise(database.store(), clock)
    await until(lambda: len(ran) == 1)
    stop.set()
    await running


async def test_a_unique_job_waits_once_and_may_come_again_afterwards(store: Store, clock: HandClock) -> None:
    async def handler(job: Job) -> None:
        return

    await promise(store, clock, 5, unique_key="daily")
    assert len(await the_jobs(store)) == 1
    assert await a_worker(store, clock, handler).run_due() == 1
    await promise(store, clock, 5, unique_key="daily")
    assert len(await the_jobs(store)) == 1


async def test_a_dead_unique_job_does_not_stand_in_the_way_but_cannot_come_back_beside_a_living_one(
    store: Store, clock: HandClock
) -> None:
    async def handler(job: Job) -> None:
        raise ValueError

    await promise(store, clock, unique_key="daily")
    worker = a_worker(store, clock, handler)
    for _ in range(3):
        await worker.run_due()
        clock.advance(10_000)
    await promise(store, clock, unique_key="daily")
    dead, _ = await the_jobs(store)
    assert dead.state == "dead"
    with pytest.raises(AlreadyThere):
        async with store.transaction() as tx:
            await rerun(tx, dead.id, now_ms=clock.now_ms())


async def test_a_job_of_a_kind_that_this_worker_does_not_know_is_left_alone(store: Store, clock: HandClock) -> None:
    async def handler(job: Job) -> None:
        return

    async with store.transaction() as tx:
        await enqueue(tx, Kind("test.newer"), {}, now_ms=clock.now_ms())
    assert await a_worker(store, clock, handler).run_due() == 0
    assert [job.state for job in await the_jobs(store)] == ["waiting"]


async def test_a_payload_beyond_its_limit_is_refused(store: Store, clock: HandClock) -> None:
    with pytest.raises(JobTooLarge):
        async with store.transaction() as tx:
            await enqueue(tx, MAIL, {"text": "x" * 16_384}, now_ms=clock.now_ms())


def test_the_wait_between_attempts_doubles_up_to_an_hour_and_is_spread() -> None:
    assert [backoff_ms(attempt, 1.0) for attempt in (1, 2, 3)] == [1_000, 2_000, 4_000]
    assert backoff_ms(1_000_000, 1.0) == BACKOFF_MAX_MS
    assert backoff_ms(3, 0.0) == 2_000
