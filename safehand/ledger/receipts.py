"""Receipts: one `tlog-proof` file for a fact that a signed checkpoint covers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safehand.ledger.checkpoint import SignedCheckpoint, Signers, open_checkpoint
from safehand.ledger.errors import NoSuchEntry, ReceiptNotReady
from safehand.ledger.ledger import Recorded
from safehand.ledger.receipt import make_receipt
from safehand.ledger.source import read_nodes
from safehand.ledger.tiles import CHECKPOINT_PATH

MEDIA_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Receipts:
    """Makes receipts from the published files: what it proves is what everybody sees."""

    folder: Path
    verifier: Signers
    shown: str = CHECKPOINT_PATH
    """The checkpoint that others are shown: where there are witnesses, the newest that enough of them cosigned."""

    async def make(self, stream: str, facts: Sequence[Recorded], entry: int | None) -> tuple[int, bytes]:
        """The receipt of log entry `entry`, or of the newest fact that is covered; its position and its bytes.

        Errors
            NoSuchEntry      `entry` is not one of this stream's.
            ReceiptNotReady  no signed checkpoint covers it yet; ask again.
        """
        return await asyncio.to_thread(self._make, stream, facts, entry)

    def newest(self) -> SignedCheckpoint:
        """The newest checkpoint that others are shown.

        Errors
            ReceiptNotReady  there is none yet.
        """
        try:
            raw = (self.folder / self.shown).read_bytes()
        except FileNotFoundError:
            raise ReceiptNotReady(index=None, size=0) from None
        return open_checkpoint(raw, self.verifier)

    def _make(self, stream: str, facts: Sequence[Recorded], entry: int | None) -> tuple[int, bytes]:
        signed = self.newest()
        placed = [fact for fact in facts if fact.position is not None]
        if entry is not None:
            placed = [fact for fact in placed if fact.position == entry]
            if not placed:
                raise NoSuchEntry(stream, entry)
        covered = [fact for fact in placed if fact.position is not None and fact.position < signed.size]
        if not covered:
            raise ReceiptNotReady(index=entry, size=signed.size)
        fact = covered[-1]
        assert fact.position is not None  # noqa: S101 - chosen so above
        raw = make_receipt(fact.fact, fact.salt, fact.position, signed, read_nodes(self.folder, signed.size))
        return fact.position, raw
