"""Runs a dawn: a fresh installation in a folder of its own, the dawn on it, and nothing left running."""

import asyncio
import tempfile
from pathlib import Path

from safehand.demo.book import Book
from safehand.demo.dawn import Dawn, DawnOutcome
from safehand.demo.dawn_plan import DawnPlan
from safehand.demo.installation import Installation, running
from safehand.demo.line import open_line
from safehand.demo.office import open_office
from safehand.demo.run import FOLDER_PREFIX, stopped_in_order, unless_it_ends
from safehand.kernel.clock import Clock


def run_dawn(plan: DawnPlan, clock: Clock) -> DawnOutcome:
    """Play it.

    Errors
        InstallationFailed  the installation did not start, or ended.
        Unexpected          the public API answered something that ends the dawn.
        asyncio.CancelledError, KeyboardInterrupt  interrupted; everything that was started is stopped.
    """
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # started by root, the database runs as another account, which must reach its own folder
        return asyncio.run(_run(folder, plan, clock))


async def _run(folder: Path, plan: DawnPlan, clock: Clock) -> DawnOutcome:
    with stopped_in_order():
        async with running(folder / "data", None, folder / "up.log") as installation:
            return await unless_it_ends(installation, play_on(installation, plan, clock))


async def play_on(installation: Installation, plan: DawnPlan, clock: Clock) -> DawnOutcome:
    """Play it on an installation that runs already and is new."""
    book = Book()
    async with open_line(installation.url) as line:
        desk = await open_office(line, await installation.setup_token(), clock, book)
        return await Dawn(plan, desk, clock, DawnOutcome(plan, book)).play()
