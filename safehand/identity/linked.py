"""Linked identities: which account at the provider is which colleague's.

An account is known by its issuer and its subject, which is given to nobody else; a mail address may be. The database
keeps a hash of the two, as some providers make subjects of names.
"""

from dataclasses import dataclass

from safehand.identity.errors import SubjectTaken
from safehand.identity.secret_text import secret_hash
from safehand.kernel.ids import UserId, new_id
from safehand.store.database import Tx

LINKED = "lid"


@dataclass(frozen=True, slots=True)
class LinkedIdentities:
    """Links and unlinks them. What was linked once stays on record."""

    async def whose(self, tx: Tx, issuer: str, subject: str, now_ms: int) -> UserId | None:
        """Whose account that is, and note that it was used; None if nobody's."""
        rows = await tx.fetch(
            "UPDATE linked_identities SET used_ms = $2 WHERE hash = $1 AND removed_ms IS NULL RETURNING user_id",
            _hash(issuer, subject),
            now_ms,
        )
        return UserId(rows[0]["user_id"]) if rows else None

    async def ever(self, tx: Tx, issuer: str, user: UserId) -> bool:
        """Whether this user has, or had, an account there."""
        rows = await tx.fetch(
            "SELECT 1 FROM linked_identities WHERE user_id = $1 AND issuer = $2 LIMIT 1", user, issuer
        )
        return bool(rows)

    async def link(self, tx: Tx, user: UserId, account: tuple[str, str], by: UserId | None, now_ms: int) -> None:
        """This account (issuer, subject) is this user's.

        Shapes
            by  the administrator who says so; None: the provider's verified mail address did.
        Errors
            SubjectTaken  it is somebody's, or the user has another one.
        """
        issuer, subject = account
        made = await tx.run(
            """
            INSERT INTO linked_identities (id, hash, issuer, user_id, made_ms, made_by)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            new_id(LINKED, now_ms),
            _hash(issuer, subject),
            issuer,
            user,
            now_ms,
            by,
        )
        if made != 1:
            raise SubjectTaken()

    async def unlink(self, tx: Tx, user: UserId, by: UserId, now_ms: int) -> int:
        """No account is this user's any more; how many were."""
        return await tx.run(
            """
            UPDATE linked_identities SET removed_ms = $2, removed_by = $3
            WHERE user_id = $1 AND removed_ms IS NULL
            """,
            user,
            now_ms,
            by,
        )


def _hash(issuer: str, subject: str) -> bytes:
    return secret_hash("identity", f"{issuer}\n{subject}")
