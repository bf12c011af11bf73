"""The README's first five minutes are run as they stand, against the real thing."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import free_port, scratch_folder

README = Path(__file__).resolve().parents[2] / "README.md"
WITHIN_S = 240  # some fifteen seconds where nothing else runs
pytestmark = pytest.mark.timeout(WITHIN_S + 60)


def five_minutes() -> str:
    section = README.read_text("utf-8").partition("## Five minutes\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


@pytest.fixture(scope="module")
def said() -> Iterator[tuple[Path, list[str]]]:
    """The folder in which the section was run, and what it printed."""
    with scratch_folder() as folder:  # as root, the servers' own account must be able to enter it
        yield folder, run_section(folder)


def run_section(folder: Path) -> list[str]:
    port = str(free_port())
    script = "set -euo pipefail\ntrap 'kill %1; wait' EXIT\n" + five_minutes()
    script = script.replace("--data first-day &", f"--data first-day --port {port} &").replace("8080", port)
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    kept["SAFEHAND_AS_ROOT"] = "allowed"  # wherever Python lies on this machine
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with (folder / "printed").open("w") as printed:
        shell = subprocess.Popen(
            ["bash", "-c", script], cwd=folder, env=kept | {"PATH": path}, stdin=subprocess.DEVNULL,
            stdout=printed, stderr=printed, start_new_session=True,
        )  # fmt: skip
        try:
            code: int | None = shell.wait(WITHIN_S)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(shell.pid, signal.SIGTERM)
            shell.wait(10)
    lines = (folder / "printed").read_text("utf-8").splitlines()
    assert code == 0, "\n".join(lines)
    return lines


def test_the_scanner_is_enrolled_and_what_it_signed_is_stored(said: tuple[Path, list[str]]) -> None:
    assert "stored" in said[1]


def test_the_label_is_a_pdf(said: tuple[Path, list[str]]) -> None:
    assert (said[0] / "label.pdf").read_bytes().startswith(b"%PDF-")


def test_the_log_is_verified_with_the_receipt(said: tuple[Path, list[str]]) -> None:
    assert any(re.fullmatch(r"ok [1-9][0-9]* \S+", line) for line in said[1])
    assert (said[0] / "receipt.tlog-proof").read_text("utf-8").startswith("c2sp.org/tlog-proof@v1\n")
