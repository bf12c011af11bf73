"""The own tests of web/, run by the Node that builds it: what is signed, read and judged on a tablet."""

import re
import subprocess
from pathlib import Path

from tools.check import NODE, WEB


def test_what_a_tablet_signs_reads_and_judges_is_right() -> None:
    files = sorted(str(path) for path in (WEB / "tests").glob("*.test.ts"))
    command: list[str | Path] = [NODE, "--test", "--test-reporter=tap", *files]

    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) > 15
