"""The store: transactions, their acknowledgement, and what happens when the database does not play along."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select, text

from safehand.store.database import Store, lock_number
from safehand.store.embedded import APP
from safehand.store.errors import (
    AlreadyThere,
    BrokenReference,
    RuleBroken,
    StoreBusy,
    StoreUnavailable,
)
from safehand.store.tables import remembered_requests
from tests.asvs import asvs
from tests.servers import Database, Postgres, running_postgres

RAW = "INSERT INTO remembered_requests VALUES ('s', 'k', 'h', NULL, NULL, 1)"
ROW = {"scope": "s", "key": "k", "request_hash": b"h", "expires_ms": 1}


@pytest.fixture
async def store(database: Database) -> Store:
    return database.store()


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server that a test may stop and kill."""
    with running_postgres() as server:
        yield server


async def run(store: Store, *statements: str) -> None:
    """Raw statements, all in one transaction."""
    async with store.transaction() as tx:
        for statement in statements:
            await tx.run(statement)


async def count(store: Store) -> int:
    async with store.transaction() as tx:
        return int((await tx.fetch("SELECT count(*) FROM remembered_requests"))[0][0])


async def test_core_statements_raw_sql_and_copy_share_one_transaction(store: Store) -> None:
    seen: list[int] = []

    async def three_rows_and_a_mistake() -> None:
        async with store.transaction() as tx:
            await tx.execute(insert(remembered_requests).values(ROW))
            await tx.run(RAW.replace("'k'", "'raw'"))
            await tx.copy("remembered_requests", list(ROW), [("s", "copied", b"h", 1)])
            seen.append((await tx.execute(select(text("count(*) FROM remembered_requests")))).scalar_one())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await three_rows_and_a_mistake()
    assert seen == [3]
    assert await count(store) == 0


async def test_what_is_committed_is_there_for_another_session(database: Database) -> None:
    async with database.store().transaction() as tx:
        touched = await tx.run(RAW)

    assert touched == 1
    assert await count(database.store()) == 1


async def test_callbacks_are_called_after_the_commit_and_not_after_a_rollback(store: Store) -> None:
    called: list[str] = []

    async def fail() -> None:
        async with store.transaction() as tx:
            tx.after_commit(lambda: called.append("never"))
            await tx.run(RAW)
            await tx.run(RAW)

    with pytest.raises(AlreadyThere):
        await fail()
    async with store.transaction() as tx:
        tx.after_commit(lambda: called.append("done"))
        assert called == []

    assert called == ["done"]


async def test_a_callback_that_fails_does_not_undo_the_acknowledgement(store: Store) -> None:
    called: list[str] = []

    def broken() -> None:
        raise RuntimeError("the notice could not be sent")

    async with store.transaction() as tx:
        tx.after_commit(broken)
        tx.after_commit(lambda: called.append("second"))

    assert called == ["second"]


async def test_a_savepoint_undoes_only_what_happened_inside(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.execute(insert(remembered_requests).values(ROW))
        with pytest.raises(AlreadyThere):
            async with tx.savepoint():
                await tx.execute(insert(remembered_requests).values(ROW))
        await tx.execute(insert(remembered_requests).values({**ROW, "key": "after"}))

    assert await count(store) == 2


async def test_a_broken_uniqueness_is_named_alike_from_core_raw_sql_and_copy(store: Store) -> None:
    await run(store, RAW)

    async def add(way: str) -> None:
        async with store.transaction() as tx:
            if way == "core":
                await tx.execute(insert(remembered_requests).values(ROW))
            elif way == "raw":
                await tx.run(RAW)
            else:
                await tx.copy("remembered_requests", list(ROW), [tuple(ROW.values())])

    for way in ("core", "raw", "copy"):
        with pytest.raises(AlreadyThere) as refused:
            await add(way)
        assert refused.value.params == {"constraint": "remembered_requests_pk"}


async def test_rules_of_a_table_and_missing_references_are_named(database: Database) -> None:
    owner = database.store(database.owner_url)
    await run(
        owner,
        "CREATE TABLE a (id int PRIMARY KEY CONSTRAINT small CHECK (id < 9))",
        "CREATE TABLE b (a int NOT NULL CONSTRAINT to_a REFERENCES a)",
    )
    for sql, refusal, name in [
        ("INSERT INTO a VALUES (10)", RuleBroken, "small"),
        ("INSERT INTO b VALUES (NULL)", RuleBroken, "a"),
        ("INSERT INTO b VALUES (1)", BrokenReference, "to_a"),
    ]:
        with pytest.raises(refusal) as refused:
            await run(owner, sql)
        assert refused.value.params["constraint"] == name


@asvs("13.2.2")
async def test_the_applications_role_can_neither_make_nor_alter_tables(store: Store) -> None:
    for sql in (
        "CREATE TABLE mine (id int)",
        "ALTER TABLE jobs ADD COLUMN mine int",
        "DROP TABLE jobs",
        "CREATE SCHEMA mine",
        "CREATE TEMP TABLE mine (id int)",
        "UPDATE alembic_version SET version_num = ''",
        "ALTER ROLE safehand_app SUPERUSER",
        "SET ROLE safehand_owner",
        "COPY jobs TO PROGRAM 'true'",
    ):
        with pytest.raises(Exception, match=r"permission denied|must be owner|Only roles with"):
            await run(store, sql)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("53100", StoreUnavailable),  # disk full
        ("53200", StoreUnavailable),  # out of memory
        ("53300", StoreUnavailable),  # too many connections
        ("57P01", StoreUnavailable),  # shut down by an administrator
        ("57P03", StoreUnavailable),  # starting
        ("58030", StoreUnavailable),  # input or output error
        ("25006", StoreUnavailable),  # read-only
        ("08006", StoreUnavailable),  # connection failure
        ("40001", StoreBusy),  # serialization failure
        ("40P01", StoreBusy),  # deadlock
    ],
)
async def test_what_the_server_cannot_do_now_is_a_refusal_to_try_again(
    store: Store, state: str, refusal: type[StoreUnavailable | StoreBusy]
) -> None:
    with pytest.raises(refusal) as refused:
        await run(store, RAW, f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")

    assert (refused.value.status, refused.value.params) == (503, {"reason": state})
    assert refused.value.retry_after_s
    assert await count(store) == 0


async def test_a_deadlock_refuses_one_and_lets_the_other_go_on(database: Database) -> None:
    both_have_one = asyncio.Barrier(2)

    async def two_locks(store: Store, first: int, second: int) -> None:
        async with store.transaction() as tx:
            await tx.fetch("SELECT pg_advisory_xact_lock($1)", first)
            await both_have_one.wait()
            await tx.fetch("SELECT pg_advisory_xact_lock($1)", second)

    store = database.store()
    ended = await asyncio.gather(two_locks(store, 1, 2), two_locks(store, 2, 1), return_exceptions=True)

    assert sorted(type(end).__name__ for end in ended) == ["NoneType", "StoreBusy"]


async def test_a_mistake_of_the_program_is_not_taken_for_an_outage(store: Store) -> None:
    with pytest.raises(Exception, match="does not exist") as wrong:
        await run(store, "SELECT * FROM no_such_table")
    assert not isinstance(wrong.value, StoreUnavailable | StoreBusy)


async def test_a_lock_that_is_not_granted_in_time_is_busy_and_the_store_goes_on(store: Store) -> None:
    async with store.transaction() as holder:
        await holder.lock("the one")
        with pytest.raises(StoreBusy):
            await run(store, "SET LOCAL lock_timeout = 50", f"SELECT pg_advisory_xact_lock({lock_number('the one')})")
        async with store.transaction() as tx:
            assert not await tx.try_lock("the one")
            assert await tx.try_lock("another")
    async with store.transaction() as tx:
        assert await tx.try_lock("the one")


async def test_a_statement_without_end_is_ended(store: Store) -> None:
    with pytest.raises(StoreBusy):
        await run(store, "SET LOCAL statement_timeout = 50", "SELECT pg_sleep(60)")
    assert await store.healthy()


async def test_a_full_pool_makes_others_wait_and_then_says_busy(database: Database) -> None:
    narrow = database.store(pool_max=1, pool_wait_s=0.1)
    async with narrow.transaction():
        with pytest.raises(StoreBusy):
            async with narrow.transaction():
                pass
    assert await narrow.healthy()


async def test_only_one_holds_a_named_lock_and_it_is_free_when_the_holder_leaves(database: Database) -> None:
    store = database.store()
    order: list[str] = []

    async def second() -> None:
        async with store.holding("sequencer"):
            order.append("second")

    async with store.holding("sequencer") as still:
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.2)
        assert await still()
        order.append("first")
    await waiting

    assert order == ["first", "second"]


async def test_a_holder_whose_session_was_ended_knows_that_it_holds_nothing(database: Database) -> None:
    store = database.store()
    async with store.holding("sequencer") as still:
        assert await still()
        database.server_ends_sessions()
        assert not await still()


@asvs("2.3.3")
async def test_a_cancelled_transaction_is_rolled_back_and_its_connection_is_usable(database: Database) -> None:
    narrow = database.store(pool_max=1)

    async def slow() -> None:
        async with narrow.transaction() as tx:
            await tx.execute(insert(remembered_requests).values(ROW))
            await tx.run("SELECT pg_sleep(60)")

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await count(narrow) == 0


async def test_an_ended_session_is_a_refusal_once_and_then_replaced(database: Database) -> None:
    store = database.store(pool_max=2)

    async def ended_inside() -> None:
        async with store.transaction() as tx:
            database.server_ends_sessions()
            await tx.run("SELECT 1")

    with pytest.raises(StoreUnavailable):
        await ended_inside()
    for _ in range(4):
        assert await count(store) == 0


async def test_a_read_only_database_is_unavailable(database: Database) -> None:
    database.server.administer(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    with pytest.raises(StoreUnavailable):
        async with database.store().transaction() as tx:
            await tx.execute(insert(remembered_requests).values(ROW))


async def test_too_many_connections_is_unavailable(database: Database) -> None:
    database.server.administer(f"ALTER DATABASE {database.name} CONNECTION LIMIT 1")
    async with database.store().transaction():
        with pytest.raises(StoreUnavailable):
            async with database.store().transaction():
                pass


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_store_comes_back_by_itself_after_the_server_does(own_server: Postgres, end: str) -> None:
    async def story() -> None:
        store = Store(own_server.url(APP, "safehand"))
        assert await store.healthy()
        await asyncio.to_thread(own_server.stop if end == "stop" else own_server.kill)
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                async with store.transaction() as tx:
                    await tx.fetch("SELECT 1")
        own_server.start()  # on this thread: it is what the server is leashed to
        for _ in range(20):
            assert await store.healthy()
        await store.close()

    asyncio.run(story())


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    store = Store("postgresql://nobody:x@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable):
        async with store.transaction():
            pass
    assert not await store.healthy()


async def test_an_address_with_a_wrong_password_is_unavailable_and_does_not_tell_it(database: Database) -> None:
    wrong = database.app_url.replace("@/", "-wrong@/")
    with pytest.raises(StoreUnavailable) as refused:
        async with database.store(wrong).transaction():
            pass
    assert "wrong" not in str(refused.value)
