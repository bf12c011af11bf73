"""Tables as the code declares them, made beside those that the migrations made, to be compared."""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from safehand.store.database import Tx
from tests.servers import Database

COLUMNS = """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required
    FROM pg_attribute WHERE attrelid = ($1 || '.' || $2)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
CONSTRAINTS = """
    SELECT conname AS name, pg_get_constraintdef(oid) AS said FROM pg_constraint
    WHERE conrelid = ($1 || '.' || $2)::regclass AND contype <> 'n' ORDER BY conname
"""
INDEXES = """
    SELECT indexname AS name, indexdef AS said FROM pg_indexes WHERE schemaname = $1 AND tablename = $2 ORDER BY 1
"""


async def differences(database: Database, tables: Sequence[Table]) -> list[str]:
    """What the migrations made and the code declares differently, table by table, in whatever order they depend."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    store = database.store(database.superuser_url)
    found: list[str] = []
    async with store.transaction() as tx:
        await tx.run("CREATE SCHEMA twin")
        await tx.run("SET LOCAL search_path = twin, public")
        for table in tables:
            await tx.run(str(CreateTable(table).compile(dialect=dialect)))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                await tx.run(str(CreateIndex(index).compile(dialect=dialect)))
        for table in tables:
            migrated, declared = await _described(tx, "public", table), await _described(tx, "twin", table)
            found += [f"only migrated: {line}" for line in sorted(migrated - declared)]
            found += [f"only declared: {line}" for line in sorted(declared - migrated)]
    await store.close()
    return found


async def _described(tx: Tx, schema: str, table: Table) -> set[str]:
    lines: set[str] = set()
    for query in (COLUMNS, CONSTRAINTS, INDEXES):
        for row in await tx.fetch(query, schema, table.name):
            said = " ".join(str(value) for value in row.values())
            lines.add(f"{table.name}: {said}".replace(f"{schema}.", ""))
    return lines
