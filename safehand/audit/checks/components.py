"""Components with known faults, from a folder of advisories; and advisories that are missing or old."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import ClassVar

from safehand.audit.advisories import Advisory, read_advisories
from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.store.database import Tx

ADVISORIES_OLD_DAYS = 30


@dataclass(frozen=True, slots=True)
class ComponentsCheck:
    """Holds what is installed against the advisories. `folder` is None where none is set; looked up when it looks."""

    folder: Path | None
    installed: Callable[[], Mapping[str, str]]
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
        installed = await asyncio.to_thread(self.installed)
        seen = [
            _faulty(one, name, version)
            for one in advisories
            for name, version in installed.items()
            if one.concerns(name, version)
        ]
        days = (now_ms - newest_ms) // DAY_MS
        if days > ADVISORIES_OLD_DAYS:
            seen.append(_old(newest_ms, days))
        return seen


@cache
def installed_components() -> Mapping[str, str]:
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
