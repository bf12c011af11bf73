"""Migrations: the database's tables are brought to what this version needs, once, however many start together."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from safehand.app.telling import tell
from safehand.kernel.errors import SafehandError
from safehand.store.database import Store, driver_session
from safehand.store.embedded import OWNER, address
from safehand.store.provision import provision
from safehand.store.replication import keep_archive_slot

LOCK = "safehand.migrations"
OWNER_URL, BACKUP_FOLDER = "SAFEHAND_DATABASE_OWNER_URL", "SAFEHAND_BACKUP_FOLDER"
DONE, FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class Migrated:
    """From which revision to which a database was brought; None is an empty one."""

    before: str | None
    after: str | None


async def migrate(owner_url: str) -> Migrated:
    """Apply every migration that the database lacks, under a lock, each in its own transaction.

    Errors
        StoreUnavailable  the database cannot be reached.
        alembic.util.CommandError  the database was migrated by a newer version of Safehand.
    """
    store = Store(owner_url, name="safehand migrations", pool_max=1)
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: driver_session(owner_url, "safehand migrations"),
        poolclass=NullPool,
    )
    try:
        async with store.holding(LOCK), engine.connect() as connection:
            await connection.execute(text("SET statement_timeout = 0"))  # an index on a large table takes its time
            await connection.commit()
            migrated = await connection.run_sync(_upgrade)
            await connection.commit()
            return migrated
    finally:
        await engine.dispose()
        await store.close()


async def migrate_ours(folder: Path) -> Migrated:
    """Make roles and database of our own PostgreSQL under `folder` if they are missing, then migrate it."""
    await provision(folder)
    await keep_archive_slot(folder, wanted=bool(os.environ.get(BACKUP_FOLDER)))
    return await migrate(address(folder, OWNER))


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


def newest_revision() -> str | None:
    """The revision that this version of the program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> Migrated:
    before = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return Migrated(before, newest_revision())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


if __name__ == "__main__":
    sys.exit(main())
