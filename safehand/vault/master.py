"""The master key: 32 bytes kept outside the database, which wrap every person's data key.

Whoever holds a dump of the database without it holds nothing private. ports.py says who may keep it:
a file (key_folder.py), or a file that a key service has sealed (key_service.py).
"""

import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from safehand.kernel.files import belong, sync_folder
from safehand.vault.errors import Altered, MasterKeyExposed, MasterKeyUnusable, WrongMasterKey

KEY_BYTES = 32
NONCE_BYTES = 12
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + 16
FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that wraps other keys. It shows its fingerprint, never itself."""

    fingerprint: str
    _cipher: AESGCMSIV = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "MasterKey":
        """The master key made of these 32 bytes. Each use gets a key of its own, derived from them.

        Errors
            ValueError  not 32 bytes: the caller is broken.
        Source
            Derivation: HMAC-SHA256 of a label, which is HKDF-Expand (RFC 5869) for one block; the input
            is uniformly random, so the extract step is not needed.
        """
        if len(key) != KEY_BYTES:
            raise ValueError(f"{len(key)} B")
        fingerprint = _derived(key, b"safehand/vault/fingerprint/v1").hex()[:16]
        return cls(fingerprint, AESGCMSIV(_derived(key, b"safehand/vault/wrap/v1")))

    @classmethod
    def fresh(cls) -> "tuple[MasterKey, bytes]":
        """A new key, and the 32 bytes that it is made of, for whoever keeps them."""
        raw = secrets.token_bytes(KEY_BYTES)
        return cls.of(raw), raw

    def wrap(self, person: str, key: bytes) -> bytes:
        """A data key, sealed so that it opens only as this person's.

        Shapes
            key  32 bytes.
            ->   60 bytes: a random nonce of 12, then AES-256-GCM-SIV (RFC 8452).
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, _bound_to(person))

    def unwrap(self, person: str, wrapped: bytes, fingerprint: str) -> bytes:
        """The data key again.

        Errors
            WrongMasterKey  it was wrapped by the master key with another fingerprint.
            Altered         the bytes were changed, or are another person's.
        """
        if fingerprint != self.fingerprint:
            raise WrongMasterKey(recorded=fingerprint, given=self.fingerprint)
        try:
            if len(wrapped) != WRAPPED_BYTES:
                raise InvalidTag
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound_to(person))
        except InvalidTag:
            raise Altered(what="key", id=person) from None


def load_master_key(path: Path) -> MasterKey:
    """Read the master key file; make it, with mode 0600, where there is none yet.

    Two processes that start at once end up with the same file. The folder must exist.

    Errors
        MasterKeyExposed   its mode lets anybody but the owner in.
        MasterKeyUnusable  a link or no plain file, not ours, or not of 32 bytes.
    """
    if not os.path.lexists(path):
        write_key(path, secrets.token_bytes(KEY_BYTES))
    key = read_key_file(path, KEY_BYTES)
    if len(key) != KEY_BYTES:
        raise MasterKeyUnusable(path=str(path), why=f"not {KEY_BYTES} bytes long")
    return MasterKey.of(key)


def read_key_file(path: Path, bytes_max: int) -> bytes:
    """What a private file holds, at most one byte more than `bytes_max`.

    Errors
        MasterKeyExposed, MasterKeyUnusable
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise MasterKeyUnusable(path=str(path), why=error.strerror or "cannot be opened") from None
    try:
        check_file(path, os.fstat(handle))
        return os.read(handle, bytes_max + 1)
    finally:
        os.close(handle)


def check_file(path: Path, found: os.stat_result) -> None:
    """Refuse a file that others may have read or written.

    Errors
        MasterKeyExposed, MasterKeyUnusable
    """
    if not stat.S_ISREG(found.st_mode):
        raise MasterKeyUnusable(path=str(path), why="not a plain file")
    if found.st_uid not in {os.geteuid(), 0} and not (os.geteuid() == 0 and _put_there(path, found.st_uid)):
        raise MasterKeyUnusable(path=str(path), why="owned by somebody else")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise MasterKeyExposed(path=str(path), mode=f"{stat.S_IMODE(found.st_mode):04o}")


def _put_there(path: Path, owner: int) -> bool:
    """Whether root may believe an account's file: it lies in that account's folder, or where only root puts files."""
    folder = os.stat(path.parent)
    return folder.st_uid == owner or (folder.st_uid == 0 and not stat.S_IMODE(folder.st_mode) & 0o022)


def write_key(path: Path, raw: bytes) -> None:
    """Write a key beside the path, make it durable, and link it there only if nobody was quicker."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            belong(file.fileno(), path.parent)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(new, path)
        except FileExistsError:
            return
    finally:
        os.unlink(new)
    sync_folder(path.parent)


def _derived(key: bytes, label: bytes) -> bytes:
    return hmac.digest(key, label + b"\x01", hashlib.sha256)


def _bound_to(person: str) -> bytes:
    return b"safehand/vault/key/v1\n" + person.encode()
