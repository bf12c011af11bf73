"""Work that is not done: jobs that died."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.model import FindingKind, Seen, Severity
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class JobsCheck:
    """Looks at dead jobs, one finding a kind of job."""

    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.JOB_DEAD})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Kinds of jobs with dead ones among them."""
        rows = await tx.fetch(
            "SELECT kind, count(*) AS n, min(coalesce(failed_ms, created_ms)) AS since_ms FROM jobs"
            " WHERE state = 'dead' GROUP BY kind ORDER BY kind LIMIT 100"
        )
        return [
            Seen(
                kind=FindingKind.JOB_DEAD,
                about=row["kind"],
                severity=Severity.MEDIUM,
                since_ms=row["since_ms"],
                params={"job": row["kind"], "dead": row["n"]},
            )
            for row in rows
        ]
