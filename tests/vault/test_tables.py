"""The vault's tables are what its migration makes."""

from safehand.vault.tables import vault_bodies, vault_master, vault_persons
from tests.servers import Database
from tests.vault.twin import differences


async def test_the_migration_makes_the_tables_that_the_code_declares(clone: Database) -> None:
    assert await differences(clone, [vault_master, vault_persons, vault_bodies]) == []
