"""What the vault needs from outside the database: somewhere to keep master keys, perhaps a service that guards them."""

from collections.abc import Mapping
from typing import Protocol

from safehand.vault.master import MasterKey


class MasterKeys(Protocol):
    """Where the master keys are kept. Asked at start, at a rotation, and when a key turns up that nobody knows yet."""

    def load(self) -> Mapping[str, MasterKey]:
        """Every key that is kept, by fingerprint, oldest first; where there is none yet, a first one is made."""
        ...

    def add(self) -> MasterKey:
        """A new key. It is durable when this returns; nothing wraps with it yet."""
        ...

    def remove(self, fingerprint: str) -> None:
        """Keep this key no longer. The caller has made sure that nothing is wrapped with it."""
        ...


class KeyService(Protocol):
    """A service that keeps a key of its own to itself, and wraps and unwraps others with it (a KMS)."""

    def wrap(self, label: str, key: bytes) -> bytes:
        """The key, sealed by the service so that it opens only under the same label.

        Errors
            KeyServiceGone  it does not answer, or not as it should.
        """
        ...

    def unwrap(self, label: str, wrapped: bytes) -> bytes:
        """The key again.

        Errors
            KeyServiceGone     it does not answer, or not as it should.
            KeyServiceRefused  it will not: another label, other bytes, a key it has destroyed, or no right to ask.
        """
        ...
