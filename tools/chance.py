"""A pytest plugin for `make laws`: keeps the laws only, and gives each many more examples, drawn by the given seed."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

LAWS = Path(__file__).resolve().parent.parent / "tests" / "laws"
EXAMPLES = 300  # a round, where a law names no number of its own


def pytest_configure() -> None:
    """Chance that follows `--hypothesis-seed`; a slow law is not a wrong one."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    settings.register_profile(
        "laws", max_examples=EXAMPLES, deadline=None, derandomize=False, database=None, suppress_health_check=slow
    )
    settings.load_profile("laws")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A law is a property test anywhere, or anything under tests/laws."""
    laws = [item for item in items if item.get_closest_marker("hypothesis") or LAWS in item.path.parents]
    config.hook.pytest_deselected(items=[item for item in items if item not in laws])
    items[:] = laws
