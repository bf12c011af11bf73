"""Data keys in use: how a person's key seals and opens, and the few kept unwrapped."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from safehand.vault.errors import Altered
from safehand.vault.master import NONCE_BYTES

KEYS_KEPT_MAX = 1_024  # unwrapped keys in memory; each is one person's
FORMAT = b"\x01"  # first byte of everything sealed, so that another cipher can follow
OVERHEAD_BYTES = len(FORMAT) + NONCE_BYTES + 16


@dataclass(frozen=True, slots=True)
class DataKey:
    """One person's key, unwrapped."""

    _cipher: AESGCMSIV = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "DataKey":
        """The data key made of these 32 bytes."""
        return cls(AESGCMSIV(key))

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt; it will open only with the same `bound_to`.

        Shapes
            ->  a format byte, a random nonce of 12 bytes, then AES-256-GCM-SIV: 29 bytes more than `plain`.
        Source
            RFC 8452. Misuse-resistant: a nonce drawn twice tells only whether two bodies are equal.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, plain, bound_to)

    def open(self, sealed: bytes, bound_to: bytes, id: str) -> bytes:
        """Decrypt.

        Errors
            Altered  not what was sealed, or not bound to this. `id` is told, the content never.
        """
        if len(sealed) < OVERHEAD_BYTES or sealed[:1] != FORMAT:
            raise Altered(what="body", id=id)
        try:
            return self._cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], bound_to)
        except InvalidTag:
            raise Altered(what="body", id=id) from None


@dataclass(slots=True)
class KeyRing:
    """The unwrapped keys last used, so that a batch for one person unwraps once. For one event loop only.

    An entry is found by the wrapped bytes that the database holds now: a key that the database no
    longer has cannot be found here either.
    """

    _keys: OrderedDict[tuple[str, bytes], DataKey] = field(default_factory=OrderedDict, repr=False)

    def find(self, person: str, wrapped: bytes) -> DataKey | None:
        """The key, if it is kept."""
        key = self._keys.get((person, wrapped))
        if key is not None:
            self._keys.move_to_end((person, wrapped))
        return key

    def keep(self, person: str, wrapped: bytes, key: DataKey) -> DataKey:
        """Keep it, and let go of the one unused for longest where there are too many."""
        self._keys[(person, wrapped)] = key
        if len(self._keys) > KEYS_KEPT_MAX:
            self._keys.popitem(last=False)
        return key

    def drop(self, *persons: str) -> None:
        """Forget these persons' keys."""
        gone = set(persons)
        for entry in [entry for entry in self._keys if entry[0] in gone]:
            del self._keys[entry]

    def __len__(self) -> int:
        return len(self._keys)
