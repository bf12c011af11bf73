"""Known browsers: those in which somebody has signed in before.

A stranger who keeps failing fills the bucket of a login, and whoever comes from an unknown browser has to wait.
A known browser has a bucket of its own that no stranger can reach, so its owner gets in all the same.

Source
    OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

from dataclasses import dataclass

from safehand.identity.secret_text import SESSION_SHAPE, new_session_token, secret_hash
from safehand.kernel.ids import UserId
from safehand.store.database import Tx

KNOWN_MS = 180 * 86_400_000
BROWSERS_MAX = 20  # of one person; the oldest is forgotten first


@dataclass(frozen=True, slots=True)
class KnownBrowsers:
    """Remembers and forgets them. Several people may share a browser, as at a gate."""

    async def remember(self, tx: Tx, user: UserId, brought: str | None, now_ms: int) -> str:
        """This user has signed in with this browser. Its token is new each time; the one it brought is dead.

        Shapes
            ->  43 characters, for the browser's cookie.
        """
        token = new_session_token()
        hash = secret_hash("browser", token)
        if brought is not None and SESSION_SHAPE.fullmatch(brought):
            await tx.run("UPDATE known_browsers SET hash = $2 WHERE hash = $1", secret_hash("browser", brought), hash)
        await tx.run(
            """
            INSERT INTO known_browsers (hash, user_id, made_ms, expires_ms) VALUES ($1, $2, $3, $4)
            ON CONFLICT (hash, user_id) DO UPDATE SET expires_ms = excluded.expires_ms
            """,
            hash,
            user,
            now_ms,
            now_ms + KNOWN_MS,
        )
        await tx.run(
            """
            DELETE FROM known_browsers WHERE user_id = $1 AND (expires_ms <= $2 OR hash NOT IN (
                SELECT hash FROM known_browsers WHERE user_id = $1 ORDER BY expires_ms DESC, hash = $4 DESC LIMIT $3))
            """,
            user,
            now_ms,
            BROWSERS_MAX,
            hash,
        )
        return token

    async def known(self, tx: Tx, user: UserId, brought: str | None, now_ms: int) -> bool:
        """Whether this user has signed in with this browser."""
        if brought is None or SESSION_SHAPE.fullmatch(brought) is None:
            return False
        rows = await tx.fetch(
            "SELECT 1 FROM known_browsers WHERE hash = $1 AND user_id = $2 AND expires_ms > $3",
            secret_hash("browser", brought),
            user,
            now_ms,
        )
        return bool(rows)

    async def anybodys(self, tx: Tx, brought: str | None, now_ms: int) -> bool:
        """Whether anybody has signed in with this browser."""
        if brought is None or SESSION_SHAPE.fullmatch(brought) is None:
            return False
        rows = await tx.fetch(
            "SELECT 1 FROM known_browsers WHERE hash = $1 AND expires_ms > $2 LIMIT 1",
            secret_hash("browser", brought),
            now_ms,
        )
        return bool(rows)

    async def forget_all(self, tx: Tx, user: UserId) -> None:
        """Know none of this user's any more."""
        await tx.run("DELETE FROM known_browsers WHERE user_id = $1", user)
