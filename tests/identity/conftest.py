"""Fixtures for identity: an office on the test's own database."""

from collections.abc import AsyncIterator

import pytest

from tests.identity.house import House, a_house
from tests.identity.office import Office
from tests.servers import Database


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """An office on a fresh database."""
    store = database.store()
    yield Office(store)
    await store.close()


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """An office whose carrier has a sign-in of its own."""
    async with a_house(database) as made:
        yield made
