"""A log and witnesses that are behind: facts that nobody signs, checkpoints that nobody cosigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from safehand.audit.model import FindingKind, Seen, Severity
from safehand.ledger.checkpoint import open_checkpoint
from safehand.ledger.durable import read_regular
from safehand.ledger.note import NOTE_BYTES_MAX, VerifierKey, parse_note
from safehand.ledger.witness.asking import COSIGNED_PATH
from safehand.ledger.witness.cosignature import cosignatures
from safehand.ledger.witness.policy import KnownWitness, Policy
from safehand.store.database import Tx

BEHIND_MS = 3_600_000
"""A checkpoint waits a minute for its witnesses; an hour is nobody's network."""

_NEXT = "SELECT signed_ms FROM checkpoints WHERE size > $1 ORDER BY size LIMIT 1"


@dataclass(frozen=True, slots=True)
class LogCheck:
    """Looks at the log's own lag."""

    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.LOG_BEHIND})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Facts that have waited for their place in the log for more than an hour."""
        [row] = await tx.fetch(
            "SELECT count(*) AS n, min(f.received_ms) AS since_ms FROM facts_to_sequence w JOIN facts f USING (seq)"
        )
        if not row["n"] or now_ms - row["since_ms"] <= BEHIND_MS:
            return []
        params: dict[str, str | int] = {"facts": row["n"]}
        since_ms, severity = row["since_ms"], Severity.HIGH
        return [Seen(kind=FindingKind.LOG_BEHIND, about="log", severity=severity, since_ms=since_ms, params=params)]


@dataclass(frozen=True, slots=True)
class WitnessCheck:
    """Looks at who has cosigned the newest checkpoint that was laid down for others."""

    folder: Path
    verifier: VerifierKey
    policy: Policy
    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.WITNESS_BEHIND})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Witnesses that we ask and that have not cosigned what was signed more than an hour ago."""
        size, cosigned = self._cosigned()
        behind = []
        for witness in self.policy.witnesses:
            if witness.url is None:
                continue
            since_ms = await _since(tx, size if witness in cosigned else size - 1)
            if since_ms is not None and now_ms - since_ms > BEHIND_MS:
                behind.append(_behind(witness, since_ms))
        return behind

    def _cosigned(self) -> tuple[int, list[KnownWitness]]:
        """The size of the checkpoint that is laid down, 0 before the first, and whose cosignatures it bears."""
        try:
            raw = read_regular(self.folder / COSIGNED_PATH, NOTE_BYTES_MAX)
        except FileNotFoundError:
            return 0, []
        signed = open_checkpoint(raw, self.verifier)
        found = {one.witness for one in cosignatures(parse_note(raw), self.policy.keys)}
        return signed.size, [one for one in self.policy.witnesses if one.key in found]


async def _since(tx: Tx, size: int) -> int | None:
    """When the first checkpoint beyond that size was signed; None if there is none."""
    rows = await tx.fetch(_NEXT, size)
    return rows[0]["signed_ms"] if rows else None


def _behind(witness: KnownWitness, since_ms: int) -> Seen:
    return Seen(
        kind=FindingKind.WITNESS_BEHIND,
        about=witness.key.name,
        severity=Severity.HIGH,
        since_ms=since_ms,
        params={"witness": witness.key.name},
    )
