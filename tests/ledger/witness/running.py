"""Witnesses that run: as others run them, a process each, or in a thread where that is all a test needs."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx

from safehand.ledger.note import VerifierKey
from safehand.ledger.witness.cosignature import CosignerKey
from safehand.ledger.witness.routes import witness_server
from safehand.ledger.witness.witness import Witness
from tests.ledger.logs import a_key
from tests.ledger.witness.scenes import NOW_S, a_cosigner
from tests.servers import free_port

READY_S = 30.0
STOP_S = 20.0


@dataclass
class RunningWitness:
    """Its address, its key, and the process."""

    url: str
    key: CosignerKey
    process: "subprocess.Popen[str]"

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait(STOP_S)


@contextmanager
def a_running_witness(
    state: Path, logs: Sequence[VerifierKey], name: str = "witness.example/w1"
) -> Iterator[RunningWitness]:
    """Run one over `state` until the end of the block."""
    port = free_port()
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "safehand.cli.main", "ledger", "witness", "--state", str(state), "--name", name]
    for number, key in enumerate(logs):
        (state / f"log-{number}.vkey").write_text(f"{key}\n")
        command += ["--log", str(state / f"log-{number}.vkey")]
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        vkey, url = process.stdout.readline().split()
        _wait_ready(url, process)
        yield RunningWitness(url, CosignerKey.parse(vkey), process)
    finally:
        process.terminate()
        process.wait(STOP_S)


@dataclass
class ServedWitness:
    """A witness in a thread of this process: its address, its key, and how to end it."""

    url: str
    key: CosignerKey
    end: Callable[[], None]


@contextmanager
def a_served_witness(
    state: Path, name: str = "witness.example/w1", logs: Sequence[VerifierKey] = (a_key().verifier,)
) -> Iterator[ServedWitness]:
    """Serve one over `state` until the end of the block."""
    with Witness.open(state, a_cosigner(name), logs, lambda: NOW_S) as witness:
        server = witness_server(witness, "127.0.0.1", 0)
        thread = Thread(target=server.run)
        thread.start()

        def end() -> None:
            server.should_exit = True
            thread.join(STOP_S)

        try:
            while not server.started:
                assert thread.is_alive(), "the witness ended"
                time.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield ServedWitness(f"http://127.0.0.1:{port}", witness.cosigner.public, end)
        finally:
            end()


def _wait_ready(url: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + READY_S
    while True:
        assert process.poll() is None, "the witness ended"
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the witness does not answer"
            time.sleep(0.02)
        else:
            return
