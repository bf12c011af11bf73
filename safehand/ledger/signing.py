"""The log's private key: an Ed25519 seed in a file that only its owner can read."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safehand.ledger.durable import create_file, read_regular
from safehand.ledger.errors import KeyRefused
from safehand.ledger.note import ED25519, BadKey, Note, Signature, VerifierKey, check_key_name, decode_base64

SKEY_MARK = "PRIVATE+KEY+"
SEED_BYTES = 32
KEY_FILE_BYTES_MAX = 1024
KEY_FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs notes. Its text form is the one of Go's `note` package."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key from the system's randomness.

        Errors
            BadKey  the name cannot stand in a signature line.
        """
        check_key_name(name)
        return cls(name, os.urandom(SEED_BYTES))

    @classmethod
    def parse(cls, skey: str) -> Self:
        """Read `PRIVATE+KEY+name+keyid+base64`, without a line end.

        Errors
            BadKey  another form, another type, or an id that is not the key's own.
        """
        parts = skey.removeprefix(SKEY_MARK).split("+", 2)
        if not skey.startswith(SKEY_MARK) or len(parts) != 3:
            raise BadKey("a signing key starts with PRIVATE+KEY+ and has three more parts")
        name, said_id, material = parts
        check_key_name(name)
        raw = decode_base64(material, BadKey)
        if raw[:1] != ED25519 or len(raw) != SEED_BYTES + 1:
            raise BadKey("the key is not of type 1, Ed25519")
        key = cls(name, raw[1:])
        if said_id != key.verifier.key_id.hex():
            raise BadKey("the key's id is not its own")
        return key

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._private().public_key().public_bytes_raw())

    def encode(self) -> str:
        """The secret as text, without a line end."""
        material = base64.b64encode(ED25519 + self.seed).decode()
        return f"{SKEY_MARK}{self.name}+{self.verifier.key_id.hex()}+{material}"

    def sign(self, text: str) -> Note:
        """A note of `text`, which ends in a newline, with this key's signature as its only one."""
        return Note(text, (Signature(self.name, self.verifier.key_id, self._private().sign(text.encode())),))

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def load_or_create_key(path: Path, name: str) -> SigningKey:
    """The key in `path`; a new one for `name` is made there if there is none, durably, before it is ever used.

    Errors
        KeyRefused  others can read the file, it is no key, or it is a key of another name.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Two processes may both find nothing: the first file stays, and both use what it holds.
            create_file(path, SigningKey.generate(name).encode().encode() + b"\n", mode=KEY_FILE_MODE)
    except OSError as error:
        raise KeyRefused(path=str(path), reason=error.strerror or str(error)) from error
    return load_key(path, name)


def load_key(path: Path, name: str) -> SigningKey:
    """The key in `path`.

    Errors
        KeyRefused  there is none, others can read the file, it is no key, or it is a key of another name.
    """
    try:
        raw = read_regular(path, KEY_FILE_BYTES_MAX)
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        raise KeyRefused(path=str(path), reason=error.strerror or str(error)) from error
    if mode & 0o077:
        raise KeyRefused(path=str(path), reason=f"mode {mode:04o} lets others at it; it must be 0600")
    try:
        key = SigningKey.parse(raw.decode("ascii").removesuffix("\n"))
    except ValueError as error:
        raise KeyRefused(path=str(path), reason=str(error)) from error
    if key.name != name:
        raise KeyRefused(path=str(path), reason=f"it is the key of {key.name}, not of {name}")
    return key
