"""A child that is kept running: started again when it ends, later each time, and stopped in order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

AGAIN_FIRST_S = 0.2
AGAIN_MAX_S = 10.0
STEADY_S = 30.0  # who ran this long is no longer failing
KILL_WAIT_S = 5.0
POLL_S = 0.01


@dataclass(slots=True)
class Child:
    """One process to keep running. Times are of the monotonic clock, in seconds."""

    name: str
    launch: Callable[[], "subprocess.Popen[bytes]"]
    stop_signal: signal.Signals
    stop_wait_s: float
    hard_signal: signal.Signals = signal.SIGKILL  # for one that does not stop in that time
    ready: Callable[[int], bool] = lambda _: True  # whether the process of this number does its work
    process: "subprocess.Popen[bytes] | None" = None
    failures: int = 0  # in a row
    was_steady: bool = False
    due_s: float | None = None
    _started_s: float = 0.0

    def start(self) -> None:
        """Start it; what keeps it from starting is raised."""
        self.due_s = None
        self._started_s = time.monotonic()
        self.process = self.launch()

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self.process.pid if self.process is not None else None

    def check(self) -> int | None:
        """Reap it if it has ended, and note when it is to be started again; its exit status, once."""
        status = self._reaped()
        if status is None:
            return None
        if time.monotonic() - self._started_s >= STEADY_S:
            self.failures, self.was_steady = 0, True
        self.put_off()
        return status

    def put_off(self) -> None:
        """Count a failure and start it again later."""
        self.due_s = time.monotonic() + min(AGAIN_FIRST_S * 2.0**self.failures, AGAIN_MAX_S)
        self.failures = min(self.failures + 1, 30)

    def is_due(self) -> bool:
        """Whether it is time to start it again."""
        return self.process is None and self.due_s is not None and time.monotonic() >= self.due_s

    def ask_to_stop(self) -> None:
        """Send it its stop signal."""
        self.due_s = None
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, self.stop_signal)  # Popen.send_signal would reap it: see _reaped

    def wait_stopped(self) -> bool:
        """Wait for its end, then force it; whether it ended by itself."""
        if self._wait(self.stop_wait_s):
            return True
        for how in (self.hard_signal, signal.SIGKILL):
            if self.process is not None:
                with suppress(ProcessLookupError):
                    os.kill(self.process.pid, how)
                self._wait(KILL_WAIT_S)
        return False

    def _wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.process is not None and self._reaped() is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def _reaped(self) -> int | None:
        """Its exit status if it has ended. What it left behind in its group is ended first.

        The order matters: until a process is reaped its number cannot be another's.
        """
        if self.process is None:
            return None
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        self.process = None
        return status
