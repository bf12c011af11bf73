"""A receipt on the command line: the short way says what the long way says, and loads nothing besides."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from safehand.cli import receipt
from tests.ledger.logs import a_key, a_log, a_receipt

LOADED = """import sys
from safehand.cli.main import main
try:
    main()
finally:
    heavy = {"typer", "pydantic", "rich", "httpx", "structlog", "fastapi", "sqlalchemy", "asyncio"}
    print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    log = a_log(tmp_path / "log", 300)
    (tmp_path / "right").write_bytes(a_receipt(log, 5))
    (tmp_path / "wrong").write_bytes(a_receipt(log, 5).replace(b"index 5", b"index 6"))
    (tmp_path / "vkey").write_text(f"{a_key().verifier}\n")
    return tmp_path


def said(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", LOADED, "ledger", "receipt", "verify", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_it_loads_nothing_that_it_does_not_need(files: Path) -> None:
    told = said(str(files / "right"), "--vkey", str(files / "vkey"), "--json")

    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("ok 300 ")
    assert json.loads(told.stdout.splitlines()[-1])["entry"] == 5
    assert told.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "status", "begins"),
    [
        (["wrong", "--vkey", "vkey"], 1, "bad receipt "),
        (["right", "--vkey", "right"], 2, ""),
        (["nothing", "--vkey", "vkey"], 2, ""),
        (["right", "--vkey"], 2, ""),
        ([], 2, ""),
    ],
    ids=["changed", "no key", "no file", "no word", "nothing"],
)
def test_no_is_one_and_unusable_is_two(
    files: Path, words: list[str], status: int, begins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    placed = [word if word.startswith("--") else str(files / word) for word in words]
    try:
        ended = receipt.run(placed)
    except SystemExit as error:
        ended = int(str(error.code))

    assert ended == status
    assert capsys.readouterr().out.startswith(begins)


def test_whoever_asks_how_is_told_the_long_way() -> None:
    assert receipt.takes(["ledger", "receipt", "verify", "x"])
    for words in (["ledger", "receipt", "verify", "--help"], ["ledger", "receipt"], ["ledger", "verify", "x"], []):
        assert not receipt.takes(words)
