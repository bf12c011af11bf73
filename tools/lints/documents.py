"""Documents: what a page of docs/ names exists in the code, and what the code offers is on a page."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from tools.lints.page import Finding, Page

SETTING = re.compile(r"\bSAFEHAND_[A-Z][A-Z0-9_]*\b")
TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
MAKE = re.compile(r"(?:^|[`;&|]\s*|\$ )make(?: -\S+)*((?: [a-z][a-z-]*)+)", re.MULTILINE)
SAFEHAND = re.compile(r"(?:^|[`;&|(]\s*|\$ |bin/)safehand((?: [a-z][a-z-]+)+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SETTINGS_PAGE = "docs/operations.md"


def is_document(page: Page) -> bool:
    """Whether people read it as a manual. ADRs are history: they may name what is gone."""
    return page.path.endswith(".md") and not page.path.startswith("docs/adr/")


def check_settings(pages: Iterable[Page]) -> Iterator[Finding]:
    """The settings on SETTINGS_PAGE are those that the code reads; other pages name no other."""
    pages = list(pages)
    read = {name for page in pages if page.path.startswith("safehand/") for name in SETTING.findall(page.text)}
    told = {name for page in pages if page.path == SETTINGS_PAGE for name in SETTING.findall(page.text)}
    for name in sorted(read - told):
        yield Finding(SETTINGS_PAGE, 1, f"the code reads {name}, and this page does not say what it is")
    for page in filter(is_document, pages):
        for number, line in enumerate(page.lines, 1):
            for name in SETTING.findall(line):
                if name not in read:
                    yield page.finding(number, f"nothing reads {name}")


def check_targets(pages: Iterable[Page], makefile: str) -> Iterator[Finding]:
    """Every `make` target that a document names is in the Makefile."""
    targets = set(TARGET.findall(makefile))
    for page, number, words in _commands(pages, MAKE):
        for word in words:
            if word not in targets:
                yield page.finding(number, f"make {word}: no such target")


def check_commands(pages: Iterable[Page], exists: Callable[[list[str]], bool]) -> Iterator[Finding]:
    """Every `safehand` command that a document names exists; `exists` answers for its words."""
    for page, number, words in _commands(pages, SAFEHAND):
        if not exists(words):
            yield page.finding(number, f"safehand {' '.join(words)}: no such command")


def leads_somewhere(program: object, words: list[str]) -> bool:
    """Whether the words name a command of a click program; what follows the command is its own business."""
    for word in words:
        commands = getattr(program, "commands", None)
        if commands is None:
            return True
        if word not in commands:
            return False
        program = commands[word]
    return True


def _commands(pages: Iterable[Page], pattern: re.Pattern[str]) -> Iterator[tuple[Page, int, list[str]]]:
    for page in filter(is_document, pages):
        fenced = False
        for number, line in enumerate(page.lines, 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            for said in [line.strip()] if fenced else re.findall(r"`[^`]+`", line):
                for found in pattern.finditer(said):
                    yield page, number, found.group(1).split()


def check_links(pages: Iterable[Page], there: Callable[[str], bool]) -> Iterator[Finding]:
    """Every relative link leads to a file of the project, and its anchor to a heading there."""
    pages = list(pages)
    anchors = {page.path: {_anchor(title) for title in HEADING.findall(page.text)} for page in pages}
    for page in pages:
        if not page.path.endswith(".md"):
            continue
        for number, line in enumerate(page.lines, 1):
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                path = _joined(page.path, name) if name else page.path
                if not there(path):
                    yield page.finding(number, f"{target}: no such file")
                elif anchor and anchor not in anchors.get(path, set()):
                    yield page.finding(number, f"{target}: no such heading")


def _anchor(title: str) -> str:
    """A heading's anchor as forges make it: lower case, punctuation gone, spaces to hyphens."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def _joined(page: str, target: str) -> str:
    parts: list[str] = []
    for part in (*PurePosixPath(page).parent.parts, *PurePosixPath(target).parts):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
