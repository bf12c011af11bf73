"""Readiness: what an installation needs to serve, looked at when somebody asks, and what is missing by name."""

import asyncio
import shutil
import time
from dataclasses import dataclass

from safehand.app.installation import Installation
from safehand.app.schema_versions import newest_revision, recorded
from safehand.app.server_certificate import ServerCertificate
from safehand.kernel.errors import SafehandError, Unavailable
from safehand.ledger.sequencer import signed_size
from safehand.store.database import Tx

DISK_FREE_BYTES_MIN = 256 * 1024 * 1024
CLOCK_APART_MS_MAX = 5_000
LOG_WAITS_MS_MAX = 60_000
EXPIRES_WITHIN_S = 7 * 86_400
NEEDED = ("migrations", "master_key")
"""Without these nothing may be served. What else is missing is told, and custody goes on."""


class DatabaseGone(Unavailable):
    """The database does not answer. Custody goes on as soon as it does."""

    code = "app.database_gone"

    def __init__(self) -> None:
        super().__init__()


class NotReady(Unavailable):
    """Something is missing that serving needs."""

    code = "app.not_ready"

    def __init__(self, missing: str) -> None:
        super().__init__(missing=missing)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Looks at one installation. `certificate` is there where we speak TLS ourselves."""

    here: Installation
    certificate: ServerCertificate | None = None

    async def look(self) -> dict[str, bool]:
        """Each part by name, and whether it is as it must be.

        Errors
            DatabaseGone  the database does not answer.
            NotReady      it names what is missing, where that is something that serving needs.
        """
        if not await self.here.store.healthy():
            raise DatabaseGone()
        parts = {"database": True, "stream": self.here.bus.healthy, "disk": self._has_room()}
        if self.certificate is not None:
            parts["certificate"] = self.certificate.expires_s - time.time() > EXPIRES_WITHIN_S
        async with self.here.store.transaction() as tx:
            found, floor = await recorded(tx)
            parts["migrations"] = floor <= newest_revision() <= (found or "")
            parts["master_key"] = await self._has_its_key(tx)
            parts["clock"] = await self._agrees_on_the_time(tx)
            parts["log"] = await self._log_moves(tx) and await self._log_is_whole(tx)
        if missing := [name for name in NEEDED if not parts[name]]:
            raise NotReady(", ".join(missing))
        return parts

    def _has_room(self) -> bool:
        try:
            return shutil.disk_usage(self.here.settings.data).free >= DISK_FREE_BYTES_MIN
        except OSError:
            return False

    async def _has_its_key(self, tx: Tx) -> bool:
        try:
            await self.here.vault.check(tx)
        except SafehandError:
            return False
        return True

    async def _agrees_on_the_time(self, tx: Tx) -> bool:
        (row,) = await tx.fetch("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms")
        return abs(int(row["ms"]) - time.time_ns() // 1_000_000) <= CLOCK_APART_MS_MAX

    async def _log_moves(self, tx: Tx) -> bool:
        """Whether what was told waits no longer for its place in the log than it should."""
        rows = await tx.fetch(
            "SELECT f.received_ms AS ms FROM facts_to_sequence w JOIN facts f USING (seq) ORDER BY w.seq LIMIT 1"
        )
        return not rows or self.here.clock.now_ms() - rows[0]["ms"] <= LOG_WAITS_MS_MAX

    async def _log_is_whole(self, tx: Tx) -> bool:
        """Whether this machine's folder has what was signed up to a minute ago: one that shares none falls behind."""
        signed = await signed_size(tx, self.here.sequencer.key.name, self.here.clock.now_ms() - LOG_WAITS_MS_MAX)
        return signed <= await asyncio.to_thread(self.here.sequencer.size_on_disk)
