"""`python -m tests.app.api_process PORT`: one API process of an installation that several serve. No loops."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn

from safehand.app.installation import opened
from safehand.app.logs import write_logs
from safehand.app.pages.site import build_site
from safehand.app.settings import read_settings
from safehand.app.web import create_app
from safehand.bus.notices import LocalBus
from tests.installations import LOG_NAME, ORIGIN
from tests.servers import Database, free_port, wait_for

START_S = 60.0


@asynccontextmanager
async def an_api_process(
    database: Database, folder: Path, *, connections_max: int = 100, **more: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Start one on this database and folder, with more settings; yields a client of it, and ends both."""
    port = free_port()
    said = {
        "SAFEHAND_DATA": str(folder),
        "SAFEHAND_DATABASE_URL": database.app_url,
        "SAFEHAND_ORIGIN": ORIGIN,
        "SAFEHAND_LOG_NAME": LOG_NAME,
        "SAFEHAND_CLEAR_TEXT": "allowed",
    }
    words = (sys.executable, "-m", "tests.app.api_process", str(port))
    child = await asyncio.create_subprocess_exec(*words, env=os.environ | said | more, stdout=subprocess.DEVNULL)
    limits = httpx.Limits(max_connections=connections_max)
    try:
        await asyncio.to_thread(wait_for, lambda: _listens(port), START_S)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, limits=limits) as client:
            yield client
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def serve(port: int) -> None:
    """Until killed."""
    write_logs()  # as the core role does
    async with opened(read_settings(os.environ), LocalBus()) as here:
        config = uvicorn.Config(create_app(here, build_site(here)), port=port, log_config=None, access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
