"""What a running server is asked while it is copied: to keep its WAL, and what it is.

Source
    PostgreSQL 18, chapter 26.2.6 (replication slots).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from safehand.store.copying import ARCHIVE_SLOT
from safehand.store.database import CONNECT_TIMEOUT_S, Store
from safehand.store.embedded import APP, DATABASE, SUPERUSER, address

COPY_SLOT = "safehand_copy"
RECEIVED_TRIES, RECEIVED_EVERY_S = 30, 0.1


_WRITTEN = """
    SELECT coalesce(bool_or(write_lsn >= $1::text::pg_lsn), false) AS written FROM pg_stat_replication
    WHERE application_name = 'pg_receivewal'
"""


@dataclass(frozen=True, slots=True)
class Server:
    """What a server is, as a backup records it."""

    system: int
    major: int
    schema: str


async def keep_archive_slot(folder: Path, wanted: bool) -> None:
    """Make the archive's slot, or let go of it: a slot that nobody reads fills the disk.

    The application's role may then see how far it is read, which only the superuser sees otherwise.
    """
    session = await _superuser(folder, "postgres")
    try:
        rows = await session.fetch("SELECT active FROM pg_replication_slots WHERE slot_name = $1", ARCHIVE_SLOT)
        if wanted and not rows:
            await session.fetch("SELECT pg_create_physical_replication_slot($1, true)", ARCHIVE_SLOT)
        if wanted:
            await session.fetch(f"GRANT pg_read_all_stats TO {APP}")
        elif rows and not rows[0]["active"]:
            await session.fetch("SELECT pg_drop_replication_slot($1)", ARCHIVE_SLOT)
    finally:
        await session.close()


@asynccontextmanager
async def copying(folder: Path) -> AsyncIterator[Server]:
    """While a base backup is made: WAL is kept for it, and what the server is."""
    session = await _superuser(folder, DATABASE)
    try:
        await session.fetch("SELECT pg_create_physical_replication_slot($1, true, true)", COPY_SLOT)
        yield await _asked(session)
    finally:
        await session.close()


async def received(store: Store) -> bool:
    """Wait until the archive's receiver has written down all WAL that is flushed now; False if it does not in time."""
    flushed = (await _row(store, "SELECT pg_current_wal_flush_lsn()::text AS lsn"))["lsn"]
    for _ in range(RECEIVED_TRIES):
        if (await _row(store, _WRITTEN, flushed))["written"]:
            return True
        await asyncio.sleep(RECEIVED_EVERY_S)
    return False


async def system_of(store: Store) -> int:
    """The number that a cluster has had since it was made."""
    return int((await _row(store, "SELECT system_identifier AS system FROM pg_control_system()"))["system"])


async def _row(store: Store, sql: str, *args: object) -> Any:
    async with store.transaction(readonly=True) as tx:
        [row] = await tx.fetch(sql, *args)
    return row


async def describe(folder: Path) -> Server:
    """What the running server under `folder` is."""
    session = await _superuser(folder, DATABASE)
    try:
        return await _asked(session)
    finally:
        await session.close()


async def _asked(session: Any) -> Server:
    row = await session.fetchrow(
        "SELECT system_identifier, current_setting('server_version_num')::int / 10000 AS major,"
        " (SELECT version_num FROM alembic_version) AS schema FROM pg_control_system()"
    )
    return Server(int(row["system_identifier"]), int(row["major"]), str(row["schema"]))


async def _superuser(folder: Path, database: str) -> Any:
    return await asyncpg.connect(address(folder, SUPERUSER, database), timeout=CONNECT_TIMEOUT_S)
