"""The two roles and the database of our own PostgreSQL. On somebody else's server its administrator makes them."""

from pathlib import Path

import asyncpg

from safehand.store.database import CONNECT_TIMEOUT_S
from safehand.store.embedded import APP, DATABASE, OWNER, SUPERUSER, address


async def provision(folder: Path, database: str = DATABASE) -> None:
    """Make what is missing: the owner who migrates, the application that runs, the database. Changes nothing else."""
    session = await asyncpg.connect(address(folder, SUPERUSER, "postgres"), timeout=CONNECT_TIMEOUT_S)
    try:
        known = {row["rolname"] for row in await session.fetch("SELECT rolname FROM pg_roles")}
        for role in (OWNER, APP):
            if role not in known:
                password = (folder / "passwords" / role).read_text("ascii").strip()
                await session.execute(
                    f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS "
                    f"PASSWORD '{password}'"  # random base64url of ours: no quote can be in it
                )
        if not await session.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            await session.execute(
                f"CREATE DATABASE \"{database}\" OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
            )
        await session.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        await session.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {APP}')
    finally:
        await session.close()
