"""The lints that hold documents and catalogues to the code find what they are for."""

import pytest

from safehand.kernel.errors import Conflict, SafehandError
from tools.lints import documents, words
from tools.lints.page import Page
from tools.write_docs import errors_page

SPOKEN = {"seals.broken.title": "Broken", "seals.broken.detail": "Seal {seal}.", "seals.broken.remedy": "Look again."}
MAKEFILE = "PY := python\nhelp:\n\t@echo\n\ntest: setup\n\t@pytest\n"


def said(path: str, text: str) -> list[Page]:
    return [Page("safehand/app/settings.py", 'NAME = "SAFEHAND_PORT"'), Page(path, text)]


def test_an_error_worded_in_both_languages_is_left_alone() -> None:
    assert list(words.check_errors(["seals.broken"], {"en": SPOKEN, "fi": SPOKEN})) == []


@pytest.mark.parametrize("part", ["title", "detail", "remedy"])
def test_an_error_without_all_its_words_in_one_language_is_found(part: str) -> None:
    mute = SPOKEN | {f"seals.broken.{part}": " "}

    found = list(words.check_errors(["seals.broken"], {"en": SPOKEN, "fi": mute}))

    assert [(finding.path, finding.words) for finding in found] == [
        ("safehand/kernel/messages/fi/seals.toml", f"[seals.broken] has no {part}")
    ]


def test_words_for_an_error_that_nothing_raises_are_found() -> None:
    found = list(words.check_errors([], {"en": SPOKEN}))

    assert "nothing raises" in found[0].words


def test_every_module_can_be_imported_and_every_error_is_seen() -> None:
    assert list(words.import_everything()) == []

    codes = [error.code for error in words.every_error()]

    assert "store.unavailable" in codes
    assert codes == sorted(set(codes))


def test_no_two_errors_share_a_code() -> None:
    assert list(words.import_everything()) == []
    kinds = {kind for kind in words.family(SafehandError) if kind.__module__.startswith("safehand.")}
    codes = [kind.code for kind in kinds if "code" in vars(kind)]

    assert len(codes) == len(set(codes))


def test_the_page_of_errors_tells_code_status_and_words() -> None:
    class Broken(Conflict):
        code = "seals.broken"

    page = errors_page([Broken], SPOKEN.__getitem__)

    assert "| `seals.broken` | 409 | **Broken** Seal {seal}. | Look again. |" in page


def test_settings_that_agree_are_left_alone() -> None:
    assert list(documents.check_settings(said("docs/operations.md", "`SAFEHAND_PORT`"))) == []


def test_a_setting_that_no_page_tells_is_found() -> None:
    found = list(documents.check_settings(said("docs/operations.md", "")))

    assert "SAFEHAND_PORT" in found[0].words


def test_a_setting_that_nothing_reads_is_found() -> None:
    pages = [*said("docs/operations.md", "SAFEHAND_PORT"), Page("README.md", "\nset SAFEHAND_DOOR\n")]

    found = list(documents.check_settings(pages))

    assert [(finding.path, finding.line) for finding in found] == [("README.md", 2)]


@pytest.mark.parametrize(
    "text", ["Run `make test T=x`.", "```sh\nmake help test\n```", "we make do with it", "`cmake x`"]
)
def test_targets_that_exist_are_left_alone(text: str) -> None:
    assert list(documents.check_targets([Page("README.md", text)], MAKEFILE)) == []


@pytest.mark.parametrize("text", ["Run `make tea`.", "```sh\nmake tea\n```", "```sh\ncd x && make test tea\n```"])
def test_a_target_that_is_not_there_is_found(text: str) -> None:
    found = list(documents.check_targets([Page("README.md", text)], MAKEFILE))

    assert [finding.words for finding in found] == ["make tea: no such target"]


def test_a_command_that_is_not_there_is_found_and_one_that_is_not() -> None:
    text = "Try `safehand ledger verify DIR`.\n```sh\nsafehand up --data x\n.venv/bin/safehand dance\n```\n"

    found = list(documents.check_commands([Page("README.md", text)], lambda words: words[0] in {"ledger", "up"}))

    assert [(finding.line, finding.words) for finding in found] == [(4, "safehand dance: no such command")]


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("docs/tour.md", []),
        ("docs/tour.md#the-door", []),
        ("#here-and-there", []),
        ("https://c2sp.org", []),
        ("docs/gone.md", ["docs/gone.md: no such file"]),
        ("docs/tour.md#the-roof", ["docs/tour.md#the-roof: no such heading"]),
    ],
)
def test_a_link_leads_somewhere_or_is_found(link: str, found: list[str]) -> None:
    pages = [
        Page("README.md", f"# Here, and there\n[x]({link})\n"),
        Page("docs/tour.md", "## The door\n[up](../README.md)\n"),
    ]
    there = {page.path for page in pages}

    assert [finding.words for finding in documents.check_links(pages, there.__contains__)] == found
