"""One supervisor a data folder. Its children inherit the lock, so a killed one's are waited for, not joined."""

import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safehand.kernel.errors import SafehandError

LEFTOVERS_WAIT_S = 60.0
POLL_S = 0.05


class AlreadyRunning(SafehandError):
    """Another supervisor runs on this data folder."""

    code = "supervisor.already_running"


class LeftoversRunning(SafehandError):
    """A supervisor was killed, and what it had started does not end."""

    code = "supervisor.leftovers_running"


@dataclass(slots=True)
class DataLock:
    """The held lock; it is free when this process and every child that inherited `descriptor` have ended."""

    descriptor: int

    def release(self) -> None:
        """Give our own hold up."""
        os.close(self.descriptor)


def take_lock(
    path: Path,
    waiting: Callable[[], None],
    *,
    wait_s: float = LEFTOVERS_WAIT_S,
    pause: Callable[[float], None] = time.sleep,
) -> DataLock:
    """Take the lock of a data folder.

    Shapes
        waiting  called once if children of a killed supervisor still have to end.
        pause    waits for so many seconds; what it raises ends the waiting.
    Errors
        AlreadyRunning    its supervisor lives.
        LeftoversRunning  the supervisor does not live, but after `wait_s` its children still do.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait_s
    told = False
    try:
        while not _locked(descriptor):
            said = os.pread(descriptor, 100, 0).decode("ascii", "replace").split()
            if len(said) == 2 and said[1] == _birth(said[0]):
                raise AlreadyRunning(folder=str(path.parent), pid=int(said[0]))
            if time.monotonic() > deadline:
                raise LeftoversRunning(folder=str(path.parent), waited_s=int(wait_s))
            if not told:
                waiting()
                told = True
            pause(POLL_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {_birth(str(os.getpid()))}\n".encode("ascii"), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return DataLock(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _birth(pid: str) -> str:
    """When the process began, in ticks since boot: with it, a process id that was given out again is told apart.

    Source
        proc_pid_stat(5), field 22; the name in field 2 may hold anything, so count from its closing bracket.
    """
    try:
        fields = Path(f"/proc/{int(pid)}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return "none"
    return "none" if fields[0] in {"Z", "X"} else fields[19]
