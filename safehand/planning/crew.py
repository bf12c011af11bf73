"""Who solves the pieces of a problem when no job queue does: this thread, one after the other, or several processes."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Self

from safehand.planning.decomposition import Work
from safehand.planning.errors import WorkersLost
from safehand.planning.solving import Solved, solve

TRIES_MAX = 3
"""A piece whose worker dies is begun anew; if that happens so often it is the piece that kills them."""


@dataclass(frozen=True, slots=True)
class Alone:
    """This thread."""

    stop: Callable[[], bool] | None = None
    """Asked at every iteration."""

    def solve(self, works: Sequence[Work]) -> Iterator[tuple[int, Solved]]:
        """See `Crew`."""
        stop = self.stop
        told = None if stop is None else lambda _: stop()
        for at, work in enumerate(works):
            yield at, solve(work.problem, work.budget, work.seed, work.start, told)


class Processes:
    """Several processes of this machine, from entering until leaving: `with Processes(2) as crew`."""

    def __init__(self, count: int, tries: int = TRIES_MAX) -> None:
        self._count, self._tries = count, tries
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        self._pool = self._begun()
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None

    def solve(self, works: Sequence[Work]) -> Iterator[tuple[int, Solved]]:
        """See `Crew`. What a worker that died had begun is begun anew by another.

        Errors
            WorkersLost
        """
        left = dict(enumerate(works))
        for _ in range(self._tries):
            try:
                yield from self._answers(left)
            except BrokenProcessPool:
                self._pool = self._begun()
                continue
            return
        raise WorkersLost(len(left))

    def _begun(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._count, mp_context=get_context("spawn"), initializer=_ignore_interrupts)

    def _answers(self, left: dict[int, Work]) -> Iterator[tuple[int, Solved]]:
        """Answers as they come; what is answered is taken out of `left`."""
        if self._pool is None:
            raise RuntimeError("processes work between entering and leaving")
        going: dict[Future[Solved], int] = {self._pool.submit(answer, work): at for at, work in left.items()}
        while going:
            done, _ = wait(going, return_when=FIRST_COMPLETED)
            for future in done:
                at = going.pop(future)
                solved = future.result()
                del left[at]
                yield at, solved


def _ignore_interrupts() -> None:
    """Ctrl-C is for whoever leads: it ends the search, and wants the answers that there are."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def answer(work: Work) -> Solved:
    """Solve one piece: what a worker process runs."""
    return solve(work.problem, work.budget, work.seed, work.start)
