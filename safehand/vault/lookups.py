"""Look-ups: persons found again by mail, phone, or name and postcode, from a table that says none of these.

A row holds a keyed hash, cut to HASH_BYTES. The key lies in the vault, wrapped by the master key: a dump alone lets
nobody try addresses. Equal hashes show that two persons share a clue, and nothing about which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safehand.kernel.ids import PartyId, PersonId
from safehand.store.database import Tx
from safehand.vault.clues import Clue
from safehand.vault.vault import Vault

HASH_BYTES = 8
"""Among 100 million persons, a stranger's hash is hit by accident once in 10**11 look-ups: whoever acts on a hit
compares what the vault says of the person first."""
CLUES_MAX = 16
FOUND_MAX = 2_000
"""Persons of one look-up: one human has one person a shipment."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """Notes clues and finds persons by them, in the caller's transaction. Erasing a person erases their rows."""

    vault: Vault

    async def note(self, tx: Tx, person: PersonId, clues: Sequence[Clue]) -> None:
        """Let the person be found by these."""
        await self.note_many(tx, {person: clues})

    async def note_many(self, tx: Tx, clues: Mapping[PersonId, Sequence[Clue]]) -> None:
        """Let each person be found by theirs."""
        for theirs in clues.values():
            if len(theirs) > CLUES_MAX:
                raise ValueError(f"{len(theirs)} clues to one person, {CLUES_MAX} at most")
        said = [(person, clue) for person, theirs in clues.items() for clue in dict.fromkeys(theirs)]
        hashes = await self._hashes(tx, [clue for _, clue in said])
        rows = [(person, str(clue.kind), hash) for (person, clue), hash in zip(said, hashes, strict=True)]
        await tx.copy("vault_lookups", ("person", "clue", "hash"), rows)

    async def find(self, tx: Tx, clues: Sequence[Clue]) -> dict[PersonId, list[Clue]]:
        """Persons that have any of these clues, newest first, each with those that hit; FOUND_MAX of them at least."""
        if len(clues) > CLUES_MAX:
            raise ValueError(f"{len(clues)} clues in one look-up, {CLUES_MAX} at most")
        hashes = await self._hashes(tx, clues)
        asked = {(str(clue.kind), hash): clue for clue, hash in zip(clues, hashes, strict=True)}
        rows = await tx.fetch(
            "SELECT person, clue, hash FROM vault_lookups"
            " JOIN unnest($1::text[], $2::bytea[]) AS asked (clue, hash) USING (clue, hash)"
            " ORDER BY person DESC LIMIT $3",
            [kind for kind, _ in asked],
            [hash for _, hash in asked],
            FOUND_MAX * max(1, len(asked)),
        )
        found: dict[PersonId, list[Clue]] = {}
        for row in rows:
            found.setdefault(PersonId(PartyId(row["person"])), []).append(asked[row["clue"], bytes(row["hash"])])
        return found

    async def fits(self, tx: Tx, person: PersonId, clues: Sequence[Clue]) -> bool:
        """Whether this person has all of these clues. For one whom there is not, the same steps are taken."""
        hashes = await self._hashes(tx, clues)
        asked = {(str(clue.kind), hash) for clue, hash in zip(clues, hashes, strict=True)}
        [row] = await tx.fetch(
            "SELECT count(DISTINCT (clue, hash)) AS hits FROM vault_lookups"
            " JOIN unnest($2::text[], $3::bytea[]) AS asked (clue, hash) USING (clue, hash) WHERE person = $1",
            person,
            [kind for kind, _ in asked],
            [hash for _, hash in asked],
        )
        return bool(asked) and row["hits"] == len(asked)

    async def forget(self, tx: Tx, persons: Sequence[PersonId]) -> None:
        """Let these persons be found no more: what they could be found by was removed."""
        await tx.run("DELETE FROM vault_lookups WHERE person = ANY($1)", list(persons))

    async def _hashes(self, tx: Tx, clues: Sequence[Clue]) -> list[bytes]:
        said = [(f"lookup/{clue.kind}", clue.normal.encode()) for clue in clues]
        return [hash[:HASH_BYTES] for hash in await self.vault.keyed_hashes(tx, said)]
