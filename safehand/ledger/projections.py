"""Projections: what follows from the facts, kept by readers with a cursor each, and rebuildable from nothing.

A projection folds facts in log order. Its cursor moves in the transaction of its effect, so a fact counts once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from safehand.events.event import Event, decode
from safehand.ledger.ledger import Ledger
from safehand.store.database import Store, Tx

BATCH = 500
SEEN_WAIT_S = 1.0
SEEN_POLL_S = 0.02

type Told = tuple[int, Event]
"""A fact: its `seq`, and what it says."""
type Apply = Callable[[Tx, Sequence[Told]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Projection:
    """A reader of the ledger: `apply` folds facts in, idempotently; `tables` are emptied for a rebuild."""

    name: str
    apply: Apply
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one projection is behind the log, in facts."""

    name: str
    position: int
    behind: int


@dataclass(frozen=True, slots=True)
class Projector:
    """Runs the projections."""

    store: Store
    ledger: Ledger
    projections: Sequence[Projection]

    async def run_once(self) -> int:
        """Fold in one batch for each projection; how many facts moved."""
        moved = 0
        for projection in self.projections:
            moved += await self._advance(projection)
        return moved

    async def _advance(self, projection: Projection) -> int:
        async with self.store.transaction() as tx:
            rows = await tx.fetch(
                "SELECT position FROM projection_cursors WHERE name = $1 FOR UPDATE SKIP LOCKED", projection.name
            )
            if not rows:
                await self._begin(tx, projection)
                return 0
            position = int(rows[0]["position"])
            batch = await self.ledger.read_log(tx, position, BATCH)
            if batch:
                await projection.apply(tx, [(fact.seq, decode(fact.fact)) for fact in batch])
                await tx.run(
                    "UPDATE projection_cursors SET position = $2 WHERE name = $1",
                    projection.name,
                    position + len(batch),
                )
            return len(batch)

    async def _begin(self, tx: Tx, projection: Projection) -> None:
        await tx.run(
            "INSERT INTO projection_cursors (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING", projection.name
        )

    async def rebuild(self, name: str) -> None:
        """Empty one projection and start it from the first fact; `run_once` fills it again."""
        projection = next(projection for projection in self.projections if projection.name == name)
        async with self.store.transaction() as tx:
            await tx.fetch("SELECT 1 FROM projection_cursors WHERE name = $1 FOR UPDATE", name)
            for table in projection.tables:
                await tx.run(f"DELETE FROM {table}")  # noqa: S608 - a name from our own code
            await tx.run("UPDATE projection_cursors SET position = 0 WHERE name = $1", name)

    async def lags(self) -> list[Lag]:
        """How far each projection is behind."""
        async with self.store.transaction() as tx:
            size = await self.ledger.size(tx)
            rows = await tx.fetch("SELECT name, position FROM projection_cursors ORDER BY name")
        return [Lag(row["name"], row["position"], size - row["position"]) for row in rows]

    async def wait_for(self, seq: int) -> bool:
        """Wait up to SEEN_WAIT_S until every projection has folded in the fact `seq`; whether it has."""
        until = time.monotonic() + SEEN_WAIT_S
        while not await self._has_seen(seq):
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(SEEN_POLL_S)
        return True

    async def _has_seen(self, seq: int) -> bool:
        async with self.store.transaction() as tx:
            rows = await tx.fetch(
                "SELECT p.position < (SELECT min(position) FROM projection_cursors) AS seen"
                " FROM log_positions p WHERE p.seq = $1",
                seq,
            )
        return bool(rows and rows[0]["seen"])
