"""Names: a file has a noun for a name and one subject."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lints.page import Finding, Page

SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base", "misc", "shared", "stuff"}
CODE = (".py", ".sh", ".js", ".ts", ".go")


def check(page: Page) -> Iterator[Finding]:
    """No file or folder of code is named after nothing, and none of ours has a space or a capital in its path."""
    path = PurePosixPath(page.path)
    if path.suffix not in CODE:
        return
    for part in (*path.parts[:-1], path.stem):
        words = set(re.split(r"[_\-.]", part.lower()))
        if part.lower() in SAY_NOTHING or words & {"utils", "helpers", "manager"}:
            yield page.finding(1, f"{part!r} says nothing about what is in it: name the noun")
        if part != part.lower() or " " in part:
            yield page.finding(1, f"{part!r}: paths of code are lower case without spaces")
