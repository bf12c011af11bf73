"""One-time links that make an administrator: printed by the command line of whoever runs the machine."""

from dataclasses import dataclass

from safehand.identity.errors import SetupLinkSpent
from safehand.identity.secret_text import SESSION_SHAPE, new_session_token, secret_hash
from safehand.store.database import Tx

LINK_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class SetupLinks:
    """Makes and uses them. Only one is alive at a time, and it works once."""

    async def make(self, tx: Tx, now_ms: int) -> str:
        """A new token for `/setup/TOKEN`, good for an hour; those made before are dead.

        Shapes
            ->  43 characters, 256 bits.
        """
        await tx.lock("identity.setup")
        await tx.run("UPDATE setup_links SET used_ms = $1 WHERE used_ms IS NULL", now_ms)
        token = new_session_token()
        await tx.run(
            "INSERT INTO setup_links (hash, made_ms, expires_ms) VALUES ($1, $2, $3)",
            secret_hash("setup", token),
            now_ms,
            now_ms + LINK_MS,
        )
        return token

    async def check(self, tx: Tx, token: str, now_ms: int) -> None:
        """Refuse a token that would not work, before anything expensive is done for it.

        Errors
            SetupLinkSpent
        """
        alive = await tx.fetch(
            "SELECT 1 FROM setup_links WHERE hash = $1 AND used_ms IS NULL AND expires_ms > $2", _hash(token), now_ms
        )
        if not alive:
            raise SetupLinkSpent()

    async def use(self, tx: Tx, token: str, now_ms: int) -> None:
        """Use it up. Of two that try at once, the second waits for the first and is refused.

        Errors
            SetupLinkSpent
        """
        used = await tx.run(
            "UPDATE setup_links SET used_ms = $2 WHERE hash = $1 AND used_ms IS NULL AND expires_ms > $2",
            _hash(token),
            now_ms,
        )
        if used != 1:
            raise SetupLinkSpent()


def _hash(token: str) -> bytes:
    if SESSION_SHAPE.fullmatch(token) is None:
        raise SetupLinkSpent()
    return secret_hash("setup", token)
