"""HTTP of the audit for machines: findings, and who can see what. People decide on the pages."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from safehand.audit import findings
from safehand.audit.access import Access, everybody
from safehand.audit.findings import Filter
from safehand.audit.model import Finding, FindingKind, FindingState, Severity
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.identity.users import Users
from safehand.store.database import Store

CURSOR_CHARS_MAX = 50


class FindingOut(BaseModel):
    """One finding. `params` complete the words of its kind."""

    id: str
    kind: FindingKind
    about: str
    severity: Severity
    params: dict[str, str | int]
    since_ms: int
    seen_ms: int
    state: FindingState
    due_ms: int
    owner: str | None
    accepted_until_ms: int | None
    closed_ms: int | None
    closed_by: str | None
    note: str

    @classmethod
    def of(cls, finding: Finding) -> "FindingOut":
        """A finding on record."""
        return cls(
            id=finding.id,
            kind=finding.kind,
            about=finding.about,
            severity=finding.severity,
            params=dict(finding.params),
            since_ms=finding.since_ms,
            seen_ms=finding.seen_ms,
            state=finding.state,
            due_ms=finding.due_ms,
            owner=finding.owner,
            accepted_until_ms=finding.accepted_until_ms,
            closed_ms=finding.closed_ms,
            closed_by=finding.closed_by,
            note=finding.note,
        )


class FindingsOut(BaseModel):
    """A page of findings, the most urgent first; `next` is the cursor of the page after it."""

    findings: list[FindingOut]
    next: str | None


class AccessOut(BaseModel):
    """One person who may sign in, and whatever they may do to anything at all."""

    user: str
    login: str
    roles: list[str]
    party: str | None
    administers: bool
    reads_private: bool
    actions: list[str]

    @classmethod
    def of(cls, one: Access) -> "AccessOut":
        """What the policies answer about one person."""
        return cls(
            user=one.user,
            login=one.login,
            roles=sorted(one.roles),
            party=one.party,
            administers=one.administers,
            reads_private=one.reads_private,
            actions=sorted(one.actions),
        )


class PeopleOut(BaseModel):
    """Everybody who may sign in, oldest first."""

    people: list[AccessOut]


@dataclass(frozen=True, slots=True)
class AuditReading:
    """What the routes ask."""

    store: Store
    users: Users
    guard: Guard


def router(reading: AuditReading) -> APIRouter:
    """The routes under /v1/audit."""
    api = APIRouter(prefix="/v1/audit", tags=["audit"])
    allowed = Depends(reading.guard.allow(Action.AUDIT_READ))

    @api.get("/findings")
    async def list_findings(
        _: Annotated[Principal, allowed],
        state: FindingState | None = None,
        after: Annotated[str, Query(max_length=CURSOR_CHARS_MAX)] = "",
    ) -> FindingsOut:
        """Findings in one state; those that are open if none is named."""
        async with reading.store.transaction(readonly=True) as tx:
            rows, cursor = await findings.listed(tx, Filter(state), after)
        return FindingsOut(findings=[FindingOut.of(row) for row in rows], next=cursor or None)

    @api.get("/access")
    async def access(_: Annotated[Principal, allowed]) -> PeopleOut:
        """Who can see what."""
        async with reading.store.transaction(readonly=True) as tx:
            people = [AccessOut.of(one) async for one in everybody(tx, reading.users, reading.guard.policies)]
        return PeopleOut(people=people)

    return api
