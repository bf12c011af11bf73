"""A page: one text file of the project, and how the project's pages are found."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

PAGE_BYTES_MAX = 4_000_000  # a larger one is data, whatever its name
UNTRACKED = {".git", ".venv", ".setup", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache"}
GENERATED = UNTRACKED | {"__pycache__", "node_modules", "build", "dist", ".hypothesis"}


@dataclass(frozen=True)
class Finding:
    """One place where a habit is broken, in words that say what to do."""

    path: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


@dataclass(frozen=True)
class Page:
    """One text file: its path from the top of the project, with forward slashes, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def is_python(self) -> bool:
        """Whether Python would read it."""
        return self.path.endswith(".py")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python page."""
        return ast.parse(self.text, self.path)

    @cached_property
    def broken(self) -> Finding | None:
        """Where Python cannot read the page, if it is Python and cannot be read."""
        try:
            ast.parse(self.text if self.is_python else "")
        except SyntaxError as error:
            return self.finding(error.lineno or 1, f"cannot be read: {error.msg}")
        return None

    @cached_property
    def lines(self) -> list[str]:
        """The text, line by line."""
        return self.text.splitlines()

    def finding(self, line: int, words: str) -> Finding:
        """A finding on this page."""
        return Finding(self.path, line, words)


def read_pages(root: Path) -> list[Page]:
    """Every text file that is tracked, or would be: what git ignores is left out. Ordered by path."""
    pages = []
    for path in sorted(_paths(root)):
        body = (root / path).read_bytes() if (root / path).is_file() else b"\0"
        if b"\0" in body or len(body) > PAGE_BYTES_MAX:
            continue
        try:
            pages.append(Page(path, body.decode("utf-8")))
        except UnicodeDecodeError:
            continue
    return pages


def _paths(root: Path) -> Iterator[str]:
    # safe.directory: a checkout that belongs to another user is still only read here.
    ask = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        told = subprocess.run(ask, cwd=root, capture_output=True, check=True).stdout.decode("utf-8", "surrogateescape")
        yield from {path for path in told.split("\0") if path}
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive has no git
        for path in root.rglob("*"):
            relative = path.relative_to(root)
            if path.is_file() and not GENERATED.intersection(relative.parts):
                yield relative.as_posix()
