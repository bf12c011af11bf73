"""`make` says what it can do, keeps standard output for the work, and CI calls it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def make(*words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"]}  # not the variables of the make that may run these tests
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_make_alone_lists_every_command() -> None:
    listed = re.findall(r"^make ([a-z]+)", make().stdout, re.MULTILINE)
    declared = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()

    assert sorted(listed) == sorted(set(declared) - {"help"})
    assert make().stderr == ""


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        (["demo", "ARGS=--seed 7"], ".venv/bin/safehand demo --seed 7"),
        (["test"], '.venv/bin/python -m pytest -n 2 --dist worksteal -m "not faults"'),
        (["test", "T=tests/house"], '.venv/bin/python -m pytest  -m "not faults" tests/house'),
        (["faults"], ".venv/bin/python -m pytest -m faults"),
        (["check"], ".venv/bin/python -m tools.check"),
        (["bench", "T=ledger"], ".venv/bin/python -m bench ledger"),
        (["laws", "SEED=9"], '--seed "9"'),
    ],
)
def test_a_command_sets_up_and_then_runs_its_work(words: list[str], runs: str) -> None:
    lines = make("-n", *words).stdout.strip().splitlines()

    assert lines[0].startswith("sh tools/setup.sh")
    assert runs in lines[-1]


def test_set_up_keeps_standard_output_for_the_work() -> None:
    shell = (ROOT / "tools" / "setup.sh").read_text("utf-8")

    assert re.search(r"^exec </dev/null >&2$", shell, re.MULTILINE)


def test_ci_checks_and_then_tests_and_ends_with_pytest() -> None:
    script = ROOT / ".ci" / "run"
    lines = [line for line in script.read_text("utf-8").splitlines() if not line.startswith("#")]

    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in lines
    assert lines[-2:] == ["make check", "make test"]
