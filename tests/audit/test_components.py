"""Advisories are read as OSV says, and held against what is installed."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from safehand.audit.advisories import parse_advisory, read_advisories
from safehand.audit.checks.components import ComponentsCheck, installed_components
from safehand.audit.errors import AdvisoriesUnreadable
from safehand.audit.model import DAY_MS, FindingKind, Severity
from tests.asvs import asvs
from tests.audit.scenes import seen_by
from tests.identity.office import Office


def an_advisory(**changes: Any) -> dict[str, Any]:
    """A fault of jinja2 in 3.0 up to 3.1.4 and in 4.0a1 and later."""
    said: dict[str, Any] = {
        "id": "GHSA-aaaa-bbbb-cccc",
        "published": "2026-10-01T12:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "Jinja2"},
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [{"introduced": "3.0"}, {"fixed": "3.1.5"}, {"introduced": "4.0a1"}],
                    }
                ],
                "versions": ["2.7-special"],
            }
        ],
        "database_specific": {"severity": "MODERATE"},
    }
    return said | changes


def laid_into(folder: Path, *said: dict[str, Any], at_ms: int) -> Path:
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(said):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(one))
        os.utime(path, (at_ms / 1_000, at_ms / 1_000))
    return folder


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ("2.9", False),
        ("3.0", True),
        ("3.1.4", True),
        ("3.1.5rc1", True),
        ("3.1.5", False),
        ("3.9", False),
        ("4.0a1", True),
        ("4.2", True),
        ("2.7-special", True),
        ("no version", False),
    ],
)
def test_a_version_is_in_a_range_or_in_the_list(version: str, faulty: bool) -> None:
    [advisory] = parse_advisory(an_advisory())

    assert advisory.concerns("jinja2", version) is faulty
    assert not advisory.concerns("jinja", version)


def test_what_was_withdrawn_and_what_is_not_ours_counts_for_nothing() -> None:
    other = {"affected": [{"package": {"ecosystem": "npm", "name": "jinja2"}, "versions": ["3.1"]}]}
    last = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "2.0"}]}
    bounded = {"affected": [{"package": {"ecosystem": "PyPI", "name": "a.b"}, "ranges": [last]}]}

    assert list(parse_advisory(an_advisory(withdrawn="2026-10-02T00:00:00Z"))) == []
    assert list(parse_advisory(an_advisory(**other))) == []
    [advisory] = parse_advisory(an_advisory(**bounded, database_specific={}))
    assert (advisory.concerns("A_B", "2.0"), advisory.concerns("a-b", "2.0.1")) == (True, False)
    assert (advisory.severity, advisory.mended_in) == (Severity.HIGH, "")


@asvs("15.2.1")
async def test_a_component_with_a_known_fault_is_found_and_a_mended_one_is_not(office: Office, tmp_path: Path) -> None:
    folder = laid_into(tmp_path / "osv", an_advisory(), at_ms=office.clock.now_ms())
    [seen] = await seen_by(office, ComponentsCheck(folder, lambda: {"Jinja2": "3.1.4", "other": "3.1.4"}))

    assert (seen.kind, seen.about) == (FindingKind.COMPONENT_FAULTY, "Jinja2 GHSA-aaaa-bbbb-cccc")
    assert (seen.severity, seen.since_ms) == (Severity.MEDIUM, 1_790_856_000_000)
    assert seen.params["mended"] == "3.1.5"
    assert await seen_by(office, ComponentsCheck(folder, lambda: {"Jinja2": "3.1.5"})) == []
    assert {"cryptography", "fastapi"} <= set(installed_components())


async def test_nobody_looks_where_no_folder_is_set_and_old_files_are_told(office: Office, tmp_path: Path) -> None:
    now_ms = office.clock.now_ms()
    folder = laid_into(tmp_path / "osv", an_advisory(), at_ms=now_ms - 31 * DAY_MS)

    assert [one.kind for one in await seen_by(office, ComponentsCheck(None, dict))] == [FindingKind.ADVISORIES_MISSING]
    [old] = await seen_by(office, ComponentsCheck(folder, dict))
    assert (old.kind, old.params) == (FindingKind.ADVISORIES_OLD, {"days": 31})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"id": 1, "affected": 3}',
        b'{"id": "a", "affected": [3]}',
        b"[" * 100_000,
        b'{"id": "a", "affected": [{"package": {"ecosystem": "PyPI"}}]}',
        b"\xff\xfe",
        b" " * (1024 * 1024 + 1),
    ],
)
def test_a_file_that_is_no_advisory_is_refused_by_name(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "broken.json").write_bytes(body)

    with pytest.raises(AdvisoriesUnreadable, match=r"broken\.json"):
        read_advisories(tmp_path)


def test_a_folder_that_is_not_there_and_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv" / "out.json").symlink_to("/etc/hostname")

    for folder in (tmp_path / "nowhere", tmp_path / "osv"):
        with pytest.raises(AdvisoriesUnreadable):
            read_advisories(folder)
