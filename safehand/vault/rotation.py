"""Rotation: a new master key takes over, and every data key is wrapped anew, while the application serves.

Nothing that is sealed is touched: only the 60 bytes that wrap each data key. What is left to do follows from the rows
themselves, so whoever goes on after a crash begins where it stopped, and two that go on at once share the work.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from safehand.store.database import Store
from safehand.vault.errors import KeyInUse, NoSuchKey
from safehand.vault.masters import INDEX_LABEL, Masters

BATCH = 1_000
"""Persons of one transaction."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A master key that the database knows, and how many persons are wrapped with it."""

    fingerprint: str
    persons: int
    current: bool


@dataclass(frozen=True, slots=True)
class Rotation:
    """Changes the master key."""

    store: Store
    masters: Masters

    async def prepare(self) -> str:
        """Make a key that wraps nothing yet, to be copied to every machine before the rotation begins."""
        return (await asyncio.to_thread(self.masters.source.add)).fingerprint

    async def begin(self) -> str:
        """Let a new key wrap from now on; its fingerprint. If an earlier rotation is not done, that one goes on.

        A key that was prepared is taken, otherwise one is made; it is durable where it is kept before the database
        names it. Every process changes over with this commit.
        """
        async with self.store.transaction() as tx:
            current = await self.masters.current(tx)
            if await tx.fetch("SELECT 1 FROM vault_persons WHERE master <> $1 LIMIT 1", current.fingerprint):
                return current.fingerprint
            named = {row["fingerprint"] for row in await tx.fetch("SELECT fingerprint FROM vault_keys")}
        kept = await asyncio.to_thread(self.masters.source.load)
        prepared = [key for fingerprint, key in kept.items() if fingerprint not in named]
        fresh = prepared[-1] if prepared else await asyncio.to_thread(self.masters.source.add)
        async with self.store.transaction() as tx:
            await self.masters.enrol(tx)
            [row] = await tx.fetch("SELECT fingerprint, index_key FROM vault_master FOR UPDATE")
            await self.masters.know([row["fingerprint"], fresh.fingerprint])
            index_key = self.masters.named(row["fingerprint"]).unwrap(INDEX_LABEL, row["index_key"], row["fingerprint"])
            await tx.run(
                "INSERT INTO vault_keys (fingerprint, made_ms) VALUES ($1, $2)",
                fresh.fingerprint,
                self.masters.clock.now_ms(),
            )
            await tx.run(
                "UPDATE vault_master SET fingerprint = $1, index_key = $2",
                fresh.fingerprint,
                fresh.wrap(INDEX_LABEL, index_key),
            )
        return fresh.fingerprint

    async def step(self) -> int:
        """Wrap the data keys of up to BATCH persons anew; how many. 0: everybody is wrapped with the current key."""
        async with self.store.transaction() as tx:
            current = await self.masters.current(tx)
            rows = await tx.fetch(
                "SELECT person, master, wrapped FROM vault_persons WHERE master <> $1"
                " ORDER BY person LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
                current.fingerprint,
                BATCH,
            )
            await self.masters.know({row["master"] for row in rows if row["wrapped"] is not None})
            anew = [
                None
                if row["wrapped"] is None  # a tombstone: nothing is wrapped, but it would keep the old key alive
                else current.wrap(
                    row["person"],
                    self.masters.named(row["master"]).unwrap(row["person"], row["wrapped"], row["master"]),
                )
                for row in rows
            ]
            await tx.run(
                "UPDATE vault_persons p SET master = $1, wrapped = n.wrapped"
                " FROM unnest($2::text[], $3::bytea[]) AS n (person, wrapped) WHERE p.person = n.person",
                current.fingerprint,
                [row["person"] for row in rows],
                anew,
            )
        return len(rows)

    async def uses(self) -> Sequence[KeyUse]:
        """Every key that the database knows, oldest first."""
        async with self.store.transaction() as tx:
            rows = await tx.fetch("""
                SELECT k.fingerprint, count(p.person) AS persons,
                    k.fingerprint = (SELECT fingerprint FROM vault_master) AS current
                FROM vault_keys k LEFT JOIN vault_persons p ON p.master = k.fingerprint
                GROUP BY k.fingerprint, k.made_ms ORDER BY k.made_ms, k.fingerprint
            """)
        return [KeyUse(row["fingerprint"], row["persons"], row["current"]) for row in rows]

    async def retire(self, fingerprint: str) -> None:
        """Forget an old key for ever: first in the database, which refuses while anything needs it, then where it lies.

        A backup from before the rotation opens with that key only: without it, it holds nothing private any more.

        Errors
            KeyInUse   it wraps now, or somebody's data key is still wrapped with it.
            NoSuchKey  neither the database nor this machine has it.
        """
        uses = await self.uses()
        held = await asyncio.to_thread(self.masters.source.load)
        if fingerprint not in {use.fingerprint for use in uses} | set(held):
            raise NoSuchKey(fingerprint=fingerprint)
        for use in uses:
            if use.fingerprint == fingerprint and (use.current or use.persons):
                raise KeyInUse(fingerprint=fingerprint, persons=use.persons)
        async with self.store.transaction() as tx:
            # A person who was wrapped with it a moment ago still refers to it: the foreign key refuses then.
            await tx.run("DELETE FROM vault_keys WHERE fingerprint = $1", fingerprint)
        await asyncio.to_thread(self.masters.source.remove, fingerprint)
