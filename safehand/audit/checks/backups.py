"""Backups: none at all, on the disk that would be lost with us, or old."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.store.database import Tx

BASE_DAYS_MAX = 2
"""A base is taken every night; one may fail."""
ARCHIVED_HOURS_MAX = 1
HOUR_MS = 3_600_000
ABOUT = "backup"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the backup folder stands.

    Shapes
        near         it lies on the disk of the data folder.
        base_ms      when the newest base had ended; None: there is none.
        archived_ms  up to when write-ahead log was carried off; None: never.
    """

    near: bool
    base_ms: int | None
    archived_ms: int | None


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """Looks at the backup folder. `standing` answers None where no folder is set."""

    standing: Callable[[], Standing | None]
    kinds: ClassVar[frozenset[FindingKind]] = frozenset(
        {FindingKind.NO_BACKUP, FindingKind.BACKUP_NEAR, FindingKind.BACKUP_OLD, FindingKind.ARCHIVE_OLD}
    )

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """What a destroyed disk would cost more than it must."""
        found = self.standing()
        return [_seen(FindingKind.NO_BACKUP)] if found is None else list(_faults(found, now_ms))


def _faults(found: Standing, now_ms: int) -> Iterator[Seen]:
    if found.near:
        yield _seen(FindingKind.BACKUP_NEAR)
    days = (now_ms - (found.base_ms or 0)) // DAY_MS
    if days >= BASE_DAYS_MAX:
        yield _seen(FindingKind.BACKUP_OLD, found.base_ms, days=days if found.base_ms else 0)
    hours = (now_ms - (found.archived_ms or 0)) // HOUR_MS
    if hours >= ARCHIVED_HOURS_MAX:
        yield _seen(FindingKind.ARCHIVE_OLD, found.archived_ms, hours=hours if found.archived_ms else 0)


def _seen(kind: FindingKind, since_ms: int | None = None, **params: str | int) -> Seen:
    return Seen(kind=kind, about=ABOUT, severity=Severity.HIGH, since_ms=since_ms, params=params)
