"""Callers: an agent who guesses what verifies them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.access import everybody
from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.identity.grants import WRONG_MAX
from safehand.identity.policy import Policies
from safehand.identity.users import Users
from safehand.store.database import Tx

LOOKED_BACK_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class CallsCheck:
    """Looks at attempts to verify callers."""

    users: Users
    policies: Policies
    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.CALLER_GUESSED})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Agents who were wrong about one parcel, or one number that nobody has, until they were locked."""
        rows = await tx.fetch(
            """
            SELECT agent, count(*) AS parcels, sum(wrong)::bigint AS wrong, min(first_ms) AS since_ms FROM (
                SELECT agent, about, count(*) AS wrong, min(at_ms) AS first_ms FROM call_attempts
                WHERE at_ms > $1 AND fits IS NOT TRUE GROUP BY agent, about HAVING count(*) >= $2) AS guessed
            GROUP BY agent ORDER BY agent
            """,
            now_ms - LOOKED_BACK_MS,
            WRONG_MAX,
        )
        logins = {one.user: one.login async for one in everybody(tx, self.users, self.policies)}
        return [
            Seen(
                kind=FindingKind.CALLER_GUESSED,
                about=row["agent"],
                severity=Severity.HIGH,
                since_ms=row["since_ms"],
                params={
                    "login": logins.get(row["agent"], row["agent"]),
                    "wrong": row["wrong"],
                    "parcels": row["parcels"],
                },
            )
            for row in rows
        ]
