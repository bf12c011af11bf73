"""Cosignatures: a witness's word that at some time a checkpoint was the newest it had seen, and continued the others.

Source
    C2SP tlog-cosignature, cosignature/v1 with Ed25519 (signature type 0x04).
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safehand.ledger.note import COSIGNER, Note, Signature, key_id, key_line, parse_key
from safehand.ledger.signing import SigningKey

_TIME = struct.Struct(">Q")
SIGNATURE_BYTES = _TIME.size + 64
TIME_S_MAX = 253_402_214_400
"""The last day that a calendar can show; a witness whose clock is beyond it says nothing."""


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """The public half of a witness's key: a name and 32 bytes of Ed25519."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read `name+keyid+base64`, without a line end.

        Errors
            BadKey  another form, another signature type, or an id that is not the key's own.
        """
        return cls(*parse_key(vkey, COSIGNER))

    @property
    def key_id(self) -> bytes:
        """Four bytes that pick this key out among a note's signatures."""
        return key_id(self.name, self.public, COSIGNER)

    def __str__(self) -> str:
        """The verifier-key line, without a line end."""
        return key_line(self.name, self.public, COSIGNER)

    def cosigned_at_s(self, text: str, signature: bytes) -> int | None:
        """When it cosigned the checkpoint `text`, in seconds since 1970; None if the signature is not its own."""
        if len(signature) != SIGNATURE_BYTES:
            return None
        (at_s,) = _TIME.unpack_from(signature)
        if at_s > TIME_S_MAX:
            return None
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature[_TIME.size :], _message(text, at_s))
        except (InvalidSignature, ValueError):
            return None
        return int(at_s)

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether it cosigned `text`, at whatever time."""
        return self.cosigned_at_s(text, signature) is not None


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's secret key."""

    key: SigningKey

    @property
    def public(self) -> CosignerKey:
        """What others check its cosignatures with."""
        return CosignerKey(self.key.name, self.key.verifier.public)

    def cosign(self, text: str, at_s: int) -> Signature:
        """The signature line for the checkpoint `text`, which ends in a newline."""
        secret = Ed25519PrivateKey.from_private_bytes(self.key.seed)
        return Signature(self.key.name, self.public.key_id, _TIME.pack(at_s) + secret.sign(_message(text, at_s)))


@dataclass(frozen=True, slots=True)
class Cosigned:
    """One witness's cosignature on a note: who, when, and the line."""

    witness: CosignerKey
    at_s: int
    signature: Signature


def cosignatures(note: Note, known: Iterable[CosignerKey]) -> list[Cosigned]:
    """The cosignatures of known witnesses on a note, one each; other lines, and wrong ones, are passed over."""
    found: dict[bytes, Cosigned] = {}
    keys = {(key.name, key.key_id): key for key in known}
    for signature in note.signatures:
        key = keys.get((signature.name, signature.key_id))
        if key is not None and (at_s := key.cosigned_at_s(note.text, signature.value)) is not None:
            found.setdefault(key.public, Cosigned(key, at_s, signature))
    return list(found.values())


def _message(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()
