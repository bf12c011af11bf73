"""Runs a demo: a folder, an installation in it, a day on that, the evening's reckoning; and leaves nothing running."""

import asyncio
import signal
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safehand.demo.audit import Auditor
from safehand.demo.book import Book
from safehand.demo.dawn import Dawn, DawnOutcome
from safehand.demo.dawn_plan import DawnPlan, plan_dawn
from safehand.demo.day import Director, Doors, Outcome
from safehand.demo.errors import DataInUse
from safehand.demo.hours import Hours, midnight_ms
from safehand.demo.installation import Installation, running
from safehand.demo.line import open_line
from safehand.demo.office import Desk, open_office
from safehand.demo.plan import DayPlan, plan_day
from safehand.demo.story import Story
from safehand.demo.town import default_map, read_town
from safehand.kernel.clock import Clock

FOLDER_PREFIX = "safehand-demo-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be played, and where. A speed of None does not wait for the clock."""

    map: Path | None
    seed: int
    parcels: int
    drivers: int
    dawn: int
    """Parcels of a dawn in a depot before the day; 0: none."""
    speed: float | None
    headless: bool
    data: Path | None
    export_log: Path | None
    port: int | None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whoever watches: told how to look in before the day begins, and what came of it in the evening."""

    story: Story
    doors: Callable[[Doors], None]
    evening: Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things lie: the installation's data, the exported log, and what only the demo needs."""

    own: Path
    data: Path
    log: Path


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo: what, for whom, by which clock."""

    options: Options
    audience: Audience
    clock: Clock

    async def run(self) -> Outcome:
        """Play one day. With nobody watching it ends in the evening; else it goes on serving until interrupted.

        Errors
            MapMissing, MapUnreadable, TooFewAddresses, SizeImpossible, DataInUse  before anything is started.
            InstallationFailed      the installation did not start, or ended.
            Unexpected              the public API answered something that ends the day.
            asyncio.CancelledError  interrupted; everything that was started is stopped.
        """
        options = self.options
        town = read_town(options.map or default_map())
        day = plan_day(town, seed=options.seed, parcels=options.parcels, drivers=options.drivers)
        dawn = plan_dawn(seed=options.seed, parcels=options.dawn) if options.dawn else None
        with _folders(options) as folders, stopped_in_order():
            self.audience.story.tell("starting")
            async with running(folders.data, options.port, folders.own / "up.log") as installation:
                return await unless_it_ends(installation, self._played(day, dawn, installation, folders))

    async def _played(
        self, day: DayPlan, dawn: DawnPlan | None, installation: Installation, folders: Folders
    ) -> Outcome:
        book = Book()
        hours = Hours(midnight_ms(self.clock.now_ms()), self.options.speed)
        async with open_line(installation.url) as line:
            desk = await open_office(line, await installation.setup_token(), self.clock, book)
            played = await self._dawn(dawn, desk) if dawn is not None else None
            director = Director(day, installation, desk, hours, self.audience.story, played)
            cast = await director.bring_in()
            auditor = Auditor(cast.desk, book, installation.url, folders.own, folders.log)
            await auditor.pin_key()
            self.audience.doors(director.doors(cast))
            await director.play(cast)
            outcome = await director.reckon(cast, auditor)
            self.audience.evening(outcome)
            if not self.options.headless:
                await asyncio.Event().wait()  # the pages stay open until somebody presses Ctrl-C
            return outcome

    async def _dawn(self, plan: DawnPlan, desk: Desk) -> DawnOutcome:
        """In another depot of the same carrier, before the vans of the day are loaded."""
        outcome = await Dawn(plan, desk, self.clock, DawnOutcome(plan, desk.book)).play()
        self.audience.story.tell("dawn", **outcome.counted())
        return outcome


async def unless_it_ends[T](installation: Installation, play: Coroutine[Any, Any, T]) -> T:
    """The play's result; if the installation ends before that, nothing can come of the play."""
    playing = asyncio.create_task(play)
    ended = asyncio.create_task(installation.ended())
    try:
        await asyncio.wait({playing, ended}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            return playing.result()
        raise ended.result()
    finally:
        for task in (playing, ended):
            task.cancel()
        await asyncio.gather(playing, ended, return_exceptions=True)


@contextmanager
def _folders(options: Options) -> Iterator[Folders]:
    """Folders for one run; those that nobody asked to keep are removed."""
    for kept in (options.data, options.export_log):
        if kept is not None and kept.exists() and (not kept.is_dir() or any(kept.iterdir())):
            raise DataInUse(kept)
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, ignore_cleanup_errors=True) as name:
        own = Path(name)
        own.chmod(0o711)  # started by root, the database runs as another account, which must reach its own folder
        yield Folders(own, (options.data or own / "data").resolve(), (options.export_log or own / "log").resolve())


@contextmanager
def stopped_in_order() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C: what was started is stopped before we end."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - we are running in it
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
