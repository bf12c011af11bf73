"""Findings on record: read and written. One transaction a look; steps are only ever added."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from safehand.audit.errors import NoSuchFinding
from safehand.audit.model import FINDING, Finding, FindingKind, FindingState, Severity, Step, StepKind
from safehand.audit.tables import audit_findings, audit_steps
from safehand.kernel.ids import UserId, is_id
from safehand.store.database import Tx

LIST_MAX = 200
STEPS_MAX = 200
READ_MAX = 20_000

_f, _s = audit_findings.c, audit_steps.c


@dataclass(frozen=True, slots=True)
class Filter:
    """Which findings a list shows; without a state, those that are open."""

    state: FindingState | None = None
    overdue_before_ms: int | None = None
    """Only those that were due before this moment."""


async def one(tx: Tx, id: str, *, held: bool = False) -> Finding:
    """One finding; `held` until the transaction ends.

    Errors
        NoSuchFinding
    """
    row = None
    if is_id(FINDING, id):
        statement = select(audit_findings).where(_f.id == id)
        row = (await tx.execute(statement.with_for_update() if held else statement)).one_or_none()
    if row is None:
        raise NoSuchFinding(id)
    return _finding(row)


async def listed(tx: Tx, which: Filter, after: str = "") -> tuple[list[Finding], str]:
    """A page of findings, the most urgent first, and the cursor of the next page, empty if this is the last.

    Shapes
        after  `due_ms-id` of the last one seen.
    """
    state = which.state or FindingState.OPEN
    statement = select(audit_findings).where(_f.state == state.value)
    if which.overdue_before_ms is not None:
        statement = statement.where(_f.due_ms < which.overdue_before_ms)
    due, _, id = after.partition("-")
    if due.isdigit() and len(due) < 16 and is_id(FINDING, id):
        statement = statement.where((_f.due_ms > int(due)) | ((_f.due_ms == int(due)) & (_f.id > id)))
    rows = list(await tx.execute(statement.order_by(_f.due_ms, _f.id).limit(LIST_MAX + 1)))
    shown = [_finding(row) for row in rows[:LIST_MAX]]
    return shown, f"{shown[-1].due_ms}-{shown[-1].id}" if len(rows) > LIST_MAX else ""


async def counts(tx: Tx) -> dict[FindingState, int]:
    """How many stand where."""
    rows = await tx.execute(select(_f.state, func.count().label("n")).group_by(_f.state))
    return {FindingState(row.state): row.n for row in rows}


async def of_kinds(tx: Tx, kinds: Iterable[FindingKind]) -> dict[str, Finding]:
    """Every finding of these kinds, by id."""
    statement = select(audit_findings).where(_f.kind.in_([kind.value for kind in kinds])).limit(READ_MAX)
    return {row.id: _finding(row) for row in await tx.execute(statement)}


async def steps(tx: Tx, finding: str) -> list[Step]:
    """What was done about it, newest first."""
    statement = select(audit_steps).where(_s.finding == finding).order_by(_s.number.desc()).limit(STEPS_MAX)
    return [
        Step(finding=row.finding, kind=StepKind(row.kind), at_ms=row.at_ms, by=row.by, note=row.note)
        for row in await tx.execute(statement)
    ]


async def keep(tx: Tx, changed: Sequence[Finding], taken: Sequence[Step]) -> None:
    """Write findings as they stand now, and add the steps."""
    for finding in changed:
        values = _values(finding)
        row = insert(audit_findings).values(values)
        await tx.execute(row.on_conflict_do_update(index_elements=[_f.id], set_=values))
    for step in taken:
        await tx.run(
            "INSERT INTO audit_steps (finding, kind, at_ms, by, note) VALUES ($1, $2, $3, $4, $5)",
            step.finding,
            step.kind.value,
            step.at_ms,
            step.by,
            step.note,
        )


def _values(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "kind": finding.kind.value,
        "about": finding.about,
        "severity": finding.severity.value,
        "params": dict(finding.params),
        "since_ms": finding.since_ms,
        "seen_ms": finding.seen_ms,
        "state": finding.state.value,
        "due_ms": finding.due_ms,
        "owner": finding.owner,
        "accepted_until_ms": finding.accepted_until_ms,
        "closed_ms": finding.closed_ms,
        "closed_by": finding.closed_by,
        "note": finding.note,
    }


def _finding(row: Row[Any]) -> Finding:
    params: Mapping[str, str | int] = row.params
    return Finding(
        id=row.id,
        kind=FindingKind(row.kind),
        about=row.about,
        severity=Severity(row.severity),
        params=params,
        since_ms=row.since_ms,
        seen_ms=row.seen_ms,
        state=FindingState(row.state),
        due_ms=row.due_ms,
        owner=UserId(row.owner) if row.owner else None,
        accepted_until_ms=row.accepted_until_ms,
        closed_ms=row.closed_ms,
        closed_by=UserId(row.closed_by) if row.closed_by else None,
        note=row.note,
    )
