"""Fixtures for every test: a database of its own on this test process's PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from hypothesis import settings

from tests.servers import Database, Postgres, cloned, dropped, migrated_template, running_postgres

settings.register_profile("safehand", deadline=None)  # no test fails on time
settings.load_profile("safehand")


LINES: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.format_exc_info,
    structlog.processors.KeyValueRenderer(key_order=["level", "event"], drop_missing=True),
]
"""A line as plain as it goes, a traceback as Python writes it: columns cost as much as the decision that is told."""


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """A command that a test ran set up its logs for its own process: not for the next test."""
    structlog.configure(LINES)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """This test process's PostgreSQL. A test that kills or reconfigures one starts its own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> str:
    """The database that every test's own is cloned from, migrated once."""
    return migrated_template(postgres)


@pytest.fixture
def clone(postgres: Postgres, template: str) -> Iterator[Database]:
    """The database behind `database`, made and dropped outside the test's event loop."""
    fresh = cloned(postgres, template)
    yield fresh
    dropped(fresh)


@pytest.fixture
async def database(clone: Database) -> AsyncIterator[Database]:
    """A fresh, fully migrated database; `database.store()` connects as the application's role."""
    yield clone
    await clone.close()
