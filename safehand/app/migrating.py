"""Migrations: the database's tables are brought to what this version needs, once, however many start together."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from safehand.app.schema_versions import (
    SchemaNewer,
    floor_of,
    migration_texts,
    newest_revision,
    raise_floor,
    recorded,
    refuse_if_needed_by_older,
)
from safehand.app.telling import tell
from safehand.kernel.errors import SafehandError
from safehand.store.database import Store, driver_session
from safehand.store.embedded import OWNER, address
from safehand.store.provision import provision
from safehand.store.replication import keep_archive_slot

LOCK = "safehand.migrations"
OWNER_URL, BACKUP_FOLDER = "SAFEHAND_DATABASE_OWNER_URL", "SAFEHAND_BACKUP_FOLDER"
DONE, FAILED = 0, 1
HEAD = "head"


@dataclass(frozen=True, slots=True)
class Migrated:
    """From which revision to which a database was brought; None is an empty one."""

    before: str | None
    after: str | None


async def migrate(owner_url: str, to: str = HEAD) -> Migrated:
    """Apply every migration that the database lacks, under a lock, each in its own transaction.

    `to` stops at an earlier revision: for who looks at what an upgrade does.

    A database that a newer version has migrated is left as it is, where it says that it still serves this one.

    Errors
        StoreUnavailable   the database cannot be reached.
        SchemaNewer        the database was migrated beyond what this version can serve.
        OlderAppConnected  a migration takes away what an app that is connected still needs.
    """
    store = Store(owner_url, name="safehand migrations", pool_max=2)
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: driver_session(owner_url, "safehand migrations"),
        poolclass=NullPool,
    )
    try:
        async with store.holding(LOCK), engine.connect() as connection:
            floor = await _floor_after(store)
            if floor is None:
                return await _as_it_is(store)
            await connection.execute(text("SET statement_timeout = 0"))  # an index on a large table takes its time
            await connection.commit()
            migrated = await connection.run_sync(partial(_upgrade, to=to))
            await connection.commit()
            async with store.transaction() as tx:
                if to == HEAD:
                    await raise_floor(tx, floor)
            return migrated
    finally:
        await engine.dispose()
        await store.close()


async def migrate_ours(folder: Path) -> Migrated:
    """Make roles and database of our own PostgreSQL under `folder` if they are missing, then migrate it."""
    await provision(folder)
    await keep_archive_slot(folder, wanted=bool(os.environ.get(BACKUP_FOLDER)))
    return await migrate(address(folder, OWNER))


async def _floor_after(store: Store) -> str | None:
    """The floor that the migrations which are due will leave; None where a newer version was here."""
    async with store.transaction() as tx:
        found, floor = await recorded(tx)
        if found is not None and found > newest_revision():
            if floor > newest_revision():
                raise SchemaNewer(found, floor, newest_revision())
            return None
        due = floor_of(list(migration_texts(after=found)))
        await refuse_if_needed_by_older(tx, due)
    return due


async def _as_it_is(store: Store) -> Migrated:
    async with store.transaction() as tx:
        found, _ = await recorded(tx)
    return Migrated(found, found)


def main(argv: Sequence[str] | None = None) -> int:
    """What the supervisor runs as a child: migrate, and say so if something changed; the exit status."""
    asked = argparse.ArgumentParser(prog="safehand migrate")
    asked.add_argument("--postgres", type=Path)
    folder = asked.parse_args(argv).postgres
    try:
        migrated = asyncio.run(migrate_ours(folder) if folder else migrate(os.environ[OWNER_URL]))
    except (SafehandError, CommandError, SQLAlchemyError, OSError, KeyError) as error:
        tell(f"{type(error).__name__}: {error}")
        return FAILED
    if migrated.before != migrated.after:
        tell(f"database: {migrated.before or 'empty'} -> {migrated.after}")
    return DONE


def _upgrade(connection: Connection, to: str) -> Migrated:
    before = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    return Migrated(before, newest_revision() if to == HEAD else to)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


if __name__ == "__main__":
    sys.exit(main())
