"""What should be gone by now, told to the audit: bodies and files past their term that nothing holds back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.privacy.retention import Retention
from safehand.store.database import Tx

GRACE_DAYS = 2
"""The run is daily; one that failed once is told as a dead job, not as data kept too long."""


@dataclass(frozen=True, slots=True)
class OverdueCheck:
    """Looks at what retention has not removed, one finding a kind of body."""

    retention: Retention
    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.RETENTION_OVERDUE})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Kinds with bodies or files that were due more than GRACE_DAYS ago."""
        late = await self.retention.overdue(tx, now_ms - GRACE_DAYS * DAY_MS)
        return [
            Seen(
                kind=FindingKind.RETENTION_OVERDUE,
                about=kind.value,
                severity=Severity.HIGH,
                params={"kind": kind.value, "bodies": count},
            )
            for kind, count in late.items()
        ]
