"""The store: transactions, their acknowledgement, and what happens when the database does not play along."""

from tests.servers import Database


async def test_what_is_committed_can_be_read_back(database: Database) -> None:
    store = database.store()
    async with store.transaction() as tx:
        rows = await tx.fetch("SELECT version_num FROM alembic_version")
    assert rows
