"""Identity's tables are what its migration makes."""

import pytest

from safehand.identity import tables
from tests.servers import Database
from tests.vault.twin import differences

OWN = [
    tables.parties,
    tables.users,
    tables.sessions,
    tables.setup_links,
    tables.throttles,
    tables.api_keys,
    tables.devices,
    tables.device_codes,
    tables.recipient_links,
    tables.passkeys,
    tables.ceremonies,
    tables.recovery_codes,
    tables.known_browsers,
    tables.reset_links,
    tables.linked_identities,
    tables.call_attempts,
    tables.call_grants,
]


async def test_the_migration_makes_the_tables_that_the_code_declares(clone: Database) -> None:
    assert await differences(clone, OWN) == []


async def test_a_column_that_a_migration_forgot_would_be_seen(clone: Database) -> None:
    """The control."""
    clone_store = clone.store(clone.superuser_url)
    async with clone_store.transaction() as tx:
        await tx.run("ALTER TABLE devices DROP COLUMN label")
        await tx.run("ALTER TABLE sessions ALTER COLUMN user_id DROP NOT NULL")
        await tx.run("DROP INDEX recipient_links_parcel_idx")
    await clone_store.close()
    seen = await differences(clone, OWN)
    assert [line.split(": ")[1] for line in seen] == ["sessions", "sessions", "devices", "recipient_links"]


@pytest.mark.parametrize("table", ["parties", "users", "devices", "api_keys", "recipient_links", "setup_links"])
async def test_the_application_cannot_remove_what_others_may_have_to_answer_for(clone: Database, table: str) -> None:
    store = clone.store()
    with pytest.raises(Exception, match="permission denied"):
        async with store.transaction() as tx:
            await tx.run(f"DELETE FROM {table}")
    await store.close()
