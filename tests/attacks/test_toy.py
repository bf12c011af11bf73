"""The scanners find what was planted, so that their silence elsewhere means something."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from safehand.app.processes import spawn
from tests.attacks import toy
from tests.attacks.scanners import Found, bandit, handshakes, missing, schemathesis, wapiti
from tests.certificates import an_authority
from tests.servers import free_port, wait_for

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]
SEEN = {
    1: ("wapiti", "SQL Injection", "/find"),
    2: ("bandit", "B602", ""),
    3: ("bandit", "B301", ""),
    4: ("wapiti", "Cross Site Scripting", "/hello"),
    5: ("wapiti", "Path Traversal", "/file"),
    6: ("wapiti", "Open Redirect", "/go"),
    7: ("wapiti", "HttpOnly Flag cookie", "/"),
    8: ("testssl", "TLS1", ""),
    9: ("schemathesis", "IgnoredAuth", "/orders"),
    10: ("schemathesis", "ServerError", "/price"),
}
FOUND_MIN = 8


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[int]:
    """The toy at a port of its own."""
    files = an_authority(tmp_path / "authority").issue(tmp_path, "localhost", toy.HOST)
    port = free_port()
    command = [sys.executable, "-m", "tests.attacks.toy", str(port), str(files.certificate), str(files.key)]
    process = spawn(command, death_signal=signal.SIGKILL, environment=dict(os.environ), output=subprocess.DEVNULL)
    try:
        wait_for(lambda: _answers(port))
        yield port
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"https://{toy.HOST}:{port}/", verify=False, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_at_least_eight_of_ten_planted_flaws_are_found(shop: int, tmp_path: Path) -> None:
    url = f"https://{toy.HOST}:{shop}"
    found: list[Found] = [
        *bandit(toy.__file__),
        *wapiti(f"{url}/", tmp_path),
        *handshakes(shop, tmp_path),
        *schemathesis(f"{url}/openapi.json", tmp_path, "--tls-verify", "false", "-H", "X-Key: one",
                      examples=50, seed=1).found,
    ]  # fmt: skip

    seen = {number for number in toy.FLAWS if any(_is(SEEN[number], one) for one in found)}

    assert len(seen) >= FOUND_MIN, {number: toy.FLAWS[number] for number in toy.FLAWS if number not in seen}


def _is(flaw: tuple[str, str, str], one: Found) -> bool:
    tool, kind, where = flaw
    return one.tool == tool and one.kind == kind and where in one.where
