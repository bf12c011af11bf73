"""Recovery codes: ten pieces of paper for the day on which the phone is gone. Each opens the door once."""

from dataclasses import dataclass

from safehand.identity.errors import RecoveryCodeWrong
from safehand.identity.secret_text import new_recovery_code, read_recovery_code, secret_hash
from safehand.kernel.ids import UserId
from safehand.store.database import Tx

CODES = 10


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Makes and uses them."""

    async def make(self, tx: Tx, user: UserId, now_ms: int) -> list[str]:
        """Ten new ones, told this once; those before are dead."""
        await self.drop(tx, user, now_ms)
        codes = [new_recovery_code() for _ in range(CODES)]
        hashes = [_hash(read_recovery_code(code) or "") for code in codes]
        await tx.run(
            "INSERT INTO recovery_codes (hash, user_id, made_ms) SELECT unnest($1::bytea[]), $2, $3",
            hashes,
            user,
            now_ms,
        )
        return codes

    async def use(self, tx: Tx, typed: str, now_ms: int) -> UserId:
        """Use one up; whose it was. Of two that try at once, the second waits for the first and is refused.

        Errors
            RecoveryCodeWrong
        """
        code = read_recovery_code(typed)
        used = [] if code is None else await tx.fetch(
            """
            UPDATE recovery_codes c SET used_ms = $2 FROM users u
            WHERE c.hash = $1 AND c.used_ms IS NULL AND c.replaced_ms IS NULL
                AND u.id = c.user_id AND u.disabled_ms IS NULL
            RETURNING c.user_id
            """,
            _hash(code),
            now_ms,
        )  # fmt: skip
        if not used:
            raise RecoveryCodeWrong()
        return UserId(used[0]["user_id"])

    async def left(self, tx: Tx, user: UserId) -> int:
        """How many still work."""
        [row] = await tx.fetch(
            "SELECT count(*) AS n FROM recovery_codes WHERE user_id = $1 AND used_ms IS NULL AND replaced_ms IS NULL",
            user,
        )
        return int(row["n"])

    async def drop(self, tx: Tx, user: UserId, now_ms: int) -> None:
        """Make all that are left worthless."""
        await tx.run(
            """
            UPDATE recovery_codes SET replaced_ms = $2
            WHERE user_id = $1 AND used_ms IS NULL AND replaced_ms IS NULL
            """,
            user,
            now_ms,
        )


def _hash(code: str) -> bytes:
    return secret_hash("recovery", code)
