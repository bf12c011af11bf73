"""The scene that every test of the pages' adapters plays in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.pages.scene import Scene, a_scene
from tests.servers import Database


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    """A town with its pages."""
    async with a_scene(database, tmp_path) as found:
        yield found
