"""Fixtures for the audit: an office on the test's own database."""

from collections.abc import AsyncIterator

import pytest

from tests.identity.office import Office
from tests.servers import Database


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """An office on a fresh database."""
    store = database.store()
    yield Office(store)
    await store.close()
