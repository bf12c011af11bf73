"""Marks: nothing is put off in the code. What is left to do is an issue; what is silenced says why."""

import re
from collections.abc import Iterator

from tools.lints.page import Finding, Page

PUT_OFF = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
STUB = re.compile(r"^\s*raise NotImplemented" r"Error\b")
BARE = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?![:\[])")
CODE = (".py", ".sh", ".js", ".ts", ".go", ".css", ".html", ".toml", ".md")


def check(page: Page) -> Iterator[Finding]:
    """No mark that puts work off, no stub, no check silenced whole."""
    if not page.name.endswith(CODE):
        return
    for number, line in enumerate(page.lines, 1):
        if found := PUT_OFF.search(line):
            yield page.finding(number, f"{found.group()}: do it, or file it")
        if page.is_python and STUB.search(line):
            yield page.finding(number, "a stub: write it, or leave it out")
        if page.is_python and (found := BARE.search(line)):
            yield page.finding(number, f"{found.group()!r} silences everything: name the rule")
