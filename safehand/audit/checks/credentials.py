"""Keys that nobody uses or that are too old, and devices that have gone quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.store.database import Tx

KEY_UNUSED_DAYS = 90
KEY_OLD_DAYS = 365
DEVICE_QUIET_DAYS = 60
ROWS_MAX = 5_000

_KEYS = """
    SELECT k.id, k.label, k.made_ms, coalesce(k.used_ms, k.made_ms) AS last_ms, coalesce(p.name, '') AS name
    FROM api_keys k JOIN parties p ON p.id = k.party
    WHERE k.revoked_ms IS NULL AND (k.made_ms < $1 OR coalesce(k.used_ms, k.made_ms) < $2) ORDER BY k.id LIMIT $3
"""
# The last thing that a device said has its highest sequence number; both look-ups go by a primary key.
_DEVICES = """
    SELECT d.id, d.label, greatest(d.enrolled_ms, coalesce(s.received_ms, 0)) AS last_ms
    FROM devices d LEFT JOIN LATERAL (
        SELECT t.received_ms FROM device_sequences q JOIN statements t ON t.hash = q.hash
        WHERE q.device = d.id ORDER BY q.sequence DESC LIMIT 1) s ON true
    WHERE d.revoked_ms IS NULL AND greatest(d.enrolled_ms, coalesce(s.received_ms, 0)) < $1 ORDER BY d.id LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class KeysCheck:
    """Looks at merchants' keys."""

    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.KEY_UNUSED, FindingKind.KEY_OLD})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Keys made more than KEY_OLD_DAYS ago, and keys unused for KEY_UNUSED_DAYS."""
        old_ms, unused_ms = now_ms - KEY_OLD_DAYS * DAY_MS, now_ms - KEY_UNUSED_DAYS * DAY_MS
        seen = []
        for row in await tx.fetch(_KEYS, old_ms, unused_ms, ROWS_MAX):
            said = {"label": row["label"], "merchant": row["name"]}
            if row["last_ms"] < unused_ms:
                days = (now_ms - row["last_ms"]) // DAY_MS
                seen.append(_seen(FindingKind.KEY_UNUSED, row["id"], row["last_ms"], said | {"days": days}))
            if row["made_ms"] < old_ms:
                days = (now_ms - row["made_ms"]) // DAY_MS
                seen.append(_seen(FindingKind.KEY_OLD, row["id"], row["made_ms"], said | {"days": days}))
        return seen


@dataclass(frozen=True, slots=True)
class DevicesCheck:
    """Looks at enrolled devices."""

    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.DEVICE_STALE})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Devices that have told nothing for DEVICE_QUIET_DAYS."""
        rows = await tx.fetch(_DEVICES, now_ms - DEVICE_QUIET_DAYS * DAY_MS, ROWS_MAX)
        return [
            _seen(
                FindingKind.DEVICE_STALE,
                row["id"],
                row["last_ms"],
                {"label": row["label"], "days": (now_ms - row["last_ms"]) // DAY_MS},
            )
            for row in rows
        ]


def _seen(kind: FindingKind, about: str, since_ms: int, params: dict[str, str | int]) -> Seen:
    return Seen(kind=kind, about=about, severity=Severity.MEDIUM, since_ms=since_ms, params=params)
