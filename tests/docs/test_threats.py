"""Every threat on docs/threat-model.md names a test, and that test exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]


def test_the_page_has_threats() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_the_threat_names_a_test_that_exists(row: str) -> None:
    found = re.search(r"`([a-z0-9_/]+\.py)(?:::(test_[a-z0-9_]+))?` \|$", row)
    assert found, row
    path, name = found.groups()
    text = (ROOT / "tests" / path).read_text("utf-8")
    assert "def test_" in text
    assert name is None or f"def {name}(" in text
