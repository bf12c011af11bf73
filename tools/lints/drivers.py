"""Drivers: parts of a library that only one room may use, where the library as a whole is allowed elsewhere.

import-linter sees a foreign library as one; these rules look inside.
"""

import ast
from collections.abc import Iterator

from tools.lints.page import Finding, Page

MIGRATING = ("safehand/app/migrating.py", "safehand/app/migrations/env.py")  # alembic wants an engine of its own
HOMES: dict[str, tuple[str, ...]] = {
    "sqlalchemy.ext.asyncio": ("safehand/store/", *MIGRATING),
    "sqlalchemy.create_engine": ("safehand/store/", *MIGRATING),
    "sqlalchemy.orm": (),
}


def check(page: Page) -> Iterator[Finding]:
    """Engines and connections are made in store; nobody uses the ORM."""
    if not page.is_python or not page.path.startswith("safehand/"):
        return
    for line, name in _imported(page):
        for part, homes in HOMES.items():
            if f"{name}.".startswith(f"{part}.") and not page.path.startswith(homes):
                whose = f"only {homes[0]} may" if homes else "nobody does"
                yield page.finding(line, f"imports {part}: {whose}")


def _imported(page: Page) -> Iterator[tuple[int, str]]:
    for node in ast.walk(page.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
