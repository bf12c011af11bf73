"""Master keys in use by one process: every one that is known, and the one that wraps now.

Which one wraps stands in the database, so that every process changes over at one moment: with the commit that says so.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from safehand.kernel.clock import Clock
from safehand.store.database import Tx
from safehand.vault.errors import WrongMasterKey
from safehand.vault.master import KEY_BYTES, MasterKey
from safehand.vault.ports import MasterKeys

INDEX_LABEL = "the index key"
"""The index key is wrapped like a person's; no person has this id."""


@dataclass(slots=True)
class Masters:
    """The keys of one process. For one event loop only."""

    source: MasterKeys
    clock: Clock
    _known: dict[str, MasterKey] = field(default_factory=dict, repr=False)
    _index_key: bytes | None = field(default=None, repr=False)

    async def enrol(self, tx: Tx) -> None:
        """Make sure that this database knows its master keys; a new one takes the newest that is kept as its own.

        Errors
            WrongMasterKey  another key sealed it. Nothing was changed.
        """
        master = await self.current(tx)
        await tx.run(
            "UPDATE vault_master SET index_key = $1 WHERE index_key IS NULL AND fingerprint = $2",
            master.wrap(INDEX_LABEL, secrets.token_bytes(KEY_BYTES)),
            master.fingerprint,
        )

    async def current(self, tx: Tx) -> MasterKey:
        """The key that wraps now.

        Errors
            WrongMasterKey  it is not among those that we keep.
        """
        rows = await tx.fetch("SELECT fingerprint FROM vault_master")
        if not rows:
            await self._adopt(tx)
            rows = await tx.fetch("SELECT fingerprint FROM vault_master")
        fingerprint: str = rows[0]["fingerprint"]
        await self.know([fingerprint])
        return self.named(fingerprint)

    async def know(self, fingerprints: Iterable[str]) -> None:
        """Look again at what is kept, if one of these is new to us: somebody may have begun a rotation."""
        if any(fingerprint not in self._known for fingerprint in fingerprints):
            await self._reload()

    def named(self, fingerprint: str) -> MasterKey:
        """The key of that fingerprint, as far as we know.

        Errors
            WrongMasterKey
        """
        master = self._known.get(fingerprint)
        if master is None:
            raise WrongMasterKey(recorded=fingerprint, given=self._names())
        return master

    async def keyed_hashes(self, tx: Tx, said: Iterable[tuple[str, bytes]]) -> list[bytes]:
        """For each purpose and value a hash of 32 bytes that nobody can compute from a dump alone.

        It is the same before and after a rotation. A code of 40 bits hashed without a key would be found by trying them
        all in minutes.
        """
        key = self._index_key or await self._unwrapped_index_key(tx)
        return [hmac.digest(key, purpose.encode() + b"\n" + value, hashlib.sha256) for purpose, value in said]

    async def _unwrapped_index_key(self, tx: Tx) -> bytes:
        await self.enrol(tx)
        [row] = await tx.fetch("SELECT index_key, fingerprint FROM vault_master")
        key = self.named(row["fingerprint"]).unwrap(INDEX_LABEL, row["index_key"], row["fingerprint"])

        def keep() -> None:
            self._index_key = key

        tx.after_commit(keep)  # a transaction that fails may have made the key itself
        return key

    async def _adopt(self, tx: Tx) -> None:
        """Give a new database its master key. Of several processes that start at once, one is quicker."""
        newest = list((await self._reload()).values())[-1]
        await tx.run(
            "INSERT INTO vault_keys (fingerprint, made_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            newest.fingerprint,
            self.clock.now_ms(),
        )
        await tx.run(
            "INSERT INTO vault_master (one, fingerprint) VALUES (true, $1) ON CONFLICT DO NOTHING", newest.fingerprint
        )

    async def _reload(self) -> dict[str, MasterKey]:
        self._known = dict(await asyncio.to_thread(self.source.load))
        return self._known

    def _names(self) -> str:
        return ", ".join(self._known) or "none"
