"""Components with known faults, from a folder of advisories; and advisories that are missing or old."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import ClassVar

from safehand.audit.advisories import Advisory, read_advisories
from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.store.database import Tx

ADVISORIES_OLD_DAYS = 30


@dataclass(frozen=True, slots=True)
class ComponentsCheck:
    """Holds what is installed against the advisories. `folder` is None where none is set."""

    folder: Path | None
    installed: Mapping[str, str]
    kinds: ClassVar[frozenset[FindingKind]] = frozenset(
        {FindingKind.COMPONENT_FAULTY, FindingKind.ADVISORIES_MISSING, FindingKind.ADVISORIES_OLD}
    )

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """One finding a component and advisory.

        Errors
            AdvisoriesUnreadable
        """
        if self.folder is None:
            return [Seen(kind=FindingKind.ADVISORIES_MISSING, about="installation", severity=Severity.MEDIUM)]
        advisories, newest_ms = await asyncio.to_thread(read_advisories, self.folder)
        seen = [_faulty(one, name, self.installed[name]) for one in advisories for name in self._concerned(one)]
        days = (now_ms - newest_ms) // DAY_MS
        if days > ADVISORIES_OLD_DAYS:
            seen.append(_old(newest_ms, days))
        return seen

    def _concerned(self, advisory: Advisory) -> list[str]:
        return [name for name, version in self.installed.items() if advisory.concerns(name, version)]


def installed_components() -> dict[str, str]:
    """What is installed beside us: names and versions."""
    return {one.metadata["Name"]: one.version for one in distributions() if one.metadata["Name"]}


def _faulty(advisory: Advisory, name: str, version: str) -> Seen:
    return Seen(
        kind=FindingKind.COMPONENT_FAULTY,
        about=f"{name} {advisory.id}",
        severity=advisory.severity,
        since_ms=advisory.published_ms,
        params={"component": name, "version": version, "advisory": advisory.id, "mended": advisory.mended_in or "-"},
    )


def _old(newest_ms: int, days: int) -> Seen:
    return Seen(
        kind=FindingKind.ADVISORIES_OLD,
        about="installation",
        severity=Severity.MEDIUM,
        since_ms=newest_ms,
        params={"days": days},
    )
