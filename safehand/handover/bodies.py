"""Private bodies of statements: kept in the vault under the key of whom they are about. Fills custody's port."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.kernel.ids import PartyId, PersonId
from safehand.store.database import Tx
from safehand.vault.vault import Kind, Private, Vault


@dataclass(frozen=True, slots=True)
class StatementBodies:
    """Keeps bodies under the recipient's key, so that erasing the recipient erases them."""

    vault: Vault

    async def keep(self, tx: Tx, bodies: Sequence[tuple[PartyId, bytes]]) -> list[str]:
        """Keep each body; the ids to find them by."""
        return await self.vault.put_many(
            tx, [Private(PersonId(person), Kind.STATEMENT, body) for person, body in bodies]
        )
