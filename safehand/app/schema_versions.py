"""Schema versions: which database this version of the program can serve, and which apps a newer database still serves.

A migration either adds (every app goes on), or takes away what an older app needs; then it says from which revision
on an app can do without: `SERVES_FROM = "0012"`. The database remembers the highest of these as its floor, so that an
older app, which has never heard of the migration, knows whether it may serve.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from safehand.kernel.errors import SafehandError
from safehand.store.database import Store, Tx

VERSIONS = Path(__file__).with_name("migrations") / "versions"
APP_NAME = "safehand app "
"""What an app's sessions are called on the server, with the revision that it was made for."""
_SERVES = re.compile(r'^SERVES_FROM = "([0-9]{4})"$', re.MULTILINE)


class SchemaOlder(SafehandError):
    """The database lacks migrations that this version needs."""

    code = "app.schema_older"

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(found=found, needed=needed)


class SchemaNewer(SafehandError):
    """The database was migrated beyond what this version can serve."""

    code = "app.schema_newer"

    def __init__(self, found: str, floor: str, ours: str) -> None:
        super().__init__(found=found, floor=floor, ours=ours)


class OlderAppConnected(SafehandError):
    """A migration takes away what an app that is connected still needs."""

    code = "app.older_app_connected"

    def __init__(self, apps: str, floor: str) -> None:
        super().__init__(apps=apps, floor=floor)


def newest_revision() -> str:
    """The revision that this version of the program needs."""
    return max(page.name[:4] for page in VERSIONS.glob("[0-9]*.py"))


def floor_of(pages: Sequence[str]) -> str:
    """The floor that these migrations' texts leave behind: 0000 where they only add."""
    return max((found for page in pages for found in _SERVES.findall(page)), default="0000")


def migration_texts(after: str | None) -> Iterator[str]:
    """The migrations that come after a revision."""
    for page in sorted(VERSIONS.glob("[0-9]*.py")):
        if page.name[:4] > (after or "0000"):
            yield page.read_text()


async def refuse_if_unfit(store: Store, ours: str | None = None) -> None:
    """Return if this version can serve the database as it is.

    Shapes
        ours  the revision that the program was made for: its newest.
    Errors
        SchemaOlder, SchemaNewer  it cannot; they say what to do.
        StoreUnavailable          the database cannot be asked.
    """
    mine = ours or newest_revision()
    async with store.transaction() as tx:
        found, floor = await recorded(tx)
    if (found or "") < mine:
        raise SchemaOlder(found or "empty", mine)
    if floor > mine:
        raise SchemaNewer(found or "empty", floor, mine)


async def recorded(tx: Tx) -> tuple[str | None, str]:
    """The database's revision (None: it is empty) and its floor."""
    there = await tx.fetch(
        "SELECT to_regclass('public.alembic_version') IS NOT NULL AS a,"
        " to_regclass('public.schema_floor') IS NOT NULL AS f"
    )
    found = await tx.fetch("SELECT version_num AS v FROM alembic_version") if there[0]["a"] else []
    floor = await tx.fetch("SELECT revision AS v FROM schema_floor") if there[0]["f"] else []
    return (found[0]["v"] if found else None), (floor[0]["v"] if floor else "0000")


async def refuse_if_needed_by_older(tx: Tx, floor: str) -> None:
    """Return if no app that is connected is older than the floor.

    Errors
        OlderAppConnected  it names the revisions of those that are.
    """
    rows = await tx.fetch(
        "SELECT DISTINCT application_name AS name FROM pg_stat_activity"
        " WHERE datname = current_database() AND starts_with(application_name, $1) ORDER BY 1",
        APP_NAME,
    )
    older = [said for row in rows if (said := str(row["name"])[len(APP_NAME) :]) < floor]
    if older:
        raise OlderAppConnected(", ".join(older), floor)


async def raise_floor(tx: Tx, floor: str) -> None:
    """Remember the floor: it only rises."""
    await tx.run("UPDATE schema_floor SET revision = greatest(revision, $1)", floor)
