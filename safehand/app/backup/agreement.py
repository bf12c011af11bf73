"""Agreement: a restored database and the public log that was kept beside it, held against each other entry by entry."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from safehand.ledger.checkpoint import Checkpoint
from safehand.ledger.entry import entry_of
from safehand.ledger.ledger import Ledger
from safehand.ledger.publication import LogWriter
from safehand.ledger.sequencer import PUBLISH_MAX, newest_checkpoint
from safehand.ledger.signing import SigningKey
from safehand.store.database import Store


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far both go. Everything that both have is the same."""

    recorded: int
    """Entries that the database can open."""
    published: int
    """Entries that the log has signed."""
    root: str
    """Of the published log, in hex."""

    @property
    def lost(self) -> int:
        """Entries that the world was shown and the database does not have: the sequencer will sign nothing."""
        return max(0, self.published - self.recorded)


async def agree(store: Store, ledger: Ledger, folder: Path, key: SigningKey) -> Agreement:
    """Compare all entries, and let the log catch up with what the database remembers signing. Nothing new is signed.

    Errors
        EntryContradicted, LogForked  they tell two histories.
    """
    async with store.transaction(readonly=True) as tx:
        recorded = await ledger.size(tx)
        remembered = await newest_checkpoint(tx, key.name)
    writer = await asyncio.to_thread(LogWriter.open, folder, key)
    try:
        until = max(writer.size, remembered.size if remembered else 0)
        for first in range(0, min(recorded, until), PUBLISH_MAX):
            async with store.transaction(readonly=True) as tx:
                batch = await ledger.read_log(tx, first, min(PUBLISH_MAX, until - first))
            await asyncio.to_thread(_take_in, writer, first, [(fact.salt, fact.fact) for fact in batch])
        published = writer.published
    finally:
        await asyncio.to_thread(writer.close)
    if remembered is not None:
        await asyncio.to_thread(_require_continued, folder, key, remembered)
    size, root = (published.size, published.root.hex()) if published else (0, "")
    return Agreement(recorded, size, root)


def _take_in(writer: LogWriter, first: int, facts: list[tuple[bytes, bytes]]) -> None:
    before = writer.size
    writer.extend(first, [entry_of(salt, fact) for salt, fact in facts])
    if writer.size > before:
        writer.publish()


def _require_continued(folder: Path, key: SigningKey, remembered: Checkpoint) -> None:
    LogWriter.open(folder, key, remembered).close()
