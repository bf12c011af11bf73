"""`python -m tests.app.api_process PORT`: one API process of an installation that several serve. No loops."""

import asyncio
import os
import sys

import uvicorn

from safehand.app.installation import opened
from safehand.app.logs import write_logs
from safehand.app.pages.site import build_site
from safehand.app.settings import read_settings
from safehand.app.web import create_app
from safehand.bus.notices import LocalBus


async def serve(port: int) -> None:
    """Until killed."""
    write_logs()  # as the core role does
    async with opened(read_settings(os.environ), LocalBus()) as here:
        config = uvicorn.Config(create_app(here, build_site(here)), port=port, log_config=None, access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
