"""Advisories: known faults of components, read from files that somebody laid into a folder. No network.

Source
    OSV schema 1.7, ossf.github.io/osv-schema: `affected` with `versions` and `ranges` of events. PEP 440: the order.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from safehand.audit.errors import AdvisoriesUnreadable
from safehand.audit.model import Severity
from safehand.ledger.durable import read_regular

ECOSYSTEM = "PyPI"
FILES_MAX = 100_000
FILE_BYTES_MAX = 1024 * 1024
WORDS_CHARS_MAX = 200
SEVERITIES: Mapping[str, Severity] = {
    "CRITICAL": Severity.HIGH,
    "HIGH": Severity.HIGH,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}
"""What a database says of itself. Where it says nothing, the worst is assumed."""


@dataclass(frozen=True, slots=True)
class Range:
    """Versions from `introduced` on, before `fixed`, up to `last`; None is without that bound."""

    introduced: Version | None
    fixed: Version | None = None
    last: Version | None = None

    def holds(self, version: Version) -> bool:
        """Whether the version lies inside."""
        after = self.introduced is None or version >= self.introduced
        before = (self.fixed is None or version < self.fixed) and (self.last is None or version <= self.last)
        return after and before


@dataclass(frozen=True, slots=True)
class Advisory:
    """One fault of one component."""

    id: str
    component: str
    severity: Severity
    published_ms: int | None
    versions: frozenset[str]
    ranges: tuple[Range, ...]

    def concerns(self, component: str, version: str) -> bool:
        """Whether this component in this version has the fault."""
        if canonicalize_name(component) != self.component:
            return False
        try:
            parsed = Version(version)
        except InvalidVersion:
            return version in self.versions
        return version in self.versions or any(one.holds(parsed) for one in self.ranges)

    @property
    def mended_in(self) -> str:
        """The first version without it, as far as is known."""
        return str(min((one.fixed for one in self.ranges if one.fixed is not None), default=""))


def read_advisories(folder: Path) -> tuple[list[Advisory], int]:
    """Every advisory of our ecosystem in the folder and those below it, and when the newest of the files was written.

    Errors
        AdvisoriesUnreadable  there is no folder, too many files, or one that is not OSV.
    """
    if not folder.is_dir():
        raise AdvisoriesUnreadable(str(folder), "no such folder")
    found: list[Advisory] = []
    newest_ms = 0
    for files, path in enumerate(folder.rglob("*.json"), 1):
        if files > FILES_MAX:
            raise AdvisoriesUnreadable(str(folder), f"more than {FILES_MAX} files")
        found += _read(path)
        newest_ms = max(newest_ms, int(path.stat().st_mtime * 1_000))
    return found, newest_ms


def _read(path: Path) -> list[Advisory]:
    try:
        told = json.loads(read_regular(path, FILE_BYTES_MAX))
        return list(parse_advisory(told))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise AdvisoriesUnreadable(str(path), type(error).__name__) from None


def parse_advisory(told: Mapping[str, object]) -> Iterator[Advisory]:
    """The faults that one OSV document tells of, one a component; none if it was withdrawn.

    Errors
        ValueError, TypeError, KeyError, AttributeError  it is no OSV document.
    """
    id = str(told["id"])[:WORDS_CHARS_MAX]
    if told.get("withdrawn"):
        return
    for affected in _list(told.get("affected")):
        package = affected.get("package") or {}
        if package.get("ecosystem") != ECOSYSTEM:
            continue
        ranges = [one for said in _list(affected.get("ranges")) if said["type"] == "ECOSYSTEM" for one in _ranges(said)]
        yield Advisory(
            id,
            canonicalize_name(str(package["name"])),
            _severity(told, affected),
            _published(told.get("published")),
            frozenset(str(version) for version in affected.get("versions") or ()),
            tuple(ranges),
        )


def _ranges(said: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[Range]:
    """Events come in order: each `introduced` begins a range, the next bound ends it."""
    begun: Version | None = None
    inside = False
    for event in said["events"]:
        if "introduced" in event:
            begun, inside = None if event["introduced"] == "0" else Version(event["introduced"]), True
        elif inside and "fixed" in event:
            yield Range(begun, fixed=Version(event["fixed"]))
            inside = False
        elif inside and "last_affected" in event:
            yield Range(begun, last=Version(event["last_affected"]))
            inside = False
    if inside:
        yield Range(begun)


def _severity(told: Mapping[str, object], affected: Mapping[str, object]) -> Severity:
    for place in (affected.get("database_specific"), told.get("database_specific")):
        said = place.get("severity") if isinstance(place, dict) else None
        if isinstance(said, str) and said.upper() in SEVERITIES:
            return SEVERITIES[said.upper()]
    return Severity.HIGH


def _published(said: object) -> int | None:
    if said is None:
        return None
    at = datetime.fromisoformat(str(said))
    return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1_000)


def _list(said: object) -> list[dict[str, Any]]:
    if said is None:
        return []
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise ValueError("not a list of objects")
    return said
