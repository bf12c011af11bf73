"""Evidence files: photos that a statement names by hash. Kept sealed under the recipient's key, once."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from safehand.handover.errors import EvidenceChanged, EvidenceTooLarge, EvidenceUnreadable, NoSuchEvidence
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_read
from safehand.kernel.clock import Clock
from safehand.kernel.ids import DeviceId, ParcelId, PersonId
from safehand.parcels.model import Parcel
from safehand.store.database import Store, Tx
from safehand.store.errors import BlobMissing
from safehand.vault.vault import Vault

EVIDENCE_BYTES_MAX = 2 * 1024 * 1024
MAGIC = {"image/png": (b"\x89PNG\r\n\x1a\n",), "image/jpeg": (b"\xff\xd8\xff",), "image/webp": (b"RIFF",)}

_KNOWN = "SELECT 1 FROM evidence_files WHERE parcel = $1 AND sha256 = $2"


class Blobs(Protocol):
    """Keeps bytes under their hash."""

    async def put(self, body: bytes) -> str:
        """Keep the bytes durably; the key to find them by."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes of that key."""
        ...

    async def delete(self, key: str) -> None:
        """Keep them no longer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """One picture as it arrives: whose parcel it is about, what it claims to be."""

    parcel: ParcelId
    recipient: PersonId
    device: DeviceId
    sha256: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class EvidenceDesk:
    """Takes evidence files and gives them back to those who may see them."""

    store: Store
    vault: Vault
    blobs: Blobs
    clock: Clock

    async def put(self, file: EvidenceFile) -> bool:
        """Keep a file; False if it was there already. The blob is durable before the row names it.

        Errors
            EvidenceTooLarge, EvidenceUnreadable, EvidenceChanged
        """
        if len(file.body) > EVIDENCE_BYTES_MAX:
            raise EvidenceTooLarge(len(file.body), EVIDENCE_BYTES_MAX)
        if not file.body.startswith(MAGIC.get(file.media_type, (b"\0none",))):
            raise EvidenceUnreadable(file.media_type)
        found = hashlib.sha256(file.body).hexdigest()
        if found != file.sha256:
            raise EvidenceChanged(file.sha256, found)
        async with self.store.transaction() as tx:
            if await tx.fetch(_KNOWN, file.parcel, file.sha256):
                return False
            sealed = await self.vault.seal(tx, file.recipient, file.body, _bound(file.parcel, file.sha256))
        blob = await self.blobs.put(sealed)
        async with self.store.transaction() as tx:
            made = await tx.run(
                "INSERT INTO evidence_files (parcel, sha256, blob, media_type, device, received_ms)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                file.parcel,
                file.sha256,
                blob,
                file.media_type,
                file.device,
                self.clock.now_ms(),
            )
        if made != 1:  # the same picture, sent twice at one moment: nothing names our copy
            await self.blobs.delete(blob)
        return made == 1

    async def get(self, tx: Tx, parcel: Parcel, sha256: str, me: Principal) -> tuple[bytes, str]:
        """A file and its media type, once it is on record who reads it.

        Errors
            NoSuchEvidence  none of that hash, or its person was erased.
        """
        rows = await tx.fetch(
            "SELECT blob, media_type FROM evidence_files WHERE parcel = $1 AND sha256 = $2", parcel.parcel, sha256
        )
        if not rows:
            raise NoSuchEvidence(sha256)
        await note_read(tx, Read(me, Action.EVIDENCE_READ, parcel.recipient, parcel.parcel), self.clock.now_ms())
        try:
            sealed = await self.blobs.get(rows[0]["blob"])
        except BlobMissing:
            raise NoSuchEvidence(sha256) from None
        body = await self.vault.open(tx, parcel.recipient, sealed, _bound(parcel.parcel, sha256))
        if body is None:
            raise NoSuchEvidence(sha256)
        return body, rows[0]["media_type"]


def _bound(parcel: str, sha256: str) -> bytes:
    return f"{parcel}\n{sha256}".encode("ascii")
