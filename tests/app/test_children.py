"""A child is kept running, stopped in order, and forced where it must be; the lock outlives its parent."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from safehand.app.children import Child
from safehand.app.data_lock import AlreadyRunning, LeftoversRunning, take_lock
from safehand.app.processes import spawn
from tests.servers import is_alive, wait_for

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
print(os.getpid(), flush=True)
time.sleep(600)
"""


def test_one_that_does_not_stop_is_ended_and_what_it_started_too() -> None:
    read, write = os.pipe()
    child = Child(
        "stubborn",
        lambda: spawn(
            [sys.executable, "-c", STUBBORN], death_signal=signal.SIGKILL, environment=os.environ, output=write
        ),
        signal.SIGTERM,
        0.2,
    )
    child.start()
    pids = b""
    while pids.count(b"\n") < 2:
        pids += os.read(read, 100)
    child.ask_to_stop()
    assert child.wait_stopped() is False
    os.close(read)
    os.close(write)
    wait_for(lambda: not any(is_alive(int(pid)) for pid in pids.split()), 5)


def test_one_that_fails_is_started_again_later_and_later() -> None:
    child = Child(
        "failing",
        lambda: spawn(["false"], death_signal=signal.SIGKILL, environment=os.environ),
        signal.SIGTERM,
        1.0,
    )
    waits = []
    for _ in range(3):
        child.start()
        wait_for(lambda: child.check() is not None, 5)
        assert not child.is_due()
        assert child.due_s is not None
        waits.append(child.due_s - time.monotonic())
    assert 0.1 < waits[0] < waits[1] < waits[2]
    child.failures = 30
    child.put_off()
    assert (child.due_s or 0) - time.monotonic() <= 10.0


def test_the_lock_tells_a_living_supervisor_from_a_dead_one_whose_children_still_end(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    waited: list[bool] = []
    ours = take_lock(path, lambda: waited.append(True))
    with pytest.raises(AlreadyRunning):
        take_lock(path, lambda: waited.append(True), wait_s=0.1)

    # A child inherits the lock; its supervisor is gone, and its number belongs to somebody born at another time.
    child = spawn(["sleep", "0.5"], death_signal=signal.SIGKILL, environment=os.environ, keep=[ours.descriptor])
    os.pwrite(ours.descriptor, f"{os.getpid()} 1\n".encode(), 0)
    os.ftruncate(ours.descriptor, len(f"{os.getpid()} 1\n"))
    ours.release()
    with pytest.raises(LeftoversRunning):
        take_lock(path, lambda: waited.append(True), wait_s=0.1)
    take_lock(path, lambda: waited.append(True), wait_s=5).release()
    assert child.wait(5) == 0
    assert waited == [True, True]
