"""Sizes: what no longer fits in a head is two things."""

import ast
from collections.abc import Iterator

from tools.lints.page import Finding, Page

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
CODE = (".py", ".sh", ".js", ".ts", ".go")


def check(page: Page) -> Iterator[Finding]:
    """Files of code up to FILE_LINES_MAX lines, functions up to FUNCTION_LINES_MAX."""
    if page.name.endswith(CODE) and len(page.lines) > FILE_LINES_MAX:
        yield page.finding(
            FILE_LINES_MAX + 1, f"{len(page.lines)} lines, at most {FILE_LINES_MAX}: find the second noun"
        )
    if not page.is_python:
        return
    for node in ast.walk(page.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield page.finding(node.lineno, f"{node.name} has {lines} lines, at most {FUNCTION_LINES_MAX}")
