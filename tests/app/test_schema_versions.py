"""Schema versions: an older app serves a newer database where the database says so, and is never pulled the rug."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from safehand.app import migrating
from safehand.app.migrating import Migrated, migrate
from safehand.app.schema_versions import (
    APP_NAME,
    OlderAppConnected,
    SchemaNewer,
    SchemaOlder,
    floor_of,
    migration_texts,
    newest_revision,
    raise_floor,
    recorded,
    refuse_if_needed_by_older,
    refuse_if_unfit,
)
from safehand.store.database import Store
from safehand.store.embedded import OWNER
from tests.servers import Database, Postgres, now

PREVIOUS, FUTURE = "0007", "9000"


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """The owner's address of a database with nothing in it."""
    name = f"empty_{os.urandom(6).hex()}"
    postgres.administer(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    yield postgres.url(OWNER, name)
    postgres.administer(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_newest_revision_is_the_one_that_the_migrations_lead_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrating.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


async def a_future(database: Database, floor: str) -> Store:
    """The database after a newer version's migrations, which leave this floor."""
    owner = database.store(database.owner_url)
    async with owner.transaction() as tx:
        await tx.run(f"UPDATE alembic_version SET version_num = '{FUTURE}'")
        await raise_floor(tx, floor)
    return owner


async def test_a_newer_database_that_only_added_is_served_and_left_alone(database: Database) -> None:
    await a_future(database, newest_revision())
    await refuse_if_unfit(database.store())
    assert await migrate(database.owner_url) == Migrated(FUTURE, FUTURE)


async def test_a_newer_database_that_took_something_away_is_refused(database: Database) -> None:
    owner = await a_future(database, FUTURE)
    with pytest.raises(SchemaNewer):
        await refuse_if_unfit(database.store())
    with pytest.raises(SchemaNewer):
        await migrate(database.owner_url)
    async with owner.transaction() as tx:
        await raise_floor(tx, "0001")
        assert await recorded(tx) == (FUTURE, FUTURE)


async def test_a_database_that_lacks_migrations_is_refused(database: Database) -> None:
    with pytest.raises(SchemaOlder):
        await refuse_if_unfit(database.store(), ours=FUTURE)


def test_an_empty_database_is_refused_by_an_app(empty: str) -> None:
    async def started() -> None:
        store = Store(empty)
        try:
            await refuse_if_unfit(store)
        finally:
            await store.close()

    with pytest.raises(SchemaOlder):
        now(started())


async def test_nothing_is_taken_away_from_an_app_that_is_connected(database: Database) -> None:
    older = Store(database.app_url, name=APP_NAME + PREVIOUS)
    owner = database.store(database.owner_url)
    try:
        async with older.transaction() as working:
            await working.fetch("SELECT 1")
            async with owner.transaction() as tx:
                await refuse_if_needed_by_older(tx, PREVIOUS)
                with pytest.raises(OlderAppConnected) as refused:
                    await refuse_if_needed_by_older(tx, "0008")
        assert refused.value.params["apps"] == PREVIOUS
    finally:
        await older.close()


def test_an_older_app_that_is_connected_works_on_while_the_database_is_migrated(empty: str) -> None:
    """The previous version's schema, its app connected and writing, and the migration beside it."""

    async def beside() -> tuple[Migrated, int]:
        await migrate(empty, to=PREVIOUS)
        older = Store(empty, name=APP_NAME + PREVIOUS)
        try:
            await refuse_if_unfit(older, ours=PREVIOUS)
            async with older.transaction() as tx:
                await tx.run("INSERT INTO pins (parcel, body, failures) VALUES ('one', 'x', 0)")
            migrated = await migrate(empty)
            await refuse_if_unfit(older, ours=PREVIOUS)  # whoever is started again now, serves
            async with older.transaction() as tx:
                await tx.run("INSERT INTO pins (parcel, body, failures) VALUES ('two', 'x', 0)")
                return migrated, (await tx.fetch("SELECT count(*) AS n FROM pins"))[0]["n"]
        finally:
            await older.close()

    assert now(beside()) == (Migrated(PREVIOUS, newest_revision()), 2)


def test_a_floor_is_the_highest_that_a_migration_names() -> None:
    assert floor_of(["x = 1\n", 'SERVES_FROM = "0012"\n', 'SERVES_FROM = "0009"\n']) == "0012"
    assert floor_of(list(migration_texts(after=newest_revision()))) == "0000"
