"""The documents say what the code does."""

import re
from pathlib import Path

import pytest
import typer.main

from safehand.cli.main import build
from safehand.events.event import family
from tools.lints import documents
from tools.lints.page import Page, read_pages
from tools.lints.words import every_error, import_everything
from tools.write_docs import pages as written_pages

ROOT = Path(__file__).resolve().parents[2]
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
ADR_LINES_MAX = 60
API = "web/src/device/api.ts"


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    """Every page of the project."""
    return read_pages(ROOT)


@pytest.mark.parametrize("path", ["docs/errors.md", "docs/events.md", "docs/vocabulary.md", "docs/asvs.md", API])
def test_a_written_page_is_what_the_code_would_write_now(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == written_pages()[path]


def test_the_pages_name_every_error_and_every_event_and_nothing_else() -> None:
    assert list(import_everything()) == []

    def named(page: str) -> set[str]:
        return set(re.findall(r"`([a-z_.0-9]+)`", (ROOT / "docs" / page).read_text("utf-8")))

    assert named("errors.md") == {error.code for error in every_error()}
    assert named("events.md") == set(family())


def test_the_settings_on_the_page_are_those_that_are_read(pages: list[Page]) -> None:
    assert list(documents.check_settings(pages)) == []


def test_the_targets_that_documents_name_exist(pages: list[Page]) -> None:
    assert list(documents.check_targets(pages, (ROOT / "Makefile").read_text("utf-8"))) == []


def test_the_commands_that_documents_name_exist(pages: list[Page]) -> None:
    program = typer.main.get_command(build())

    assert list(documents.check_commands(pages, lambda said: documents.leads_somewhere(program, said))) == []
    assert documents.leads_somewhere(program, ["ledger", "receipt", "verify", "file"])
    assert not documents.leads_somewhere(program, ["ledger", "dance"])


def test_links_lead_somewhere(pages: list[Page]) -> None:
    assert list(documents.check_links(pages, lambda path: (ROOT / path).exists())) == []


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("page", ADRS, ids=lambda page: page.stem)
def test_a_decision_says_why_what_it_costs_and_when_to_turn_back(page: Path) -> None:
    text = page.read_text("utf-8")

    assert re.match(
        rf"# {int(page.name[:4])}\. \S.*\n(Accepted|Superseded by \d+), \d{{4}}-\d\d-\d\d\. Touches .+\n", text
    )
    parts = re.findall(r"^\*\*([A-Z][a-z ]+)(?:\.\*\*|\*\*)", text, re.MULTILINE)
    assert parts == ["Context", "Decision", "Costs", "Rejected", "Turn back if"]
    assert len(text.splitlines()) <= ADR_LINES_MAX


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    words = re.findall(r"^\| \*\*([a-z ]+)\*\*", text, re.MULTILINE)

    assert words == sorted(set(words))
    assert len(words) > 30
