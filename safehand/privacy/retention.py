"""Retention: how long each kind of private body stays, and the run that removes what has stayed long enough.

Days count from when a body was kept, or from the end of the person's last parcel where that is later. A carrier may set
them within LIMITS. What a hold keeps, and what a parcel on its way still needs, stays and is counted in the report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from safehand.kernel.clock import Clock
from safehand.privacy.erasure import ENDED
from safehand.privacy.errors import OutOfBounds
from safehand.store.blobs import Blobs
from safehand.store.database import Store, Tx
from safehand.vault.vault import Kind

DAY_MS = 86_400_000
BATCH = 1_000
"""Bodies or files removed in one transaction."""
BATCHES_MAX = 200
"""Transactions of one run for one kind; what is left is the next run's, and told as overdue."""
RUNS_KEPT_MS = 400 * DAY_MS
REPORT_MAX = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """How many days a carrier may choose, and what holds without a choice."""

    default: int
    least: int
    most: int


LIMITS: Mapping[Kind, Limits] = MappingProxyType(
    {
        Kind.RECIPIENT: Limits(180, 30, 730),
        Kind.CONTENTS: Limits(180, 30, 730),
        Kind.ADDRESS: Limits(180, 30, 730),
        Kind.REFERENCE: Limits(180, 30, 730),
        Kind.STATEMENT: Limits(365, 90, 1_095),
        Kind.EVIDENCE: Limits(180, 30, 1_095),
        Kind.NOTE: Limits(365, 30, 1_095),
        Kind.PIN: Limits(30, 1, 90),
        Kind.QUIZ: Limits(30, 1, 365),
    }
)
"""What is kept for a time. Names of staff and drivers, and licences, stay as long as their accounts and are erased
with them."""

_DUE = """
    SELECT b.id, b.person, b.made_ms,
        EXISTS (SELECT 1 FROM vault_holds d WHERE d.person = b.person AND d.lifted_ms IS NULL AND d.until_ms > $4)
            AS held,
        EXISTS (
            SELECT 1 FROM shipments s JOIN parcels p USING (shipment) LEFT JOIN holdings h USING (parcel)
            WHERE s.recipient = b.person AND (coalesce(h.state, 'created') <> ALL($3) OR h.state_ms >= $2)
        ) AS needed
    FROM vault_bodies b WHERE b.kind = $1 AND b.sealed IS NOT NULL AND b.made_ms < $2
"""
_DUE_FILES = """
    SELECT e.blob AS id, s.recipient AS person, e.received_ms AS made_ms,
        EXISTS (SELECT 1 FROM vault_holds d WHERE d.person = s.recipient AND d.lifted_ms IS NULL AND d.until_ms > $4)
            AS held,
        coalesce(h.state, 'created') <> ALL($3) OR h.state_ms >= $2 AS needed
    FROM evidence_files e JOIN parcels p USING (parcel) JOIN shipments s USING (shipment)
        LEFT JOIN holdings h USING (parcel)
    WHERE $1 = 'evidence' AND e.received_ms < $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long one kind is kept, who said so, and within which limits they may say otherwise."""

    kind: Kind
    days: int
    least: int
    most: int
    set_by: str | None = None
    set_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRun:
    """What one run did with one kind: removed, kept by a hold, kept for a parcel, and left undone."""

    at_ms: int
    kind: Kind
    days: int
    removed: int
    held: int
    waiting: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Retention:
    """Sets the terms and removes what is past them."""

    store: Store
    blobs: Blobs
    clock: Clock

    async def terms(self, tx: Tx) -> list[Term]:
        """Every kind that is kept for a time."""
        rows = await tx.fetch("SELECT kind, days, set_by, set_ms FROM retention")
        chosen = {row["kind"]: row for row in rows}
        return [_term(kind, limits, chosen.get(kind.value)) for kind, limits in LIMITS.items()]

    async def set_term(self, tx: Tx, kind: Kind, days: int, by: str) -> None:
        """Keep one kind so many days from now on.

        Errors
            OutOfBounds  fewer or more than are allowed, or a kind that is not kept for a time.
        """
        limits = LIMITS.get(kind, Limits(0, 0, 0))
        if not limits.least <= days <= limits.most:
            raise OutOfBounds(kind=kind.value, days=days, least=limits.least, most=limits.most)
        await tx.run(
            "INSERT INTO retention (kind, days, set_by, set_ms) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (kind) DO UPDATE SET days = $2, set_by = $3, set_ms = $4",
            kind.value,
            days,
            by,
            self.clock.now_ms(),
        )

    async def run(self) -> list[KindRun]:
        """Remove everything that is past its term; the report, which is kept too."""
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            terms = await self.terms(tx)
        report = []
        for term in terms:
            removed = await self._files(term, now_ms) if term.kind is Kind.EVIDENCE else 0
            removed += await self._bodies(term, now_ms)
            async with self.store.transaction() as tx:
                held, waiting, overdue = await _left(tx, term, now_ms)
            report.append(
                KindRun(
                    at_ms=now_ms,
                    kind=term.kind,
                    days=term.days,
                    removed=removed,
                    held=held,
                    waiting=waiting,
                    overdue=overdue,
                )
            )
        async with self.store.transaction() as tx:
            await tx.run("DELETE FROM retention_runs WHERE at_ms < $1 OR at_ms = $2", now_ms - RUNS_KEPT_MS, now_ms)
            columns = ("at_ms", "kind", "days", "removed", "held", "waiting", "overdue")
            rows = [(one.at_ms, one.kind.value, *(getattr(one, column) for column in columns[2:])) for one in report]
            await tx.copy("retention_runs", columns, rows)
        return report

    async def report(self, tx: Tx) -> list[KindRun]:
        """The latest runs, newest first."""
        rows = await tx.fetch("SELECT * FROM retention_runs ORDER BY at_ms DESC, kind LIMIT $1", REPORT_MAX)
        return [KindRun(**{**dict(row.items()), "kind": Kind(row["kind"])}) for row in rows]

    async def overdue(self, tx: Tx, at_ms: int | None = None) -> Mapping[Kind, int]:
        """How many bodies and files are past their term (now, or were at a moment), held back by nothing.

        Kinds without any are left out.
        """
        now_ms = self.clock.now_ms() if at_ms is None else at_ms
        counts = {term.kind: (await _left(tx, term, now_ms))[2] for term in await self.terms(tx)}
        return {kind: count for kind, count in counts.items() if count}

    async def _bodies(self, term: Term, now_ms: int) -> int:
        removed = 0
        for _ in range(BATCHES_MAX):
            async with self.store.transaction() as tx:
                rows = await tx.fetch(
                    _first(_DUE),
                    *_asked(term, now_ms),
                    BATCH,
                )
                # The locks keep a hold from being placed meanwhile; whoever was held first is asked again below.
                await tx.run(
                    "SELECT 1 FROM vault_persons WHERE person = ANY($1) ORDER BY person FOR UPDATE",
                    sorted({row["person"] for row in rows}),
                )
                done = await tx.fetch(
                    "UPDATE vault_bodies b SET sealed = NULL WHERE id = ANY($1) AND NOT EXISTS ("
                    " SELECT 1 FROM vault_holds d"
                    " WHERE d.person = b.person AND d.lifted_ms IS NULL AND d.until_ms > $2) RETURNING person",
                    [row["id"] for row in rows],
                    now_ms,
                )
                if term.kind is Kind.RECIPIENT:
                    await tx.run(
                        "DELETE FROM vault_lookups WHERE person = ANY($1)", sorted({row["person"] for row in done})
                    )
            removed += len(done)
            if len(rows) < BATCH:
                break
        return removed

    async def _files(self, term: Term, now_ms: int) -> int:
        removed = 0
        for _ in range(BATCHES_MAX):
            async with self.store.transaction() as tx:
                rows = await tx.fetch(
                    _first(_DUE_FILES),
                    *_asked(term, now_ms),
                    BATCH,
                )
            for row in rows:
                await self.blobs.delete(row["id"])
            async with self.store.transaction() as tx:
                removed += await tx.run("DELETE FROM evidence_files WHERE blob = ANY($1)", [row["id"] for row in rows])
            if len(rows) < BATCH:
                break
        return removed


def _first(due: str) -> str:
    """The first of what is due and held back by nothing."""
    return f"SELECT id, person FROM ({due}) due WHERE NOT held AND NOT needed ORDER BY made_ms LIMIT $5"  # noqa: S608 - constants


def _counts(due: str) -> str:
    kept = "NOT held AND NOT needed"
    return f"""
        SELECT count(*) FILTER (WHERE held) AS held, count(*) FILTER (WHERE NOT held AND needed) AS waiting,
            count(*) FILTER (WHERE {kept}) AS overdue FROM ({due}) due
    """  # noqa: S608 - constants


async def _left(tx: Tx, term: Term, now_ms: int) -> tuple[int, int, int]:
    """Of what is past its term: kept by a hold, kept for a parcel, kept by nothing."""
    held = waiting = overdue = 0
    for due in (_DUE, _DUE_FILES):
        [row] = await tx.fetch(_counts(due), *_asked(term, now_ms))
        held, waiting, overdue = held + row["held"], waiting + row["waiting"], overdue + row["overdue"]
    return held, waiting, overdue


def _asked(term: Term, now_ms: int) -> tuple[str, int, Sequence[str], int]:
    return (term.kind.value, now_ms - term.days * DAY_MS, [state.value for state in ENDED], now_ms)


def _term(kind: Kind, limits: Limits, chosen: Mapping[str, object] | None) -> Term:
    if chosen is None:
        return Term(kind=kind, days=limits.default, least=limits.least, most=limits.most)
    return Term(
        kind=kind,
        days=int(str(chosen["days"])),
        least=limits.least,
        most=limits.most,
        set_by=None if chosen["set_by"] is None else str(chosen["set_by"]),
        set_ms=None if chosen["set_ms"] is None else int(str(chosen["set_ms"])),
    )
