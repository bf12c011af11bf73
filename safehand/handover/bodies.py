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

    async def keep(self, tx: Tx, bodies: Sequence[tuple[PartyId | None, bytes]]) -> list[str]:
        """Keep each body; the ids to find them by. What is about nobody gets a key of its own."""
        private = []
        for owner, body in bodies:
            person = (
                PersonId(owner) if owner is not None else await self.vault.new_person(tx, self.vault.clock.now_ms())
            )
            private.append(Private(person, Kind.STATEMENT, body))
        return await self.vault.put_many(tx, private)
