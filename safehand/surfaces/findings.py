"""The audit as pages see it: what they are given, and what they need others to fill."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from safehand.audit.access import Access
from safehand.audit.model import Finding, FindingState, Step
from safehand.kernel.ids import UserId
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingList:
    """A page of findings, the most urgent first. `more` is the cursor of the next page."""

    rows: tuple[Finding, ...]
    names: Mapping[UserId, str]
    counts: Mapping[FindingState, int]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding with everything that was done about it, newest first."""

    finding: Finding
    steps: tuple[Step, ...]
    names: Mapping[UserId, str]
    owners: tuple[tuple[UserId, str], ...]
    """Who may look after it; empty for whoever only reads."""


class AuditPages(Protocol):
    """What the pages of the audit read and record. Errors: NotFound, Conflict (closed by now), Invalid."""

    async def findings(self, viewer: Staff, state: FindingState | None, late: bool, after: str) -> FindingList:
        """A page of findings in one state, open ones if None; `late` leaves those beyond their day."""
        ...

    async def finding(self, viewer: Staff, id: str) -> FindingView:
        """One finding."""
        ...

    async def access(self, viewer: Staff) -> tuple[Access, ...]:
        """Who can see what."""
        ...

    async def own(self, viewer: Staff, id: str, owner: UserId) -> None:
        """Give it an owner."""
        ...

    async def due(self, viewer: Staff, id: str, day_ms: int) -> None:
        """Set the end of the day by which it must be mended."""
        ...

    async def accept(self, viewer: Staff, id: str, reason: str, day_ms: int) -> None:
        """Answer for it until the end of a day."""
        ...

    async def fixed(self, viewer: Staff, id: str, how: str) -> None:
        """Say that it is mended."""
        ...
