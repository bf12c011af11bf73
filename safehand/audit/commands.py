"""The audit desk: looks with every check, keeps what it saw, and takes people's answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from safehand.audit import findings
from safehand.audit.errors import DayImpossible, FindingClosed, ReasonMissing
from safehand.audit.findings import Filter
from safehand.audit.model import (
    ACCEPTED_DAYS_MAX,
    DAY_MS,
    NOTE_CHARS_MAX,
    Finding,
    FindingState,
    Seen,
    Step,
    StepKind,
    seen_no_more,
    seen_now,
)
from safehand.audit.ports import Check
from safehand.kernel.clock import Clock
from safehand.kernel.errors import SafehandError, Unavailable
from safehand.kernel.ids import UserId
from safehand.store.database import Store, Tx

SEEN_MAX = 5_000
"""Of one check at one look; more than anybody reads. Those beyond it are looked at when these are mended."""
ONE_LOOK = "audit.look"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Looked:
    """How a look went: what is open now, and the checks that could not look, with why."""

    at_ms: int
    open: tuple[Finding, ...]
    opened: int
    failed: tuple[tuple[str, str], ...]

    @property
    def overdue(self) -> tuple[Finding, ...]:
        """Those beyond their day."""
        return tuple(finding for finding in self.open if finding.overdue(self.at_ms))


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """Its fields are all it depends on."""

    store: Store
    clock: Clock
    checks: Sequence[Check]

    async def look(self) -> Looked:
        """Look with every check. Two at once look one after the other.

        Errors
            Unavailable  the database is away: nothing was looked at.
        """
        opened, failed = 0, []
        for check in self.checks:
            try:
                opened += await self._look_with(check)
            except Unavailable:
                raise
            except (SafehandError, OSError) as error:
                failed.append((type(check).__name__, str(error)))
                log.warning("audit.check_failed", kind=type(check).__name__, error=type(error).__name__)
        now_ms = self.clock.now_ms()
        async with self.store.transaction(readonly=True) as tx:
            found, _ = await findings.listed(tx, Filter())
        return Looked(now_ms, tuple(found), opened, tuple(failed))

    async def _look_with(self, check: Check) -> int:
        """How many findings it opened or opened again."""
        now_ms = self.clock.now_ms()
        async with self.store.transaction(readonly=True) as tx:
            looked = (await check.look(tx, now_ms))[:SEEN_MAX]
        seen = {one.id: one for one in looked}
        async with self.store.transaction() as tx:
            await tx.lock(ONE_LOOK)
            known = await findings.of_kinds(tx, check.kinds)
            changed, taken = _changes(known, seen, now_ms)
            await findings.keep(tx, changed, taken)
        return sum(step.kind in {StepKind.OPENED, StepKind.REOPENED} for step in taken)

    async def own(self, tx: Tx, id: str, owner: UserId, by: UserId) -> None:
        """Give an open finding an owner.

        Errors
            NoSuchFinding, FindingClosed
        """
        finding = await self._open(tx, id)
        await self._took(tx, replace(finding, owner=owner), StepKind.OWNED, by, owner)

    async def due(self, tx: Tx, id: str, due_ms: int, by: UserId) -> None:
        """Set the day by which it must be mended.

        Errors
            NoSuchFinding, FindingClosed, DayImpossible
        """
        finding = await self._open(tx, id)
        self._possible(due_ms)
        await self._took(tx, replace(finding, due_ms=due_ms), StepKind.DUE, by, str(due_ms))

    async def accept(self, tx: Tx, id: str, reason: str, until_ms: int, by: UserId) -> None:
        """Answer for an open finding until a day, with a reason. After that day it is open again.

        Errors
            NoSuchFinding, FindingClosed, DayImpossible, ReasonMissing
        """
        finding = await self._open(tx, id)
        self._possible(until_ms)
        note = _reason(reason)
        closed = replace(
            finding,
            state=FindingState.ACCEPTED,
            accepted_until_ms=until_ms,
            closed_ms=self.clock.now_ms(),
            closed_by=by,
            note=note,
        )
        await self._took(tx, closed, StepKind.ACCEPTED, by, note)

    async def fixed(self, tx: Tx, id: str, how: str, by: UserId) -> None:
        """Say that it is mended, and how. If the next look sees it, it is open again.

        Errors
            NoSuchFinding, FindingClosed, ReasonMissing
        """
        finding, note = await self._open(tx, id), _reason(how)
        closed = replace(
            finding, state=FindingState.FIXED, closed_ms=self.clock.now_ms(), closed_by=by, note=note
        )  # fmt: skip
        await self._took(tx, closed, StepKind.FIXED, by, note)

    async def _open(self, tx: Tx, id: str) -> Finding:
        finding = await findings.one(tx, id, held=True)
        if finding.state is not FindingState.OPEN:
            raise FindingClosed(finding.id, finding.state.value)
        return finding

    async def _took(self, tx: Tx, finding: Finding, kind: StepKind, by: UserId, note: str) -> None:
        step = Step(finding=finding.id, kind=kind, at_ms=self.clock.now_ms(), by=by, note=note)
        await findings.keep(tx, [finding], [step])
        log.info("audit.step", resource=finding.id, kind=kind.value, principal=by)

    def _possible(self, day_ms: int) -> None:
        now_ms = self.clock.now_ms()
        if not now_ms < day_ms <= now_ms + ACCEPTED_DAYS_MAX * DAY_MS:
            raise DayImpossible(str(day_ms), ACCEPTED_DAYS_MAX)


def _changes(
    known: dict[str, Finding], seen: dict[str, Seen], now_ms: int
) -> tuple[list[Finding], list[Step]]:  # fmt: skip
    results = [seen_now(known.get(id), one, now_ms) for id, one in seen.items()]
    results += [seen_no_more(finding, now_ms) for id, finding in known.items() if id not in seen]
    changed = [finding for finding, _ in results if known.get(finding.id) != finding]
    return changed, [step for _, step in results if step is not None]


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if not words or len(words) > NOTE_CHARS_MAX or not words.isprintable():
        raise ReasonMissing(NOTE_CHARS_MAX)
    return words
