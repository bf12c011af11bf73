"""The table of `make conformance` is whole: every example of GS1 and of the carriers, and none judged otherwise."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.labels.gs1_vectors import gs1_file
from tools.conformance import COLUMNS, Row, coverage, table
from tools.gs1_sets import Outcome, Why

JSON_FILES = ("syntax_vectors.json", "identifiers.json", "epc_tds_vectors.json", "tracking_numbers.json")


@pytest.fixture(scope="module")
def folder() -> Path:
    return gs1_file("tracking_numbers.json").parent


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[Row]:
    return coverage(folder)


def told(folder: Path, file: str) -> int:
    """How many examples a file has, counted without the code that judges them."""
    body = json.loads((folder / file).read_text("utf-8"))
    parts = body.get("vectors", {name: body[name] for name in ("validate", "convert") if name in body})
    return len(parts) if isinstance(parts, list) else sum(map(len, parts.values()))


def test_every_example_of_every_file_is_in_the_table(rows: list[Row], folder: Path) -> None:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row.file] += row.figures[0]
        assert row.figures[0] == sum(row.figures[1:])
    assert {file: counted[file] for file in JSON_FILES} == {file: told(folder, file) for file in JSON_FILES}
    assert {path.name for path in folder.iterdir()} == {*JSON_FILES, "syntax-dictionary"}


def test_no_example_is_judged_otherwise_than_its_maker_says(rows: list[Row]) -> None:
    assert [said for row in rows for said in row.otherwise] == []


def test_every_refusal_names_its_rule_and_whatever_is_passed_over_its_reason(rows: list[Row]) -> None:
    for row in rows:
        assert sum(row.rules.values()) == row.outcomes[Outcome.REFUSED]
        assert sum(row.reasons.values()) == row.outcomes[Outcome.PASSED_OVER]
        assert all(rule.strip() for rule in row.rules)
        assert set(row.reasons) <= set(Why)


def test_the_table_says_each_row_each_rule_and_each_reason(rows: list[Row]) -> None:
    printed = list(table(rows))
    assert all(name in printed[0] for name in COLUMNS)
    text = "\n".join(printed)
    for row in rows:
        assert f"  {row.kind}" in text
        assert all(said in text for said in (*row.rules, *row.reasons))
    whole = next(line for line in printed if line.startswith("all"))
    assert whole.split()[1:] == [str(sum(row.figures[at] for row in rows)) for at in range(len(COLUMNS))]


def test_examples_that_say_the_contrary_are_all_judged_otherwise(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "gs1")
    for file, field in (("tracking_numbers.json", "valid"), ("syntax_vectors.json", "ok")):
        path = tmp_path / "gs1" / file
        body = json.loads(path.read_text("utf-8"))
        parts = body["vectors"] if isinstance(body["vectors"], dict) else {"all": body["vectors"]}
        for vector in (vector for part in parts.values() for vector in part if field in vector):
            vector[field] = not vector[field]
        path.write_text(json.dumps(body), "utf-8")
    turned = {(row.file, row.kind): row.outcomes for row in coverage(tmp_path / "gs1")}
    for row in coverage(folder):
        if row.file == "tracking_numbers.json" or row.kind == "linter_unit":
            now = turned[row.file, row.kind]
            assert now[Outcome.TAKEN] == now[Outcome.REFUSED] == 0
            assert now[Outcome.OTHERWISE] == row.outcomes[Outcome.TAKEN] + row.outcomes[Outcome.REFUSED]
