"""Keys that nobody uses, that are too old or that end soon; devices that have gone quiet or look like two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.store.database import Record, Tx

KEY_UNUSED_DAYS = 90
KEY_OLD_DAYS = 365
KEY_EXPIRING_DAYS = 14
DEVICE_QUIET_DAYS = 60
ROWS_MAX = 5_000

_KEYS = """
    SELECT k.id, k.label, k.made_ms, k.expires_ms, coalesce(k.used_ms, k.made_ms) AS last_ms,
        coalesce(p.name, '') AS name
    FROM api_keys k JOIN parties p ON p.id = k.party
    WHERE k.revoked_ms IS NULL AND coalesce(k.expires_ms > $1, true)
        AND (k.made_ms < $2 OR coalesce(k.used_ms, k.made_ms) < $3 OR k.expires_ms < $4)
    ORDER BY k.id LIMIT $5
"""
# The last thing that a device said has its highest sequence number; both look-ups go by a primary key.
_DEVICES = """
    SELECT d.id, d.label, greatest(d.enrolled_ms, coalesce(s.received_ms, 0)) AS last_ms
    FROM devices d LEFT JOIN LATERAL (
        SELECT t.received_ms FROM device_sequences q JOIN statements t ON t.hash = q.hash
        WHERE q.device = d.id ORDER BY q.sequence DESC LIMIT 1) s ON true
    WHERE d.revoked_ms IS NULL AND greatest(d.enrolled_ms, coalesce(s.received_ms, 0)) < $1 ORDER BY d.id LIMIT $2
"""
_ALARMS = """
    SELECT a.device, min(d.label) AS label, min(a.first_ms) AS since_ms, sum(a.times)::bigint AS times
    FROM device_alarms a JOIN devices d ON d.id = a.device
    WHERE a.closed_ms IS NULL AND d.revoked_ms IS NULL GROUP BY a.device ORDER BY a.device LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class KeysCheck:
    """Looks at merchants' keys."""

    kinds: ClassVar[frozenset[FindingKind]] = frozenset(
        {FindingKind.KEY_UNUSED, FindingKind.KEY_OLD, FindingKind.KEY_EXPIRING}
    )

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Keys made more than KEY_OLD_DAYS ago, unused for KEY_UNUSED_DAYS, or in use and soon to end."""
        old_ms, unused_ms = now_ms - KEY_OLD_DAYS * DAY_MS, now_ms - KEY_UNUSED_DAYS * DAY_MS
        soon_ms = now_ms + KEY_EXPIRING_DAYS * DAY_MS
        seen = []
        for row in await tx.fetch(_KEYS, now_ms, old_ms, unused_ms, soon_ms, ROWS_MAX):
            said = {"label": row["label"], "merchant": row["name"]}
            if row["last_ms"] < unused_ms:
                days = (now_ms - row["last_ms"]) // DAY_MS
                seen.append(_seen(FindingKind.KEY_UNUSED, row["id"], row["last_ms"], said | {"days": days}))
            elif row["expires_ms"] is not None and row["expires_ms"] < soon_ms:
                days = (row["expires_ms"] - now_ms) // DAY_MS
                seen.append(_seen(FindingKind.KEY_EXPIRING, row["id"], now_ms, said | {"days": days}))
            if row["made_ms"] < old_ms:
                days = (now_ms - row["made_ms"]) // DAY_MS
                seen.append(_seen(FindingKind.KEY_OLD, row["id"], row["made_ms"], said | {"days": days}))
        return seen


@dataclass(frozen=True, slots=True)
class DevicesCheck:
    """Looks at enrolled devices."""

    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.DEVICE_STALE, FindingKind.DEVICE_ALARM})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Devices that have told nothing for DEVICE_QUIET_DAYS, and those whose alarm nobody has looked at."""
        rows = await tx.fetch(_DEVICES, now_ms - DEVICE_QUIET_DAYS * DAY_MS, ROWS_MAX)
        stale = [
            _seen(
                FindingKind.DEVICE_STALE,
                row["id"],
                row["last_ms"],
                {"label": row["label"], "days": (now_ms - row["last_ms"]) // DAY_MS},
            )
            for row in rows
        ]
        return stale + [_alarm(row) for row in await tx.fetch(_ALARMS, ROWS_MAX)]


def _alarm(row: Record) -> Seen:
    return Seen(
        kind=FindingKind.DEVICE_ALARM,
        about=row["device"],
        severity=Severity.HIGH,
        since_ms=row["since_ms"],
        params={"label": row["label"], "times": row["times"]},
    )


def _seen(kind: FindingKind, about: str, since_ms: int, params: dict[str, str | int]) -> Seen:
    return Seen(kind=kind, about=about, severity=Severity.MEDIUM, since_ms=since_ms, params=params)
