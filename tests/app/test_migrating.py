"""Migrations: once, however many start together, and never backwards."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from safehand.app.migrating import OWNER_URL, Migrated, migrate
from safehand.app.schema_versions import SchemaNewer, floor_of, newest_revision
from safehand.store.database import Store
from safehand.store.embedded import OWNER
from safehand.store.schema import metadata
from tests.servers import Database, Postgres, now


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """The owner's address of a database with nothing in it."""
    name = f"empty_{os.urandom(6).hex()}"
    postgres.administer(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    yield postgres.url(OWNER, name)
    postgres.administer(f"DROP DATABASE {name} WITH (FORCE)")


TAKES_AWAY = re.compile(
    r"DROP (?:TABLE|COLUMN|VIEW|FUNCTION|CONSTRAINT)|RENAME|SET NOT NULL|ALTER COLUMN \S+ TYPE|op\.drop_|REVOKE",
    re.IGNORECASE,
)
"""What an app that was made before the migration may stumble over."""


FIRST_RELEASED = "0020"
"""The first version is not released yet: nobody runs what comes before this revision."""


async def revisions(url: str) -> list[str]:
    store = Store(url)
    try:
        async with store.transaction() as tx:
            return [row["version_num"] for row in await tx.fetch("SELECT version_num FROM alembic_version")]
    finally:
        await store.close()


def test_an_empty_database_becomes_the_newest_and_a_second_time_changes_nothing(empty: str) -> None:
    newest = newest_revision()
    assert newest is not None
    assert now(migrate(empty)) == Migrated(None, newest)
    assert now(migrate(empty)) == Migrated(newest, newest)
    assert now(revisions(empty)) == [newest]


def test_several_processes_that_start_together_migrate_once(empty: str) -> None:
    async def together() -> list[Migrated]:
        return await asyncio.gather(*(migrate(empty) for _ in range(4)))

    done = now(together())
    assert sorted(migrated.before or "" for migrated in done) == ["", *[newest_revision()] * 3]


def test_a_database_of_a_newer_version_that_takes_away_what_this_one_needs_is_refused(empty: str) -> None:
    now(migrate(empty))

    async def from_the_future() -> None:
        store = Store(empty)
        async with store.transaction() as tx:
            await tx.run("UPDATE alembic_version SET version_num = '9999'")
            await tx.run("UPDATE schema_floor SET revision = '9990'")
        await store.close()

    now(from_the_future())
    with pytest.raises(SchemaNewer):
        now(migrate(empty))
    done = subprocess.run(
        [sys.executable, "-m", "safehand.app.migrating"],
        env={**os.environ, OWNER_URL: empty},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "9999" in done.stderr
    assert "password" not in done.stderr


async def test_every_table_that_the_program_knows_is_there_with_every_column(database: Database) -> None:
    for page in (Path(__file__).parents[2] / "safehand").glob("*/tables.py"):
        __import__(f"safehand.{page.parent.name}.tables")
    async with database.store().transaction() as tx:
        rows = await tx.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        )
    there = {(row["table_name"], row["column_name"]) for row in rows}
    known = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    assert known - there == set()


def test_a_migration_that_takes_something_away_is_noticed() -> None:
    for planted in ("ALTER TABLE pins DROP COLUMN body", "ALTER TABLE pins RENAME TO codes", "REVOKE SELECT ON pins"):
        assert TAKES_AWAY.search(f'op.execute("{planted}")')
    assert not TAKES_AWAY.search('op.execute("ALTER TABLE pins ADD COLUMN note text")')


def test_every_migration_says_what_it_locks_and_how_it_is_undone() -> None:
    pages = sorted((Path(__file__).parents[2] / "safehand" / "app" / "migrations" / "versions").glob("0*.py"))
    assert pages
    for page in pages:
        text = page.read_text()
        assert "\nLocks  " in text, page.name
        assert "\nUndo   " in text, page.name
        assert "lock_timeout" in text, page.name
        if page.name[:4] > FIRST_RELEASED and TAKES_AWAY.search(text.partition("def downgrade")[0]):
            assert floor_of([text]) != "0000", f"{page.name} takes something away and has no SERVES_FROM"
