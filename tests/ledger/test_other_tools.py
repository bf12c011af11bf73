"""`docs/verify-with-other-tools.md`: the programs in it run as they stand, on right logs and on wrong ones."""

import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.ledger.edits import flip
from tests.ledger.logs import a_fact, a_key, a_log, a_receipt, entries_for, plain_log, read_files, write_files

PAGE = Path(__file__).parents[2] / "docs" / "verify-with-other-tools.md"
PROGRAMS = dict(re.findall(r"<!-- program: (\w+) -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))


def said_by(program: str, *arguments: Path) -> tuple[bool, str]:
    command = [sys.executable, "-I", "-c", PROGRAMS[program], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def vkey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "trusted.vkey"
    path.write_text(f"{a_key().verifier}\n")
    return path


def test_neither_program_knows_us() -> None:
    assert sorted(PROGRAMS) == ["log", "receipt"]
    assert all("safehand." not in program for program in PROGRAMS.values())


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (300, 0), (300, 255), (300, 299), (700, 512)])
def test_a_receipt_is_accepted(tmp_path: Path, vkey: Path, size: int, index: int) -> None:
    (tmp_path / "receipt").write_bytes(a_receipt(a_log(tmp_path / "log", size), index))

    accepted, said = said_by("receipt", tmp_path / "receipt", vkey)
    assert accepted
    assert said.startswith(f"ok {size} ")
    assert said.endswith(f" {a_fact(index).decode()}\n")


def test_a_changed_receipt_is_refused(tmp_path: Path, vkey: Path) -> None:
    receipt = a_receipt(a_log(tmp_path / "log", 300), 7)
    chance = Random(8)
    bent = [flip(chance, receipt) for _ in range(10)]
    bent += [receipt.replace(b"index 7", b"index 6"), a_receipt(tmp_path / "log", 8)[:-2] + b"\n"]
    for raw in bent:
        (tmp_path / "receipt").write_bytes(raw)
        assert not said_by("receipt", tmp_path / "receipt", vkey)[0]

    (tmp_path / "receipt").write_bytes(receipt)
    (tmp_path / "other.vkey").write_text(f"{a_key(seed=2).verifier}\n")
    assert not said_by("receipt", tmp_path / "receipt", tmp_path / "other.vkey")[0]


@pytest.mark.parametrize("size", [0, 1, 256, 257, 700])
def test_a_log_is_accepted(tmp_path: Path, size: int) -> None:
    root = read_files(a_log(tmp_path / "log", size))["checkpoint"].decode().split("\n")[2]

    assert said_by("log", tmp_path / "log") == (True, f"ok {size} {root}\n")


def test_a_changed_log_is_refused(tmp_path: Path) -> None:
    entries = entries_for(700)
    good = plain_log(entries, a_key())
    chance = Random(9)
    bent = [good | {path: flip(chance, good[path])} for path in sorted(good) if path.startswith("tile/entries/")]
    bent += [good | {"checkpoint": good["checkpoint"].replace(b"\n700\n", b"\n699\n")}]
    bent += [plain_log([*entries, entries[3]], a_key())]
    for files in bent:
        assert not said_by("log", write_files(tmp_path / "log", files))[0]
