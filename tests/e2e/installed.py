"""A whole installation behind a real server, for a browser: real database, real cookies, real requests."""

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from safehand.app.installation import Installation, build
from safehand.app.pages.site import build_site
from safehand.app.settings import Settings
from safehand.app.web import create_app
from safehand.bus.notices import LocalBus
from safehand.identity.sign_in import NewAdmin, Password
from safehand.kernel.clock import SystemClock
from tests.rooms import quick_passwords
from tests.servers import Database

LOGIN, PASSWORD = "root", "seven grey herons at noon"
START_S = 20


@dataclass
class Installed:
    """The running installation, and a way to do something inside it."""

    here: Installation
    address: str
    loop: asyncio.AbstractEventLoop

    def do[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the server's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(START_S)

    def forget_proofs(self) -> None:
        """As if every session had been left open for long."""

        async def forget() -> None:
            async with self.here.store.transaction() as tx:
                await tx.run("UPDATE sessions SET proved_ms = proved_ms - 86400000")

        self.do(forget())

    def forget_passkeys(self) -> None:
        """As if nobody had any."""

        async def forget() -> None:
            async with self.here.store.transaction() as tx:
                await tx.run("UPDATE passkeys SET removed_ms = 0")

        self.do(forget())


@dataclass(frozen=True, slots=True)
class Ahead:
    """A clock that is ahead of the machine's."""

    ahead_ms: int

    def now_ms(self) -> int:
        """The time there."""
        return SystemClock().now_ms() + self.ahead_ms


@contextmanager
def installed(
    database: Database, folder: Path, *, port: int = 0, again: bool = False, ahead_ms: int = 0, **settings: Any
) -> Iterator[Installed]:
    """Serve one, with an administrator, until left; or, on the same port, one that was there before, and later."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        address = f"http://localhost:{listening.getsockname()[1]}"
        ready: dict[str, Any] = {}

        async def serve() -> None:
            said = Settings(data=folder, database_url=database.app_url, origin=address, **settings)
            here = build(said, database.store(), LocalBus(), Ahead(ahead_ms), quick_passwords())
            async with here.store.transaction() as tx:
                await here.vault.check(tx)
            if not again:
                token = await here.identity.sign_in.make_setup_link()
                await here.identity.sign_in.set_up(NewAdmin(token, Password(LOGIN, PASSWORD, "127.0.0.1"), "Root"))
            app = create_app(here, build_site(here))
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
            ready.update(here=here, loop=asyncio.get_running_loop(), server=server)
            try:
                await server.serve(sockets=[listening])
            finally:
                await here.close()
                await here.store.close()

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        until = time.monotonic() + START_S
        while not (ready and ready["server"].started) and time.monotonic() < until and thread.is_alive():
            time.sleep(0.02)
        try:
            assert ready, "the installation did not start"
            yield Installed(ready["here"], address, ready["loop"])
        finally:
            if ready:
                ready["server"].should_exit = True
            thread.join()
