"""The vault's tables are what its migration makes."""

from safehand.vault.tables import vault_bodies, vault_holds, vault_keys, vault_lookups, vault_master, vault_persons
from tests.servers import Database
from tests.vault.twin import differences


async def test_the_migration_makes_the_tables_that_the_code_declares(clone: Database) -> None:
    tables = [vault_keys, vault_master, vault_persons, vault_bodies, vault_lookups, vault_holds]
    assert await differences(clone, tables) == []
