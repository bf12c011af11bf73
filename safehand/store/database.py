"""The database: bounded connections, transactions that are acknowledged after their commit, and nothing else.

Core statements, raw SQL and COPY of one Tx share one transaction. SQLAlchemy's engine therefore runs in
AUTOCOMMIT, so that its adapter never sends BEGIN, and Tx holds asyncpg's own transaction.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import asyncpg
import orjson
import structlog
from sqlalchemy import CursorResult, Executable, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from safehand.store.errors import StoreUnavailable
from safehand.store.translation import translated

POOL_MAX = 16  # connections a process may hold
POOL_WAIT_S = 5.0  # then StoreBusy: a queue without an end helps nobody
CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_MS = 15_000
ROLLBACK_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 35.0  # longer than the server's own limit: a server that hangs keeps none
HEALTH_TIMEOUT_S = 4.0
LOCK_WAIT_S = 86_400.0
COPY_ROWS_MAX = 1_000_000
AFTER_COMMIT_MAX = 10_000

type Record = asyncpg.Record
type Isolation = Literal["read_committed", "repeatable_read", "serializable"]

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tx:
    """One transaction. It commits when `Store.transaction()` is left, and is rolled back if that raises."""

    _connection: AsyncConnection
    _driver: Any  # asyncpg's connection, as SQLAlchemy's pool hands it out
    _after: list[Callable[[], None]] = field(default_factory=list)

    async def execute(
        self, statement: Executable, params: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one SQLAlchemy Core statement."""
        return await self._speak(self._connection.execute(statement, params))

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """Run raw SQL with $1-style parameters and return its rows: for hot paths.

        A json or jsonb value is given as its text and comes back as what it says.
        """
        rows: list[Record] = await self._speak(self._driver.fetch(sql, *args))
        return rows

    async def run(self, sql: str, *args: object) -> int:
        """Run raw SQL with $1-style parameters; returns how many rows it touched (0 for what touches none)."""
        status: str = await self._speak(self._driver.execute(sql, *args))
        last = status.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
        """Add many rows by COPY; returns how many. `table` is a name without a schema.

        Errors
            ValueError  more than COPY_ROWS_MAX rows: the caller lacks a limit.
        """
        records = list(rows)
        if len(records) > COPY_ROWS_MAX:
            raise ValueError(f"{len(records)} rows in one COPY, {COPY_ROWS_MAX} at most")
        await self._speak(self._driver.copy_records_to_table(table, records=records, columns=list(columns)))
        return len(records)

    async def lock(self, name: str) -> None:
        """Wait until nobody else holds the lock of that name, and hold it until this transaction ends."""
        await self.fetch("SELECT pg_advisory_xact_lock($1)", lock_number(name))

    async def try_lock(self, name: str) -> bool:
        """Take the lock of that name until this transaction ends; False if another holds it."""
        rows = await self.fetch("SELECT pg_try_advisory_xact_lock($1) AS got", lock_number(name))
        return bool(rows[0]["got"])

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo only what happens inside if it raises; the transaction goes on."""
        inner = self._driver.transaction()
        await self._speak(inner.start())
        try:
            yield
        except BaseException:
            await self._speak(inner.rollback())
            raise
        await self._speak(inner.commit())

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once the commit has returned: for notices. It is not called if the transaction fails."""
        if len(self._after) >= AFTER_COMMIT_MAX:
            raise ValueError(f"more than {AFTER_COMMIT_MAX} callbacks on one transaction")
        self._after.append(callback)

    async def _speak[T](self, question: Awaitable[T]) -> T:
        try:
            return await question
        except Exception as error:
            raise translated(error, closed=self._driver.is_closed()) from error


class Store:
    """The database behind one address. It connects when first asked, and again by itself after an outage."""

    def __init__(
        self, url: str, *, name: str = "safehand", pool_max: int = POOL_MAX, pool_wait_s: float = POOL_WAIT_S
    ) -> None:
        """Remember where the database is.

        Shapes
            url   as libpq reads it: postgresql://user:password@/database?host=/socket/folder
            name  what the server's list of sessions shows.
            pool_max     connections at most.
            pool_wait_s  how long a transaction waits for one of them before it is refused.
        """
        self.url = url
        self._name = name
        self._engine = self._an_engine(pool_max, pool_wait_s)

    def _an_engine(self, pool_max: int, pool_wait_s: float) -> AsyncEngine:
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            isolation_level="AUTOCOMMIT",
            pool_size=pool_max,
            max_overflow=0,
            pool_timeout=pool_wait_s,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
            hide_parameters=True,  # an error must not carry a person's data into a log
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        return engine

    async def _connect(self) -> Any:
        return await driver_session(self.url, self._name, ANSWER_TIMEOUT_S)

    @asynccontextmanager
    async def transaction(
        self, *, isolation: Isolation = "read_committed", readonly: bool = False
    ) -> AsyncIterator[Tx]:
        """One transaction; what is written is certain once this has been left without an error.

        Errors
            StoreUnavailable  the database is gone, full or read-only. If that happened during the commit, it may
                              or may not have been done: whoever asks again must be recognised (a key, a hash).
            StoreBusy         no connection came free, a lock or a statement took too long, or a deadlock.
        """
        after: list[Callable[[], None]] = []
        async with self._checked_out() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None  # noqa: S101 - the pool never hands out an empty one
            try:
                inner = driver.transaction(isolation=isolation, readonly=readonly)
                tx = Tx(connection, driver, after)
                await tx._speak(inner.start())
            except BaseException:
                driver.terminate()
                raise
            try:
                yield tx
            except BaseException:
                await _roll_back(inner, driver)
                raise
            try:
                await tx._speak(inner.commit())
            except BaseException:
                # Whether it happened is unknown; the session must not be used again as if it were clean.
                driver.terminate()
                raise
        _call_all(after)

    @asynccontextmanager
    async def _checked_out(self) -> AsyncIterator[AsyncConnection]:
        connection = self._engine.connect()
        try:
            await connection.start()
        except Exception as error:
            raise _no_connection(error) from error
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        """Hold the lock of that name on a session of its own until left, waiting for it first.

        Yields a question: is it still held? A lost session loses the lock, so its holder asks before
        it does what only one may do.
        """
        async with self._checked_out() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None  # noqa: S101 - the pool never hands out an empty one
            try:
                try:
                    await driver.execute("SET lock_timeout = 0; SET statement_timeout = 0")
                    await driver.fetchval("SELECT pg_advisory_lock($1)", lock_number(name), timeout=LOCK_WAIT_S)
                except Exception as error:
                    raise translated(error, closed=driver.is_closed()) from error

                async def still() -> bool:
                    try:
                        return not driver.is_closed() and await driver.fetchval(
                            "SELECT true", timeout=CONNECT_TIMEOUT_S
                        )
                    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                        return False

                yield still
            finally:
                # The session ends with the lock, whatever state it is in.
                driver.terminate()

    async def healthy(self) -> bool:
        """Whether the database answers now."""
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S), self.transaction(readonly=True) as tx:
                await tx.fetch("SELECT 1")
        except Exception:
            return False
        return True

    async def close(self) -> None:
        """Give every connection back. The store can be used again afterwards."""
        await self._engine.dispose()


def lock_number(name: str) -> int:
    """The advisory lock behind a name: PostgreSQL knows them by number only."""
    return (0x5AFE << 32) | zlib.crc32(name.encode())


async def driver_session(url: str, name: str, answer_timeout_s: float | None = None) -> Any:
    """One session with the database, with our time limits: asyncpg's own connection.

    Shapes
        answer_timeout_s  how long any answer may take; None for what may take hours.
    """
    settings = {
        "application_name": name[:63],
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "timezone": "UTC",
        "jit": "off",  # it costs more than it gains for statements of a millisecond
    }
    return await asyncpg.connect(
        url, timeout=CONNECT_TIMEOUT_S, command_timeout=answer_timeout_s, server_settings=settings
    )


def _refuse_closed(dbapi_connection: Any, _record: object, _proxy: object) -> None:
    """At check-out: a connection whose server went away is replaced, at no cost of a round trip."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError


def _no_connection(error: Exception) -> Exception:
    known = translated(error, closed=True)
    # Whatever else keeps us from connecting (a password, a missing database) is an outage to who asks.
    return known if known is not error else StoreUnavailable(reason=type(error).__name__)


async def _roll_back(inner: Any, driver: Any) -> None:
    try:
        async with asyncio.timeout(ROLLBACK_TIMEOUT_S):
            await inner.rollback()
    except Exception as error:  # the first error is the one to tell; a broken session is thrown away
        log.info("rollback_failed", kind=type(error).__name__)
        driver.terminate()
    except BaseException:
        driver.terminate()
        raise


def _call_all(callbacks: Iterable[Callable[[], None]]) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception as error:
            # The facts are committed: a notice that fails must not look as if they were not.
            log.error("after_commit_failed", kind=type(error).__name__)
