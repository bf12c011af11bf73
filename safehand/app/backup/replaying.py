"""Replaying: a server of ours that brings an unpacked base to a moment, and then runs for the checks that follow."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from safehand.app.account import Account
from safehand.app.backup.errors import ProgramFailed
from safehand.app.processes import spawn
from safehand.store.copying import replay_options
from safehand.store.embedded import Cluster, environment

RECOVERY_SIGNAL = "recovery.signal"
READY_WAIT_S = 12 * 3_600.0
STOP_WAIT_S = 120.0
POLL_S = 0.05
TAIL_BYTES = 4_000
ENDED_EARLY = "recovery ended before configured recovery target was reached"


class EndedEarly(Exception):
    """All there is was replayed, and the moment asked for did not come."""


@contextmanager
def replayed(cluster: Cluster, account: Account | None, words: Path, until_ms: int | None) -> Iterator[None]:
    """The server, once it has replayed everything up to the moment and accepts sessions; stopped in order when left.

    Shapes
        words  the file that its messages are appended to.
    Errors
        EndedEarly     the WAL ends before `until_ms`.
        ProgramFailed  it does not come up.
    """
    (cluster.data / RECOVERY_SIGNAL).touch(mode=0o644)
    try:
        with running(cluster, account, words, replay_options(until_ms)):
            yield
    except ProgramFailed as failed:
        if ENDED_EARLY in str(failed.params["said"]):
            raise EndedEarly from failed
        raise


@contextmanager
def running(cluster: Cluster, account: Account | None, words: Path, options: Sequence[str] = ()) -> Iterator[None]:
    """A server for us alone, once it accepts sessions; stopped in order when left.

    Errors
        ProgramFailed  it does not come up.
    """
    cluster.prepare()
    with words.open("ab") as output:
        process = spawn(
            [*cluster.command(), *options],
            death_signal=signal.SIGINT,
            environment=environment(),
            account=account,
            folder=cluster.data,
            output=output.fileno(),
        )
    try:
        deadline = time.monotonic() + READY_WAIT_S
        while not cluster.is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ProgramFailed(program="postgres", status=process.returncode, said=_last_words(words))
            time.sleep(POLL_S)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_WAIT_S)
        cluster.clean_up()


def _last_words(words: Path) -> str:
    with words.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
        return " ".join(file.read().decode("utf-8", "replace").split())[-TAIL_BYTES // 8 :]
