"""docs/asvs.md claims nothing that is not so."""

import csv
from pathlib import Path

import pytest

from tools import asvs
from tools.asvs import Said
from tools.lints.documents import SETTING
from tools.lints.page import Page, read_pages

ROOT = Path(__file__).resolve().parents[2]
STANDARD = ROOT.parent / "shared" / "data" / "asvs" / "ASVS_5.0.0_en.csv"
TABLE = {
    "level1": {"1.1.1": "a door", "1.1.2": "a lock"},
    "level2": {"1.1.3": "a bell"},
    "document": {"1.1.2": "docs/house.md#The lock"},
    "not_applicable": {"1.1.3": "nobody calls"},
}
CLAIM = '@asvs("1.1.1")\nasync def test_the_door_is_shut() -> None:\n    assert shut\n'
DOCUMENTS = {"docs/house.md": "# House\n\n## The lock\n"}


def said(claims: str = CLAIM, path: str = "tests/test_house.py", **parts: dict[str, str]) -> Said:
    table = {name: TABLE.get(name, {}) | parts.get(name, {}) for name in {*TABLE, *parts}}
    return Said(table, asvs.claims_of([Page(path, claims)]))


def test_this_checkout_claims_nothing_that_is_not_so() -> None:
    pages = read_pages(ROOT)
    documents = {page.path: page.text for page in pages if page.path.endswith(".md")}
    settings = {name for page in pages if page.path.startswith("safehand/") for name in SETTING.findall(page.text)}

    assert [str(finding) for finding in asvs.check(asvs.read(ROOT), documents, settings)] == []


def test_every_requirement_of_the_standards_two_levels_is_in_the_table_and_no_other() -> None:
    if not STANDARD.is_file():
        pytest.skip("third-party test material is missing: shared/data/asvs")
    with STANDARD.open(encoding="utf-8-sig", newline="") as lines:
        theirs = {(row["req_id"].removeprefix("V"), int(row["L"])) for row in csv.DictReader(lines) if row["L"] < "3"}

    assert {(one.number, one.level) for one in asvs.read(ROOT).requirements()} == theirs


def test_what_agrees_is_left_alone() -> None:
    assert list(asvs.check(said(), DOCUMENTS, set())) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (said(CLAIM.replace("1.1.1", "1.9.9")), "claims 1.9.9, which is no requirement"),
        (said(CLAIM + CLAIM.replace("1.1.1", "1.1.3")), "claims 1.1.3, which does not apply"),
        (said(CLAIM.replace("test_the", "the")), "is no test"),
        (said(CLAIM.replace('"1.1.1"', '"1.1.1", "1.1.1"')), "twice"),
        (said(path="tests/house.py"), "is no test"),
        (said(""), "1.1.1 is met by nothing"),
        (said(document={"1.1.2": "docs/house.md#The key"}), "no such heading"),
        (said(document={"1.1.2": "docs/barn.md#The lock"}), "no such heading"),
        (said(setting={"1.1.2": "SAFEHAND_LOCK"}), "no such setting"),
        (said(open={"1.1.1": "the back door"}), "1.1.1 is of level 1 and open"),
        (said(open={"1.1.3": "no bell yet"}), "does not apply, and"),
        (said(open={"7.7.7": "no bell yet"}), "names 7.7.7"),
        (said(level2={"1.1.1": "a door"}), "under both levels"),
        (said(opne={"1.1.1": "a door"}), "[opne] is no part"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_claim_that_is_not_so_is_found(wrong: Said, words: str) -> None:
    assert [finding for finding in asvs.check(wrong, DOCUMENTS, set()) if words in str(finding)]


def test_what_lacks_something_is_open_whatever_proves_a_part_of_it() -> None:
    states = {one.number: one.state for one in said(open={"1.1.1": "the back door"}).requirements()}

    assert states == {"1.1.1": "open", "1.1.2": "met", "1.1.3": "does not apply"}
