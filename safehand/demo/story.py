"""The story of the day in words, and how far it is: on standard error, for whoever watches."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from safehand.demo.hours import hour_words
from safehand.kernel.catalogue import Catalogue


@dataclass(slots=True)
class Story:
    """Tells lines of the catalogue (`demo.story.*`) and keeps one bar for the parcels that have come to rest."""

    console: Console
    words: Catalogue
    _bar: Progress | None = field(default=None, init=False)
    _task: TaskID | None = field(default=None, init=False)

    def tell(self, line: str, of_day_ms: int | None = None, **params: object) -> None:
        """Say `demo.story.<line>`, with the town's hour before it if it happened at one."""
        hour = f"[dim]{hour_words(of_day_ms)}[/] " if of_day_ms is not None else ""
        self.console.print(hour + escape(self.words.say(f"demo.story.{line}", **params)), soft_wrap=True)

    def advance(self, parcels: int = 1) -> None:
        """So many more parcels are delivered or back in the depot."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, parcels)

    @contextmanager
    def counting(self, parcels: int) -> Iterator[None]:
        """Show the bar; the lines go on above it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as bar:
            self._bar, self._task = bar, bar.add_task(self.words.say("demo.story.parcels"), total=parcels)
            try:
                yield
            finally:
                self._bar = self._task = None
