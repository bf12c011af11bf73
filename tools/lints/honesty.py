"""Honesty: a test can fail, runs, and meets the real thing."""

import ast
from collections.abc import Iterator

from tools.lints.page import Finding, Page

# How functions are called that raise where something is not so, wherever they live.
CHECKING = ("assert", "expect", "check", "must", "refuse", "require", "until", "eventually")
RAISING = {"raises", "warns", "fail", "deprecated_call"}
MOCKING = ("unittest.mock", "mock", "pytest_mock", "mocker")
PATCHING = {"setattr", "setitem", "delattr", "delitem"}
REASON_LETTERS_MIN = 15

type Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(page: Page) -> Iterator[Finding]:
    """Every test asserts something that could be false; nothing is skipped without a reason, mocked or patched."""
    if not page.is_python or not page.path.startswith(("tests/", "bench/")):
        return
    if page.name.startswith("test_"):
        yield from _assertions(page)
    yield from _trivial(page)
    yield from _skips(page)
    yield from _mocks(page)


def _assertions(page: Page) -> Iterator[Finding]:
    functions = {node.name: node for node in ast.walk(page.tree) if isinstance(node, Function.__value__)}
    for name, function in functions.items():
        if name.startswith("test_") and not _checks(function, functions, set()):
            yield page.finding(function.lineno, f"{name} asserts nothing: it cannot fail")


def _checks(function: Function, beside: dict[str, Function], seen: set[str]) -> bool:
    """Whether it asserts, itself or through a function of the same page."""
    seen.add(function.name)
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = _last_name(node.func)
            if called in RAISING or called.lstrip("_").startswith(CHECKING) or called == "run_state_machine_as_test":
                return True
            if called in beside and called not in seen and _checks(beside[called], beside, seen):
                return True
    return False


def _trivial(page: Page) -> Iterator[Finding]:
    for node in ast.walk(page.tree):
        if not isinstance(node, ast.Assert):
            continue
        said = node.test
        same = isinstance(said, ast.Compare) and ast.dump(said.left) == ast.dump(said.comparators[0])
        # Calling twice and comparing is a real question (is it the same each time?), naming twice is not.
        calls = any(isinstance(part, ast.Call | ast.Await) for part in ast.walk(said))
        if isinstance(said, ast.Constant | ast.Tuple) or (same and not calls):
            yield page.finding(node.lineno, "an assertion that is always true")


def _skips(page: Page) -> Iterator[Finding]:
    for node in ast.walk(page.tree):
        name = _last_name(node)
        if name in {"xfail", "importorskip"} and isinstance(node, ast.Attribute):
            yield page.finding(node.lineno, f"{name}: a test passes, or it is not there yet")
        if isinstance(node, ast.Attribute) and name == "skip" and _last_name(node.value) == "mark":
            yield page.finding(node.lineno, "a test that never runs: delete it")
        if isinstance(node, ast.Call) and name in {"skip", "skipif"} and not _has_reason(node):
            yield page.finding(node.lineno, "a skip without a reason that a reader could act on")


def _has_reason(call: ast.Call) -> bool:
    given = [keyword.value for keyword in call.keywords if keyword.arg in {"reason", "msg"}]
    given += call.args[-1:] if _last_name(call) == "skip" else []
    return any(not isinstance(said, ast.Constant) or len(str(said.value)) >= REASON_LETTERS_MIN for said in given)


def _mocks(page: Page) -> Iterator[Finding]:
    for node in ast.walk(page.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.arg):
            names = [node.arg] if node.arg == "mocker" else []
        if any(name == mock or name.startswith(f"{mock}.") for name in names for mock in MOCKING):
            yield page.finding(getattr(node, "lineno", 1), "a mock: build the real one, or a fake beside its port")
        if isinstance(node, ast.Attribute) and node.attr in PATCHING and _last_name(node.value) == "monkeypatch":
            yield page.finding(node.lineno, "patched code is not the code that runs: pass the dependency in")


def _last_name(node: ast.AST) -> str:
    """`skip` for pytest.skip, pytest.mark.skip, skip and a call of any of them."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
