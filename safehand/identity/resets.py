"""Reset links: an administrator lets a colleague begin anew. Each works once, for a day, and says who made it."""

from dataclasses import dataclass

from safehand.identity.errors import ResetLinkSpent
from safehand.identity.secret_text import SESSION_SHAPE, new_session_token, secret_hash
from safehand.kernel.ids import UserId
from safehand.store.database import Tx

RESET_MS = 86_400_000
FIRST_MS = 7 * 86_400_000
"""For somebody new, whose link lies in an envelope until their first shift: there is nothing of theirs to take yet."""


@dataclass(frozen=True, slots=True)
class ResetLinks:
    """Makes and uses them. Of one person's only the newest is alive."""

    async def make(self, tx: Tx, user: UserId, by: UserId | None, now_ms: int, *, within_ms: int = RESET_MS) -> str:
        """A new token for `/reset/TOKEN`.

        Shapes
            by  who stands behind it; None: whoever sits at the machine.
            ->  43 characters, 256 bits.
        """
        token = new_session_token()
        await tx.run(
            "UPDATE reset_links SET replaced_ms = $2 WHERE user_id = $1 AND used_ms IS NULL AND replaced_ms IS NULL",
            user,
            now_ms,
        )
        await tx.run(
            "INSERT INTO reset_links (hash, user_id, made_ms, made_by, expires_ms) VALUES ($1, $2, $3, $4, $5)",
            secret_hash("reset", token),
            user,
            now_ms,
            by,
            now_ms + within_ms,
        )
        return token

    async def whose(self, tx: Tx, token: str, now_ms: int) -> UserId:
        """Whose link it is, before anything expensive is done for it.

        Errors
            ResetLinkSpent
        """
        rows = await tx.fetch(
            """
            SELECT r.user_id FROM reset_links r JOIN users u ON u.id = r.user_id
            WHERE r.hash = $1 AND r.used_ms IS NULL AND r.replaced_ms IS NULL AND r.expires_ms > $2
                AND u.disabled_ms IS NULL
            """,
            _hash(token),
            now_ms,
        )
        if not rows:
            raise ResetLinkSpent()
        return UserId(rows[0]["user_id"])

    async def use(self, tx: Tx, token: str, now_ms: int) -> None:
        """Use it up. Of two that try at once, the second waits for the first and is refused.

        Errors
            ResetLinkSpent
        """
        used = await tx.run(
            """
            UPDATE reset_links SET used_ms = $2
            WHERE hash = $1 AND used_ms IS NULL AND replaced_ms IS NULL AND expires_ms > $2
            """,
            _hash(token),
            now_ms,
        )
        if used != 1:
            raise ResetLinkSpent()


def _hash(token: str) -> bytes:
    if SESSION_SHAPE.fullmatch(token) is None:
        raise ResetLinkSpent()
    return secret_hash("reset", token)
