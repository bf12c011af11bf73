"""What a database must be before a fact is entrusted to it: each danger, planted, is refused by name."""

from collections.abc import Iterator

import pytest

from safehand.store.database import Store
from safehand.store.embedded import APP, OWNER, SUPERUSER
from safehand.store.errors import UnsafeStore
from safehand.store.safety import refuse_if_unsafe
from tests.asvs import asvs
from tests.servers import Database, Postgres, now, running_postgres

LEDGER = ["kept", "parted"]


@pytest.fixture(autouse=True)
def ledger(clone: Database) -> Database:
    """Two append-only tables, one of them in partitions, as the ledger's migrations leave them."""
    clone.server.administer(
        f"SET ROLE {OWNER}; CREATE TABLE kept (seq int, fact text)",
        f"SET ROLE {OWNER}; CREATE TABLE parted (seq int) PARTITION BY RANGE (seq)",
        f"SET ROLE {OWNER}; CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (9)",
        f"GRANT SELECT, INSERT ON kept, parted, part1 TO {APP}",
        "CREATE FUNCTION no_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'",
        "CREATE TRIGGER no_change BEFORE UPDATE ON kept EXECUTE FUNCTION no_change()",
        database=clone.name,
    )
    return clone


async def test_a_migrated_database_with_safe_settings_is_accepted(database: Database) -> None:
    await refuse_if_unsafe(database.store(), LEDGER)


@pytest.mark.parametrize(
    ("planted", "finding"),
    [
        ("GRANT UPDATE ON kept TO safehand_app", "table kept can be changed"),
        ("GRANT UPDATE (fact) ON kept TO safehand_app", "table kept can be changed"),
        ("GRANT DELETE ON kept TO PUBLIC", "table kept can be changed"),
        ("GRANT TRUNCATE ON part1 TO safehand_app", "table parted can be changed"),
        ("GRANT TRIGGER ON kept TO safehand_app", "table kept lets the application's role add triggers"),
        ("ALTER TABLE kept OWNER TO safehand_app", "table kept is owned"),
        ("ALTER TABLE kept DISABLE TRIGGER no_change", "table kept has a trigger switched off"),
        ("DROP TABLE kept", "table kept does not exist"),
        ("GRANT CREATE ON SCHEMA public TO safehand_app", "may create tables in schema public"),
        ("ALTER ROLE CURRENT_USER IN DATABASE {name} SET synchronous_commit = off", "synchronous_commit=off is kept"),
        ("ALTER DATABASE {name} SET synchronous_commit = off", "synchronous_commit is off"),
        ("ALTER ROLE safehand_app IN DATABASE {name} SET synchronous_commit = off", "synchronous_commit is off"),
        ("ALTER DATABASE {name} SET default_transaction_read_only = on", "the database is read-only"),
        ("ALTER DATABASE {name} OWNER TO safehand_app", "owns the database"),
        ("ALTER DATABASE {name} SET zero_damaged_pages = on", "zero_damaged_pages is on"),
    ],
)
async def test_a_danger_in_one_database_is_refused_by_name(database: Database, planted: str, finding: str) -> None:
    database.server.administer(planted.format(name=database.name), database=database.name)

    with pytest.raises(UnsafeStore) as refused:
        await refuse_if_unsafe(database.store(), LEDGER)

    assert finding in str(refused.value.params["findings"])


@asvs("13.2.2")
async def test_the_owner_and_the_superuser_may_not_run_the_application(database: Database) -> None:
    for url, finding in [
        (database.owner_url, "table kept is owned by the application's role"),
        (database.superuser_url, "is a superuser"),
    ]:
        with pytest.raises(UnsafeStore) as refused:
            await refuse_if_unsafe(database.store(url), LEDGER)
        assert finding in str(refused.value.params["findings"])


@pytest.fixture(scope="module")
def other_server() -> Iterator[Postgres]:
    """A server of its own: roles belong to all its databases."""
    with running_postgres() as server:
        yield server


def refusal(server: Postgres, role: str = APP, database: str = "safehand") -> str:
    """What is found on that server."""

    async def ask() -> str:
        store = Store(server.url(role, database))
        try:
            await refuse_if_unsafe(store, [])
        except UnsafeStore as refused:
            return str(refused.params["findings"])
        finally:
            await store.close()
        return ""

    return now(ask())


@pytest.mark.parametrize(
    ("planted", "undo", "finding"),
    [
        ("GRANT safehand_owner TO safehand_app", "REVOKE safehand_owner FROM safehand_app", "may take on, owns the"),
        ("GRANT postgres TO safehand_app", "REVOKE postgres FROM safehand_app", "may take on, is a superuser"),
        ("ALTER ROLE safehand_app SUPERUSER", "ALTER ROLE safehand_app NOSUPERUSER", "is a superuser"),
        ("ALTER ROLE safehand_app BYPASSRLS", "ALTER ROLE safehand_app NOBYPASSRLS", "passes by row security"),
        ("ALTER ROLE safehand_app CREATEROLE", "ALTER ROLE safehand_app NOCREATEROLE", "may make roles"),
        (
            "GRANT SET ON PARAMETER session_replication_role TO safehand_app",
            "REVOKE SET ON PARAMETER session_replication_role FROM safehand_app",
            "may switch triggers off",
        ),
        (
            "ALTER ROLE ALL SET synchronous_commit = off",
            "ALTER ROLE ALL RESET synchronous_commit",
            "synchronous_commit=off is kept for every role in every database",
        ),
    ],
)
def test_a_danger_in_the_roles_is_refused_by_name(
    other_server: Postgres, planted: str, undo: str, finding: str
) -> None:
    assert refusal(other_server) == ""
    other_server.administer(planted)
    try:
        assert finding in refusal(other_server)
    finally:
        other_server.administer(undo)
    assert refusal(other_server) == ""


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_may_lose_what_it_acknowledged_is_refused(setting: str) -> None:
    with running_postgres("-c", f"{setting}=off") as server:
        assert f"{setting} is off" in refusal(server)


def test_a_database_in_another_encoding_is_refused(other_server: Postgres) -> None:
    other_server.administer("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")

    assert "encoding is LATIN1" in refusal(other_server, SUPERUSER, "latin")
