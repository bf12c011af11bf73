"""Findings: what becomes of one when it is seen again, seen no more, or answered for. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from safehand.kernel.ids import UserId, derived_id

FINDING = "fnd"
DAY_MS = 86_400_000
ABOUT_CHARS_MAX = 200
NOTE_CHARS_MAX = 300
ACCEPTED_DAYS_MAX = 366


class Severity(StrEnum):
    """How soon it must be mended."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


DUE_MS: Mapping[Severity, int] = MappingProxyType(
    {Severity.HIGH: 7 * DAY_MS, Severity.MEDIUM: 30 * DAY_MS, Severity.LOW: 90 * DAY_MS}
)
RANK = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


class FindingState(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    """Somebody answers for it, with a reason, until a day."""
    FIXED = "fixed"
    """Somebody says that it is mended; the next look will show."""
    GONE = "gone"
    """It is seen no more."""


class StepKind(StrEnum):
    """What was done about a finding."""

    OPENED = "opened"
    REOPENED = "reopened"
    GONE = "gone"
    OWNED = "owned"
    DUE = "due"
    ACCEPTED = "accepted"
    FIXED = "fixed"


class FindingKind(StrEnum):
    """What the checks look for. A word is added, never renamed."""

    MANY_ADMINS = "many_admins"
    MIXED_ROLES = "mixed_roles"
    ACCOUNT_IDLE = "account_idle"
    KEY_UNUSED = "key_unused"
    KEY_OLD = "key_old"
    KEY_EXPIRING = "key_expiring"
    DEVICE_STALE = "device_stale"
    DEVICE_ALARM = "device_alarm"
    CLEAR_TEXT = "clear_text"
    DATABASE_CLEAR_TEXT = "database_clear_text"
    STREAM_CLEAR_TEXT = "stream_clear_text"
    LOG_NAME_DEFAULT = "log_name_default"
    PREFIX_EXAMPLE = "prefix_example"
    NO_WITNESS = "no_witness"
    KEYS_OPEN = "keys_open"
    SIGN_IN_GUESSED = "sign_in_guessed"
    CALLER_GUESSED = "caller_guessed"
    JOB_DEAD = "job_dead"
    RETENTION_OVERDUE = "retention_overdue"
    LOG_BEHIND = "log_behind"
    WITNESS_BEHIND = "witness_behind"
    COMPONENT_FAULTY = "component_faulty"
    ADVISORIES_MISSING = "advisories_missing"
    ADVISORIES_OLD = "advisories_old"
    NO_BACKUP = "no_backup"
    BACKUP_NEAR = "backup_near"
    BACKUP_OLD = "backup_old"
    ARCHIVE_OLD = "archive_old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a check saw now. `about` is an opaque id or a word of ours; `params` complete the words of its kind."""

    kind: FindingKind
    about: str
    severity: Severity
    since_ms: int | None = None
    params: Mapping[str, str | int] = MappingProxyType({})

    @property
    def id(self) -> str:
        """The finding's id, the same whenever this is seen."""
        said = f"safehand/finding/v1\n{self.kind}\n{self.about[:ABOUT_CHARS_MAX]}"
        return derived_id(FINDING, hashlib.sha256(said.encode()).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding as it is on record."""

    id: str
    kind: FindingKind
    about: str
    severity: Severity
    params: Mapping[str, str | int]
    since_ms: int
    seen_ms: int
    state: FindingState
    due_ms: int
    owner: UserId | None = None
    accepted_until_ms: int | None = None
    closed_ms: int | None = None
    closed_by: UserId | None = None
    note: str = ""

    def overdue(self, now_ms: int) -> bool:
        """Open beyond its day."""
        return self.state is FindingState.OPEN and self.due_ms < now_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done about a finding; by nobody in particular where the audit itself did it."""

    finding: str
    kind: StepKind
    at_ms: int
    by: UserId | None = None
    note: str = ""


def seen_now(before: Finding | None, seen: Seen, now_ms: int) -> tuple[Finding, Step | None]:
    """What is on record after a check saw this.

    Shapes
        before  the finding as it is on record; None where it was never seen.
        ->      the finding, and the step where something changed.
    """
    about = seen.about[:ABOUT_CHARS_MAX]
    if before is None:
        since_ms = now_ms if seen.since_ms is None else seen.since_ms
        fresh = Finding(
            id=seen.id,
            kind=seen.kind,
            about=about,
            severity=seen.severity,
            params=seen.params,
            since_ms=since_ms,
            seen_ms=now_ms,
            state=FindingState.OPEN,
            due_ms=now_ms + DUE_MS[seen.severity],
        )
        return fresh, Step(finding=seen.id, kind=StepKind.OPENED, at_ms=now_ms)
    after = replace(before, severity=seen.severity, params=seen.params, seen_ms=now_ms)
    accepted = before.state is FindingState.ACCEPTED and (before.accepted_until_ms or 0) > now_ms
    if accepted and RANK[seen.severity] >= RANK[before.severity]:
        return after, None
    if before.state is FindingState.OPEN:
        sooner = now_ms + DUE_MS[seen.severity]  # what became worse is due sooner, never later
        worse = RANK[seen.severity] < RANK[before.severity]
        return (replace(after, due_ms=min(before.due_ms, sooner)) if worse else after), None
    return _open_again(after, now_ms), Step(finding=before.id, kind=StepKind.REOPENED, at_ms=now_ms)


def _open_again(finding: Finding, now_ms: int) -> Finding:
    return replace(
        finding,
        state=FindingState.OPEN,
        due_ms=now_ms + DUE_MS[finding.severity],
        since_ms=now_ms if finding.state is FindingState.GONE else finding.since_ms,
        accepted_until_ms=None,
        closed_ms=None,
        closed_by=None,
        note="",
    )


def seen_no_more(before: Finding, now_ms: int) -> tuple[Finding, Step | None]:
    """What is on record after its check looked and did not see it."""
    if before.state is FindingState.GONE:
        return before, None
    closed_by = before.closed_by if before.state is FindingState.FIXED else None
    after = replace(
        before, state=FindingState.GONE, closed_ms=now_ms, closed_by=closed_by, accepted_until_ms=None
    )  # fmt: skip
    return after, Step(finding=before.id, kind=StepKind.GONE, at_ms=now_ms)
