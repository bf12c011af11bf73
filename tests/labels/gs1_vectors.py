"""GS1's own test material, read where it lies; it is not ours to copy."""

import json
from pathlib import Path
from typing import Any

import pytest

_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "gs1"


def gs1_file(name: str) -> Path:
    """One file of the material; the test is skipped where the folder is missing."""
    path = _FOLDER / name
    if not path.exists():
        pytest.skip(f"third-party test material is missing: shared/data/gs1/{name}")
    return path


def syntax_vectors(kind: str) -> list[dict[str, Any]]:
    """Vectors of GS1's syntax engine."""
    vectors: list[dict[str, Any]] = json.loads(gs1_file("syntax_vectors.json").read_text())["vectors"][kind]
    return vectors
