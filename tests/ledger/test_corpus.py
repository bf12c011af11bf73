"""The corpus of known-bad logs and receipts: each gets the very verdict that is written beside it."""

import base64
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from safehand.cli.ledger import register
from tests.ledger.corpus.build import FOLDER, Case, cases, text_of
from tests.ledger.logs import write_files

FILES = sorted(FOLDER.glob("*.json"), key=lambda file: file.stem)


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_verdict_is_the_one_that_is_written_down(app: typer.Typer, tmp_path: Path, file: Path) -> None:
    case = json.loads(file.read_text("ascii"))
    unpacked = {path: base64.b64decode(raw) for path, raw in case["files"].items()}
    write_files(tmp_path / "log", unpacked)
    (tmp_path / "trusted").write_text(case["vkey"] + "\n")
    options = ["--vkey", str(tmp_path / "trusted")]
    for name, raw in case["receipts"].items():
        (tmp_path / name).write_bytes(base64.b64decode(raw))
        options += ["--receipt", str(tmp_path / name)]

    done = CliRunner().invoke(app, ["ledger", "verify", str(tmp_path / "log"), *options])

    assert done.stdout.replace(f"{tmp_path}/", "") == case["line"] + "\n"
    assert done.exit_code == (0 if case["line"].startswith("ok ") else 1)


def test_the_corpus_is_what_its_builder_makes() -> None:
    built: dict[str, Case] = {case.name: case for case in cases()}

    assert [file.stem for file in FILES] == sorted(built)
    for file in FILES:
        assert file.read_text("ascii") == text_of(built[file.stem])


def test_every_kind_of_verdict_is_in_the_corpus() -> None:
    lines = [json.loads(file.read_text("ascii"))["line"].split(" ")[:2] for file in FILES]

    assert {" ".join(words) for words in lines if words[0] == "bad"} == {
        "bad entry",
        "bad tile",
        "bad checkpoint:",
        "bad receipt",
    }
    assert len(lines) > 45
