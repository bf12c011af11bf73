"""Fixtures for places: the desks joined on the test's own database, with a depot's and a partner's party."""

from collections.abc import AsyncIterator

import pytest

from tests.places.scenes import Atlas
from tests.servers import Database


@pytest.fixture
async def atlas(database: Database) -> AsyncIterator[Atlas]:
    """The desks on a fresh database."""
    store = database.store()
    made = Atlas(store)
    await made.begin()
    yield made
    await store.close()
