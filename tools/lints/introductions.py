"""Introductions: every room says who it is before anything else."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tools.lints.page import Finding, Page

HEADINGS = ("Words", "Keeps true", "Asks", "Start at")


def check(pages: Iterable[Page]) -> Iterator[Finding]:
    """Every package of safehand has a docstring; a room on a floor also has the four headings, in that order."""
    known = {page.path: page for page in pages if page.is_python and page.path.startswith("safehand/")}
    for folder in sorted({PurePosixPath(path).parent for path in known}):
        page = known.get(f"{folder}/__init__.py")
        if page is None:
            yield Finding(f"{folder}/__init__.py", 1, "a package without an introduction")
            continue
        said = ast.get_docstring(page.tree) or ""
        if not said:
            yield page.finding(1, "a package without an introduction")
        elif len(folder.parts) == 2:
            yield from _headings(page, said)


def _headings(page: Page, said: str) -> Iterator[Finding]:
    starts = [line for line in said.splitlines() if line.startswith(HEADINGS)]
    found = [next(heading for heading in HEADINGS if line.startswith(heading)) for line in starts]
    if found != list(HEADINGS):
        missing = [heading for heading in HEADINGS if heading not in found]
        what = f"lacks {', '.join(missing)}" if missing else f"should go {', '.join(HEADINGS)}"
        yield page.finding(1, f"the introduction {what}")
