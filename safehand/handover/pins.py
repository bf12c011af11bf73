"""PINs at the door: six digits bound to one parcel, sealed under the recipient's key, five tries.

Chance of guessing: 5 in 1 000 000 a parcel; each wrong try opens an exception that names the driver's device.
"""

import hmac
import secrets
from dataclasses import dataclass

from safehand.kernel.ids import ParcelId, PersonId
from safehand.store.database import Tx
from safehand.vault.vault import Kind, Vault

PIN_DIGITS = 6
FAILURES_MAX = 5


@dataclass(frozen=True, slots=True)
class Pins:
    """Issues and checks PINs, in the caller's transaction."""

    vault: Vault

    async def of(self, tx: Tx, parcel: ParcelId, recipient: PersonId) -> str | None:
        """The parcel's PIN, made when the recipient first asks; None if the recipient was erased."""
        rows = await tx.fetch("SELECT body FROM pins WHERE parcel = $1", parcel)
        if not rows:
            body = await self.vault.put(tx, recipient, Kind.PIN, _drawn())
            await tx.run(
                "INSERT INTO pins (parcel, body, failures) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING", parcel, body
            )
            rows = await tx.fetch("SELECT body FROM pins WHERE parcel = $1", parcel)
        pin = await self.vault.get(tx, rows[0]["body"])
        return None if pin is None else pin.decode("ascii")

    async def renew(self, tx: Tx, parcel: ParcelId, recipient: PersonId) -> None:
        """Another PIN in place of one that somebody else may have read. Failures stay counted."""
        fresh = await self.vault.put(tx, recipient, Kind.PIN, _drawn())
        await tx.run("UPDATE pins SET body = $2 WHERE parcel = $1", parcel, fresh)

    async def matches(self, tx: Tx, parcel: ParcelId, typed: str) -> bool:
        """Whether the typed PIN is the parcel's. Counts failures; after FAILURES_MAX none matches any more."""
        rows = await tx.fetch("SELECT body, failures FROM pins WHERE parcel = $1 FOR UPDATE", parcel)
        if not rows or rows[0]["failures"] >= FAILURES_MAX:
            return False
        pin = await self.vault.get(tx, rows[0]["body"])
        right = pin is not None and hmac.compare_digest(pin, typed.encode("utf-8", "replace"))
        if not right:
            await tx.run("UPDATE pins SET failures = failures + 1 WHERE parcel = $1", parcel)
        return right


def _drawn() -> bytes:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}".encode("ascii")
