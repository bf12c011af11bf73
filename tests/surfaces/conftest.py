"""The site over HTTP without a browser."""

from collections.abc import AsyncIterator

import httpx
import pytest

from safehand.identity.guard import SESSION_COOKIE
from tests.surfaces.account import SESSION
from tests.surfaces.fakes import World, a_site

ADDRESS = "http://safehand.test"


@pytest.fixture
def world() -> World:
    """A fresh site with its sample day."""
    return a_site()


@pytest.fixture
async def anybody(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without any cookie."""
    wire = httpx.ASGITransport(app=world.app)
    async with httpx.AsyncClient(transport=wire, base_url=ADDRESS, headers={"Accept": "text/html"}) as client:
        yield client


@pytest.fixture
async def staff(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Ritva's browser."""
    wire = httpx.ASGITransport(app=world.app)
    cookies = {SESSION_COOKIE: SESSION}
    async with httpx.AsyncClient(
        transport=wire, base_url=ADDRESS, headers={"Accept": "text/html"}, cookies=cookies
    ) as client:
        yield client
