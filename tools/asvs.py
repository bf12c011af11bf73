"""What of OWASP ASVS 5.0.0 is met, by what: joins tools/asvs.toml with the tests that say `@asvs("6.2.1")`.

`make docs` writes docs/asvs.md of it. Tests are read, never run: a claim is a decorator in the source.

Source
    OWASP Application Security Verification Standard 5.0.0: numbers and levels. The words are ours.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.lints.page import Finding, Page, read_pages

ROOT = Path(__file__).resolve().parent.parent
TABLE = "tools/asvs.toml"
PAGE = "docs/asvs.md"
PARTS = {"level1", "level2", "not_applicable", "open", "document", "setting", "note"}
NUMBER = re.compile(r"[1-9][0-9]?\.[1-9][0-9]?\.[1-9][0-9]?")
MET, OPEN, NOT_APPLICABLE = "met", "open", "does not apply"


@dataclass(frozen=True)
class Requirement:
    """One requirement, and everything that is said about it."""

    number: str
    level: int
    words: str
    tests: tuple[str, ...] = ()
    document: str = ""
    setting: str = ""
    open: str = ""
    not_applicable: str = ""
    note: str = ""

    @property
    def state(self) -> str:
        """Met only where something proves it and nothing is said to be missing."""
        if self.not_applicable:
            return NOT_APPLICABLE
        return MET if not self.open and (self.tests or self.document or self.setting) else OPEN

    @property
    def order(self) -> tuple[int, ...]:
        """Chapter, section, requirement."""
        return tuple(map(int, self.number.split(".")))


@dataclass(frozen=True)
class Said:
    """The table as it was written, and the claims of the tests."""

    table: Mapping[str, Mapping[str, str]]
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def part(self, name: str) -> Mapping[str, str]:
        """One part of the table; empty where it is absent."""
        return self.table.get(name, {})

    def requirements(self) -> list[Requirement]:
        """Every requirement of levels 1 and 2, in the standard's order."""
        found = [
            Requirement(
                number,
                level,
                words,
                self.claims.get(number, ()),
                *(
                    self.part(part).get(number, "")
                    for part in ("document", "setting", "open", "not_applicable", "note")
                ),
            )
            for level in (1, 2)
            for number, words in self.part(f"level{level}").items()
        ]
        return sorted(found, key=lambda one: one.order)


def read(root: Path = ROOT) -> Said:
    """The table and the claims of this checkout."""
    tests = [page for page in read_pages(root) if page.path.startswith("tests/") and page.is_python]
    return Said(tomllib.loads((root / TABLE).read_text("utf-8")), claims_of(tests))


def claims_of(pages: Iterable[Page]) -> dict[str, tuple[str, ...]]:
    """Which tests name which requirement, by number."""
    found: dict[str, list[str]] = {}
    for page in pages:
        for test, numbers in _claims(page):
            for number in numbers:
                found.setdefault(number, []).append(f"{page.path}::{test}")
    return {number: tuple(tests) for number, tests in found.items()}


def _claims(page: Page) -> Iterator[tuple[str, list[str]]]:
    if "asvs" not in page.text or page.broken:
        return
    for node in ast.walk(page.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "asvs":
                    yield node.name, [str(said.value) for said in mark.args if isinstance(said, ast.Constant)]


def check(said: Said, pages: Mapping[str, str], settings: set[str]) -> Iterator[Finding]:
    """Whatever is claimed and is not so.

    Shapes
        pages     texts of documents by path: a document is named as `docs/page.md#A heading`.
        settings  the settings that the code reads.
    """
    known = {one.number: one for one in said.requirements()}
    for part in sorted(set(said.table) - PARTS):
        yield Finding(TABLE, 1, f"[{part}] is no part of the table")
    for number in sorted({*said.part("level1")} & {*said.part("level2")}):
        yield Finding(TABLE, 1, f"{number} stands under both levels")
    for part in sorted(PARTS - {"level1", "level2"}):
        for number in said.part(part):
            if number not in known:
                yield Finding(TABLE, 1, f"[{part}] names {number}, which is no requirement of level 1 or 2")
    for number, tests in said.claims.items():
        yield from _check_claims(number, tests, known.get(number))
    for one in known.values():
        yield from _check_one(one, pages, settings)


def _check_claims(number: str, tests: tuple[str, ...], one: Requirement | None) -> Iterator[Finding]:
    for test in sorted(set(tests)):
        path, _, name = test.partition("::")
        if one is None:
            yield Finding(path, 1, f"{name} claims {number}, which is no requirement of level 1 or 2")
        elif one.not_applicable:
            yield Finding(path, 1, f"{name} claims {number}, which does not apply: {one.not_applicable}")
        if not name.startswith("test_") or not Path(path).name.startswith("test_"):
            yield Finding(path, 1, f"{name} claims {number} and is no test")
        if tests.count(test) > 1:
            yield Finding(path, 1, f"{name} claims {number} twice")


def _check_one(one: Requirement, pages: Mapping[str, str], settings: set[str]) -> Iterator[Finding]:
    if not NUMBER.fullmatch(one.number):
        yield Finding(TABLE, 1, f"{one.number} is no number of a requirement")
    if one.not_applicable and (one.open or one.document or one.setting):
        yield Finding(TABLE, 1, f"{one.number} does not apply, and something is said to meet or to lack it")
    if one.state == OPEN and not one.open:
        yield Finding(TABLE, 1, f"{one.number} is met by nothing: say under [open] what is missing")
    if one.state == OPEN and one.level == 1:
        yield Finding(TABLE, 1, f"{one.number} is of level 1 and open: {one.open}")
    if one.document:
        path, _, title = one.document.partition("#")
        titles = re.findall(r"^#+ (.+)$", pages.get(path, ""), re.MULTILINE)
        if title not in titles:
            yield Finding(TABLE, 1, f"{one.number} is said to be met by {one.document}: no such heading")
    if one.setting and one.setting not in settings:
        yield Finding(TABLE, 1, f"{one.number} is said to be met by {one.setting}: no such setting")


def page(said: Said) -> str:
    """docs/asvs.md."""
    every = said.requirements()
    lines = [
        "# ASVS",
        "",
        "How Safehand stands to the OWASP Application Security Verification Standard 5.0.0, levels 1 and 2. The",
        "numbers are the standard's; the words are ours and shorter: read them beside it. What a test proves is marked",
        'at the test with `@asvs("6.2.1")`; `make test` runs it. Where a document or a setting meets a requirement, it',
        "is named; where nothing does, what is missing is said.",
        "",
        "This page is written by make docs from tools/asvs.toml and the tests.",
        "",
        "| level | met | open | does not apply |",
        "|---|---|---|---|",
    ]
    for level in (1, 2):
        count = {state: sum(one.level == level and one.state == state for one in every) for state in STATES}
        applies = count[MET] + count[OPEN]
        lines.append(f"| {level} | {count[MET]} of {applies} | {count[OPEN]} | {count[NOT_APPLICABLE]} |")
    missing = [one for one in every if one.state == OPEN]
    lines += ["", "## Open", "", "| number | level | what | what is missing |", "|---|---|---|---|"]
    lines += [f"| {one.number} | {one.level} | {one.words} | {one.open} |" for one in missing]
    chapter = ""
    for one in every:
        if one.number.split(".")[0] != chapter:
            chapter = one.number.split(".")[0]
            lines += ["", f"## Chapter {chapter}", "", "| number | level | what | |", "|---|---|---|---|"]
        lines.append(f"| {one.number} | {one.level} | {one.words} | {'<br>'.join(_told(one))} |")
    return "\n".join(lines) + "\n"


STATES = (MET, OPEN, NOT_APPLICABLE)


def _told(one: Requirement) -> Iterator[str]:
    if one.not_applicable:
        yield f"does not apply: {one.not_applicable}"
    if one.open:
        yield f"**open**: {one.open}"
    if one.document:
        path, _, title = one.document.partition("#")
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
        yield f"[{title}]({_from_docs(path)}#{anchor})"
    if one.setting:
        yield f"setting `{one.setting}`"
    if one.note:
        yield one.note
    yield from (f"`{test}`" for test in one.tests)


def _from_docs(path: str) -> str:
    return path.removeprefix("docs/") if path.startswith("docs/") else f"../{path}"
