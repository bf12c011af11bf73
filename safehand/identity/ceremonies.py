"""Ceremonies: what has to be answered by the browser that asked, once, and soon.

The browser keeps one secret in a cookie that no script reads. Everything that goes on the way and comes back
(a passkey's challenge, a provider's state and nonce) follows from it, so an answer that was made for another
browser, another session or another purpose fits nowhere. The database keeps a hash and when it runs out.
"""

from dataclasses import dataclass
from enum import StrEnum

from safehand.identity.errors import CeremonyOver
from safehand.identity.secret_text import SESSION_SHAPE, new_session_token, secret_hash
from safehand.store.database import Tx

CEREMONY_MS = 5 * 60_000  # to find the phone, and type a PIN
OUTDATED_REMOVED_AT_ONCE = 20  # more than are added


class Purpose(StrEnum):
    """What a ceremony is for; an answer to one is none to another."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    PROVE = "prove"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Ceremonies:
    """Begins and ends them."""

    async def begin(
        self, tx: Tx, purpose: Purpose, session: str | None, now_ms: int, *, goes_to: str | None = None
    ) -> str:
        """A new one.

        Shapes
            session  the id of the session that it belongs to; None before there is one.
            goes_to  the address of ours that the browser wanted, kept here as it leaves us meanwhile.
            ->       43 characters, for the browser's cookie.
        """
        await tx.run(
            """
            DELETE FROM ceremonies WHERE hash IN (
                SELECT hash FROM ceremonies WHERE expires_ms < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
            """,
            now_ms,
            OUTDATED_REMOVED_AT_ONCE,
        )
        secret = new_session_token()
        await tx.run(
            "INSERT INTO ceremonies (hash, purpose, session, expires_ms, goes_to) VALUES ($1, $2, $3, $4, $5)",
            secret_hash("ceremony", secret),
            purpose,
            session,
            now_ms + CEREMONY_MS,
            goes_to,
        )
        return secret

    async def finish(self, tx: Tx, purpose: Purpose, session: str | None, secret: str, now_ms: int) -> str | None:
        """Use it up: in a transaction of its own, so that a wrong answer has used it up too.

        Shapes
            ->  where the browser wanted to go, if that was said.

        Errors
            CeremonyOver
        """
        if SESSION_SHAPE.fullmatch(secret) is None:
            raise CeremonyOver()
        gone = await tx.fetch(
            """
            DELETE FROM ceremonies
            WHERE hash = $1 AND purpose = $2 AND session IS NOT DISTINCT FROM $3 AND expires_ms > $4 RETURNING goes_to
            """,
            secret_hash("ceremony", secret),
            purpose,
            session,
            now_ms,
        )
        if not gone:
            raise CeremonyOver()
        goes_to: str | None = gone[0]["goes_to"]
        return goes_to


def challenge(purpose: Purpose, secret: str) -> bytes:
    """The 32 bytes that the browser's authenticator signs."""
    return secret_hash(f"challenge-{purpose}", secret)
