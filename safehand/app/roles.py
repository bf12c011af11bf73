"""Roles: what one process does. `core` is the API with its pages, the sequencer and the worker in one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FrameType

import structlog
import uvicorn

from safehand.app.backup.archive import ARCHIVE_EVERY_S, build_archive
from safehand.app.connections import Gate, bounded
from safehand.app.door import Door
from safehand.app.installation import Installation, opened
from safehand.app.pages.site import build_site
from safehand.app.proxies import proxies_of
from safehand.app.schema_versions import refuse_if_unfit
from safehand.app.server_certificate import ServerCertificate
from safehand.app.settings import Settings, transport_worries
from safehand.app.upkeep import Upkeep
from safehand.app.web import create_app
from safehand.bus.notices import Bus
from safehand.custody import statements
from safehand.identity import reads
from safehand.kernel.errors import Conflict, SafehandError
from safehand.ledger import ledger
from safehand.store.safety import refuse_if_unsafe
from safehand.surfaces.web.site import Site

IDLE_S = 0.2
"""How long a loop rests when there is nothing to do: the price of a lost hint."""
TROUBLE_S = 2.0
PLAN_EVERY_S = 20.0
WITNESS_EVERY_S = 1.0
STAMP_LOOK_S = 5.0
CERTIFICATE_EVERY_S = 15.0
STOP_WITHIN_S = 5

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Loop:
    """Calls `step` again and again; rests when it did nothing, longer when it failed, stops on a contradiction."""

    name: str
    step: Callable[[], Awaitable[int]]
    rest_s: float = IDLE_S
    trouble_s: float = TROUBLE_S

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                moved = await self.step()
            except Conflict as error:
                log.error("loop.stopped", **{**error.params, "loop": self.name, "code": error.code})
                await asyncio.sleep(self.trouble_s * 5)
                continue
            except (SafehandError, OSError) as error:
                log.warning("loop.trouble", loop=self.name, error=str(error))
                await asyncio.sleep(self.trouble_s)
                continue
            except Exception as error:  # a fault of ours must not end the loop while the process goes on serving
                log.error("loop.fault", loop=self.name, error=type(error).__name__, exc_info=error)
                await asyncio.sleep(self.trouble_s)
                continue
            if not moved:
                await asyncio.sleep(self.rest_s)


class Server(uvicorn.Server):
    """A server that ends the live streams when it is told to stop, so that nobody waits for them."""

    def __init__(self, config: uvicorn.Config, pages: Site) -> None:
        super().__init__(config)
        self.pages = pages

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal to stop has come."""
        self.pages.listeners.close()
        super().handle_exit(sig, frame)

    def leave(self, _: asyncio.Task[None]) -> None:
        """One of the process's tasks has ended: the supervisor starts all of them anew, rather than serve without."""
        self.pages.listeners.close()
        self.should_exit = True


async def run_core(settings: Settings, bus: Bus) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is under way, within STOP_WITHIN_S."""
    async with opened(settings, bus) as here:
        await refuse_if_unfit(here.store)
        await refuse_if_unsafe(here.store, (*ledger.APPEND_ONLY, *statements.APPEND_ONLY, *reads.APPEND_ONLY))
        # Whoever was forgotten must not come back with a restored database: done again first, and only then served.
        await here.privacy.erasures.reapply()
        await here.privacy.erasures.refuse_unless_applied()
        pages, door = build_site(here), _door(settings)
        server = Server(_configuration(here, pages, door), pages)
        stop = asyncio.Event()
        work = [asyncio.create_task(loop.run(), name=loop.name) for loop in loops(here)]
        work.append(asyncio.create_task(Upkeep(here).worker().run(stop), name="worker"))
        if door.certificate is not None:
            renewal = Loop("certificate", door.certificate.run_once, CERTIFICATE_EVERY_S)
            work.append(asyncio.create_task(renewal.run(), name=renewal.name))
        for task in work:
            task.add_done_callback(server.leave)
        try:
            await server.serve()
        finally:
            stop.set()
            for task in work:
                task.cancel()
            ends = await asyncio.gather(*work, return_exceptions=True)
        for error in ends:
            if isinstance(error, Exception):
                raise error


def _door(settings: Settings) -> Door:
    gate = Gate(proxies=proxies_of(settings))
    if settings.tls_certificate is None or settings.tls_key is None:
        return Door(gate)
    return Door(gate, ServerCertificate(settings.tls_certificate, settings.tls_key))


def _configuration(here: Installation, pages: Site, door: Door) -> uvicorn.Config:
    """How we listen: over TLS where there is a certificate, with bounded connections."""
    settings = here.settings
    for worry in transport_worries(settings):
        log.warning("clear_text.allowed", setting=worry.params["setting"])
    return uvicorn.Config(
        create_app(here, pages, door),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        **bounded(door.gate, door.certificate.context if door.certificate else None),
    )


def loops(here: Installation) -> list[Loop]:
    """The sequencer, the projector, what plans upkeep; who carries backups off, and asks witnesses and the clock."""
    archive = build_archive(here.settings, here.store, here.clock)
    here.sequencer.keeper = archive.horizon if archive else None
    return [
        Loop("sequencer", here.sequencer.run_once),
        Loop("projector", here.projector.run_once),
        Loop("upkeep", Upkeep(here).plan, PLAN_EVERY_S),
        *([Loop("archive", archive.run_once, ARCHIVE_EVERY_S)] if archive else []),
        *([Loop("witnesses", here.witnesses.run_once, WITNESS_EVERY_S)] if here.witnesses else []),
        *([Loop("timestamps", here.timestamps.run_once, STAMP_LOOK_S)] if here.timestamps else []),
    ]
