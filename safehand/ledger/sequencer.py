"""The sequencer: gives committed facts their places in the log, in commit order and without gaps, and signs.

One process at a time does it, by an advisory lock and the log folder's own lock. It writes in this order:
positions (committed), tiles, the signed checkpoint, then a note of that checkpoint in the database.
A crash between any two of these leaves a valid log that the next start continues. Where there is a keeper, entries are
published once it has them.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from safehand.kernel.clock import Clock
from safehand.ledger.checkpoint import Checkpoint, SignedCheckpoint
from safehand.ledger.entry import entry_of
from safehand.ledger.errors import EntryContradicted, LogAhead, LogBusy
from safehand.ledger.ledger import Ledger
from safehand.ledger.ports import Keeper
from safehand.ledger.publication import LogWriter
from safehand.ledger.signing import SigningKey
from safehand.ledger.tiles import CHECKPOINT_PATH
from safehand.store.database import Store, Tx

LOCK = "ledger.sequencer"
SEQUENCE_MAX = 20_000
"""Facts that get their positions in one transaction."""
PUBLISH_MAX = 5_000
"""Entries that one checkpoint adds at the most."""


@dataclass(slots=True)
class Sequencer:
    """Positions, tiles, checkpoints. Call `run_once` again and again; it is safe in several processes."""

    store: Store
    ledger: Ledger
    clock: Clock
    folder: Path
    key: SigningKey
    outgoing: SigningKey | None = None
    """The key before this one, while both sign."""
    keeper: Keeper | None = None
    """Who must have entries before the world sees them; None where nobody keeps any."""
    _writer: LogWriter | None = None

    async def run_once(self) -> int:
        """Give waiting facts their positions and publish them; how many entries the log has grown by.

        Errors
            LogAhead   the published log holds more than the database: it was restored from an older copy.
            LogForked, LogBehind, LogBroken  the published log contradicts what was signed; nothing is signed.
            LogUnwritable, StoreUnavailable  for now; call again.
        """
        async with self.store.transaction() as tx:
            if not await tx.try_lock(LOCK):
                return 0
            await self._sequence(tx)
        async with self.store.transaction() as tx:
            if not await tx.try_lock(LOCK):
                return 0
            try:
                return await self._publish(tx)
            except LogBusy:  # another process holds the folder: it is the one that writes
                return 0

    @property
    def published(self) -> SignedCheckpoint | None:
        """The newest checkpoint that this process has signed or found; None before the first round."""
        return self._writer.published if self._writer is not None else None

    def size_on_disk(self) -> int:
        """How many entries the folder's checkpoint covers, whoever wrote it; 0 where there is none to read."""
        try:
            text = (self.folder / CHECKPOINT_PATH).read_bytes().partition(b"\n\n")[0] + b"\n"
            return Checkpoint.parse(text.decode("utf-8")).size
        except (OSError, ValueError):
            return 0

    async def close(self) -> None:
        """Give the log folder back."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            await asyncio.to_thread(writer.close)

    async def _sequence(self, tx: Tx) -> None:
        await tx.run(
            "WITH taken AS (DELETE FROM facts_to_sequence WHERE seq IN"
            " (SELECT seq FROM facts_to_sequence ORDER BY seq LIMIT $1) RETURNING seq)"
            " INSERT INTO log_positions (position, seq)"
            " SELECT last.size + row_number() OVER (ORDER BY seq) - 1, seq"
            " FROM taken, (SELECT coalesce(max(position) + 1, 0) AS size FROM log_positions) last",
            SEQUENCE_MAX,
        )

    async def _publish(self, tx: Tx) -> int:
        size = await self.ledger.size(tx)
        writer = await self._opened(tx, size)
        before = writer.size
        until = self.keeper.kept(size) if self.keeper is not None else size
        if before >= until and writer.published is not None:
            await self._note(tx, writer.published)
            return 0
        batch = await self.ledger.read_log(tx, before, min(PUBLISH_MAX, until - before))
        try:
            signed = await asyncio.to_thread(_grow, writer, before, [(fact.salt, fact.fact) for fact in batch])
        except BaseException:
            await self.close()  # the writer's memory may be ahead of the disk: open the log anew
            raise
        await self._note(tx, signed)
        return len(batch)

    async def _opened(self, tx: Tx, size: int) -> LogWriter:
        if self._writer is None:
            remembered = await newest_checkpoint(tx, self.key.name)
            writer = await asyncio.to_thread(LogWriter.open, self.folder, self.key, remembered, self.outgoing)
            try:
                await self._refuse_other_facts(tx, writer, remembered.size if remembered else 0, size)
            except BaseException:
                await asyncio.to_thread(writer.close)
                raise
            self._writer = writer
        return self._writer

    async def _refuse_other_facts(self, tx: Tx, writer: LogWriter, start: int, size: int) -> None:
        """Every entry published since the checkpoint that the database remembers must be a fact that it has.

        A database restored behind the log goes on giving positions: by its size alone it would soon look right.
        """
        if writer.size > size:
            raise LogAhead(published=writer.size, recorded=size)
        for first in range(start, writer.size, PUBLISH_MAX):
            batch = await self.ledger.read_log(tx, first, min(PUBLISH_MAX, writer.size - first))
            entries = [entry_of(fact.salt, fact.fact) for fact in batch]
            try:
                await asyncio.to_thread(writer.extend, first, entries)
            except EntryContradicted as error:
                raise LogAhead(published=writer.size, recorded=error.index) from error

    async def _note(self, tx: Tx, signed: SignedCheckpoint) -> None:
        await tx.run(
            "INSERT INTO checkpoints (size, note, signed_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            signed.size,
            signed.note,
            self.clock.now_ms(),
        )


def _grow(writer: LogWriter, first: int, facts: list[tuple[bytes, bytes]]) -> SignedCheckpoint:
    writer.extend(first, [entry_of(salt, fact) for salt, fact in facts])
    return writer.publish()


async def newest_checkpoint(tx: Tx, origin: str | None) -> Checkpoint | None:
    """The newest checkpoint of that log (None: of any) that the database remembers signing."""
    rows = await tx.fetch(
        "SELECT note FROM checkpoints WHERE $1::text IS NULL OR origin = $1 ORDER BY size DESC LIMIT 1", origin
    )
    if not rows:
        return None
    text = bytes(rows[0]["note"]).partition(b"\n\n")[0] + b"\n"
    return Checkpoint.parse(text.decode("utf-8"))


async def checkpointed_size(tx: Tx) -> int:
    """How many entries the newest noted checkpoint covers."""
    rows = await tx.fetch("SELECT coalesce(max(size), 0) AS size FROM checkpoints")
    return int(rows[0]["size"])


async def signed_size(tx: Tx, origin: str, until_ms: int) -> int:
    """How many entries of that log were signed by `until_ms`, as the database remembers."""
    rows = await tx.fetch(
        "SELECT coalesce(max(size), 0) AS size FROM checkpoints WHERE origin = $1 AND signed_ms <= $2", origin, until_ms
    )
    return int(rows[0]["size"])
