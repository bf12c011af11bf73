"""Runs every lint over the project and prints what it finds: `python -m tools.lints`. Exit 1 if anything."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import typer.main

from safehand.cli.main import build
from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from tools.lints import (
    addresses,
    dangers,
    documents,
    drivers,
    honesty,
    introductions,
    locks,
    marks,
    names,
    sizes,
    words,
)
from tools.lints.page import Finding, Page, read_pages

ROOT = Path(__file__).resolve().parent.parent.parent
OF_ONE_PAGE = (sizes.check, names.check, marks.check, addresses.check, drivers.check, honesty.check, dangers.check)


def findings(root: Path, pages: list[Page]) -> Iterator[Finding]:
    """Everything that any lint finds."""
    yield from (page.broken for page in pages if page.broken)
    pages = [page for page in pages if not page.broken]
    for page in pages:
        for lint in OF_ONE_PAGE:
            yield from lint(page)
    yield from introductions.check(pages)
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    yield from locks.check(pages, project["dependencies"])
    yield from words.import_everything()
    spoken = {language: load_catalogue(language).words for language in LANGUAGES}
    yield from words.check_errors([error.code for error in words.every_error()], spoken)
    yield from documents.check_settings(pages)
    yield from documents.check_targets(pages, (root / "Makefile").read_text("utf-8"))
    program = typer.main.get_command(build())
    yield from documents.check_commands(pages, lambda said: documents.leads_somewhere(program, said))
    yield from documents.check_links(pages, lambda path: (root / path).exists())


def main() -> int:
    """Print the findings, one a line; 1 if there are any."""
    pages = read_pages(ROOT)
    found = sorted(findings(ROOT, pages), key=lambda finding: (finding.path, finding.line))
    for finding in found:
        print(finding)
    print(f"lints: {len(pages)} pages, {len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
