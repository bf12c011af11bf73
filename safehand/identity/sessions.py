"""Sessions of the staff: opaque tokens, kept as hashes, revocable at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.identity.model import PartyKind, Principal, PrincipalKind, Role
from safehand.identity.secret_text import SESSION_SHAPE, new_session_token, secret_hash
from safehand.kernel.ids import PartyId, UserId, new_id
from safehand.store.database import Tx

SESSION = "ses"
IDLE_MS = 2 * 3_600_000  # without any request
ABSOLUTE_MS = 12 * 3_600_000  # a shift; then the password again
SEEN_EVERY_MS = 60_000  # how exactly the last request is noted: not every read should be a write
OUTDATED_REMOVED_AT_ONCE = 50

_FIND = """
    SELECT s.id, s.user_id, s.seen_ms, u.roles, u.party, p.kind AS party_kind,
        CASE WHEN p.kind = 'subcontractor' THEN ARRAY(SELECT c.id FROM parties c WHERE c.employer = p.id) END AS crew
    FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN parties p ON p.id = u.party
    WHERE s.hash = $1 AND s.revoked_ms IS NULL AND s.expires_ms > $2 AND s.seen_ms > $3 AND u.disabled_ms IS NULL
"""

_ALIVE = """
    SELECT s.id, u.roles FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ANY($1) AND s.revoked_ms IS NULL AND s.expires_ms > $2 AND u.disabled_ms IS NULL
"""

# Of many requests that find the note outdated at once, only the first writes.
_SEEN = "UPDATE sessions SET seen_ms = $2 WHERE id = $1 AND seen_ms <= $3"


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, finds and ends sessions. A session is looked up at each request: ended, it is dead at once."""

    async def open(self, tx: Tx, user: UserId, now_ms: int) -> str:
        """A new session; always with a new token, whatever the browser brought along.

        Shapes
            ->  43 characters, told to the browser once.
        """
        # Whatever ended or ran out a day ago answers no question any more.
        await tx.run(
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_ms < $1 LIMIT $2)",
            now_ms - ABSOLUTE_MS,
            OUTDATED_REMOVED_AT_ONCE,
        )
        token = new_session_token()
        await tx.run(
            "INSERT INTO sessions (id, hash, user_id, made_ms, seen_ms, expires_ms) VALUES ($1, $2, $3, $4, $4, $5)",
            new_id(SESSION, now_ms),
            secret_hash("session", token),
            user,
            now_ms,
            now_ms + ABSOLUTE_MS,
        )
        return token

    async def find(self, tx: Tx, token: str, now_ms: int) -> Principal | None:
        """Who a token stands for, with the roles of this moment; None if it is dead or never was."""
        if SESSION_SHAPE.fullmatch(token) is None:
            return None
        rows = await tx.fetch(_FIND, secret_hash("session", token), now_ms, now_ms - IDLE_MS)
        if not rows:
            return None
        [row] = rows
        if row["seen_ms"] <= now_ms - SEEN_EVERY_MS:
            await tx.run(_SEEN, row["id"], now_ms, now_ms - SEEN_EVERY_MS)
        return Principal(
            kind=PrincipalKind.STAFF,
            id=row["user_id"],
            user=UserId(row["user_id"]),
            session=row["id"],
            # A role that this version does not know, say after a step back, permits nothing.
            roles=frozenset(Role(role) for role in row["roles"] if role in Role),
            party=PartyId(row["party"]) if row["party"] else None,
            party_kind=PartyKind(row["party_kind"]) if row["party_kind"] else None,
            crew=frozenset() if row["crew"] is None else frozenset([*row["crew"], row["party"]]),
        )

    async def alive(self, tx: Tx, ids: Sequence[str], now_ms: int) -> dict[str, frozenset[Role]]:
        """Those of these sessions that have not ended, by id, with the roles of this moment."""
        if not ids:
            return {}
        rows = await tx.fetch(_ALIVE, list(ids), now_ms)
        return {row["id"]: frozenset(Role(role) for role in row["roles"] if role in Role) for row in rows}

    async def end(self, tx: Tx, token: str, now_ms: int) -> None:
        """End the session of this token, if there is one."""
        if SESSION_SHAPE.fullmatch(token):
            await tx.run(
                "UPDATE sessions SET revoked_ms = $2 WHERE hash = $1 AND revoked_ms IS NULL",
                secret_hash("session", token),
                now_ms,
            )

    async def end_all(self, tx: Tx, user: UserId, now_ms: int) -> int:
        """End every session of a user; returns how many were alive."""
        return await tx.run(
            "UPDATE sessions SET revoked_ms = $2 WHERE user_id = $1 AND revoked_ms IS NULL AND expires_ms > $2",
            user,
            now_ms,
        )
