"""An installation as a whole: how fast its database is back, and what it costs while nothing happens."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.measure import Measure
from safehand.demo.installation import surroundings
from tests.servers import Postgres, running_postgres, scratch_folder

RESTARTS = 5
READY_WAIT_S = 60
SETTLE_S = 5


def restart() -> Measure:
    """From starting the embedded PostgreSQL again to the answer to a first query."""
    with running_postgres(on_disk=True) as server:
        times = []
        for _ in range(RESTARTS):
            server.stop()
            start = time.perf_counter()
            server.start()
            asyncio.run(_first_query(server))
            times.append(time.perf_counter() - start)
    return Measure(
        subject="embedded restart to first query",
        value=min(times),
        unit="s",
        must="at most",
        bound=0.5,
        floor="none: a promise",
        detail=f"slowest {max(times):.2f} s",
    )


async def _first_query(server: Postgres) -> None:
    await asyncio.to_thread(server.administer, "SELECT 1")


def memory() -> Measure:
    """What `safehand up` holds while nothing happens: the proportional share of all its processes."""
    port = 18_473
    with scratch_folder(on_disk=True) as folder:
        command = [sys.executable, "-m", "safehand.cli.main", "up", "--data", str(folder / "data"), "--port", str(port)]
        up = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=surroundings())
        try:
            _wait_ready(port)
            time.sleep(SETTLE_S)
            shares = {pid: _share_kib(pid) for pid in _family(up.pid)}
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(60)
    return Measure(
        subject="idle memory of safehand up",
        value=sum(shares.values()) / 1024,
        unit="MiB",
        must="told only",
        bound=0,
        floor="none",
        detail=f"{len(shares)} processes",
    )


def _wait_ready(port: int) -> None:
    until = time.monotonic() + READY_WAIT_S
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == 200:
                    return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError("the installation did not start")


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _share_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return os.sysconf("SC_PAGE_SIZE") // 1024
