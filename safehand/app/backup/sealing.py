"""Sealing: streams that only the holder of a backup identity can open, and that cannot be cut or rearranged.

Source
    age-encryption.org/v1, by pyrage (the Rust implementation): X25519 recipients, ChaCha20-Poly1305 in chunks of 64 KiB
    whose nonces count and mark the last one. `age -d` opens the files too; inside is a zlib stream (RFC 1950).
"""

import hashlib
import os
import secrets
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyrage

from safehand.app.backup.errors import BadBackupKey, Damaged, NoRoom, WrongBackupKey
from safehand.kernel.errors import SafehandError
from safehand.kernel.files import belong, sync_folder

READ_BYTES = 1024 * 1024
LEVEL = 1
"""WAL and heaps shrink to a third at the cost of a copy; more would cost more than the disk."""
SEALED_OVERHEAD_BYTES_MAX = 1024 * 1024
IDENTITY_FILE_BYTES_MAX = 64 * 1024
RECIPIENTS_MAX = 16

type Recipient = pyrage.x25519.Recipient
type Identity = pyrage.x25519.Identity
type Report = Callable[[int], None]
"""Told now and then how many plain bytes are through since the last time."""


def unheard(_: int) -> None:
    """Nobody wants to know."""


class Readable(Protocol):
    """Where plain bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed file: what it must weigh and hash to, sealed and opened."""

    name: str
    bytes: int
    sha256: str
    plain_bytes: int
    plain_sha256: str


def seal(name: str, source: Readable, target: Path, recipients: Sequence[Recipient], report: Report = unheard) -> Part:
    """Seal everything that `source` gives into `target`, which appears whole and synced, or not at all.

    Errors
        NoRoom  the disk does not take it.
    """
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")  # another process may be at the same
    plain = _Deflating(source, report)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            belong(file.fileno(), target.parent)
            sealed = _Counting(file.write)
            pyrage.encrypt_io(plain, sealed, list(recipients))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except OSError as error:
        if plain.fault is not None:
            raise plain.fault from error
        raise NoRoom(path=str(target), reason=error.strerror or str(error)) from error
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(target.parent)
    return Part(name, sealed.bytes, sealed.hash.hexdigest(), plain.bytes, plain.hash.hexdigest())


def open_part(
    part: Part, path: Path, identities: Sequence[Identity], sink: Callable[[bytes], object], report: Report = unheard
) -> None:
    """Give the plain bytes to `sink` as they come. What was given may be used only once this has returned.

    Errors
        WrongBackupKey  none of the identities opens it.
        Damaged         it is not what `part` says, at the latest at its end; never more bytes than that are given.
    """
    plain = _Inflating(part, sink, report)
    try:
        with path.open("rb") as file:
            sealed = _Hashing(file)
            pyrage.decrypt_io(sealed, plain, list(identities))
            while sealed.read(READ_BYTES):  # what stands after the end was not put there by us
                pass
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise WrongBackupKey(name=part.name) from None
        raise Damaged(name=part.name, why=str(error).splitlines()[0]) from None
    except OSError as error:
        if plain.fault is not None:
            raise plain.fault from error
        why = "it is missing" if isinstance(error, FileNotFoundError) else error.strerror or "it does not open"
        raise Damaged(name=part.name, why=why) from error
    if (sealed.bytes, sealed.hash.hexdigest()) != (part.bytes, part.sha256):
        raise Damaged(name=part.name, why="its bytes are others than were put there")
    plain.finish()


def open_small(name: str, path: Path, identities: Sequence[Identity], bytes_max: int) -> bytes:
    """The plain bytes of a small sealed file that no manifest describes.

    Errors
        WrongBackupKey, Damaged  also if it holds more than `bytes_max`.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(bytes_max + SEALED_OVERHEAD_BYTES_MAX)
        opener = zlib.decompressobj()
        plain = opener.decompress(pyrage.decrypt(raw, list(identities)), bytes_max)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise WrongBackupKey(name=name) from None
        raise Damaged(name=name, why=str(error).splitlines()[0]) from None
    except OSError as error:
        raise Damaged(name=name, why=error.strerror or str(error)) from error
    except zlib.error as error:
        raise Damaged(name=name, why=str(error)) from None
    if not opener.eof or opener.unused_data:
        raise Damaged(name=name, why="it is not one whole stream of a bounded size")
    return plain


def check_sealed(part: Part, path: Path, report: Report = unheard) -> None:
    """Make sure, without a key, that the sealed bytes are those that were put there.

    Errors
        Damaged
    """
    try:
        with path.open("rb") as file:
            sealed = _Hashing(file)
            while some := sealed.read(READ_BYTES):
                report(len(some))
    except OSError as error:
        raise Damaged(name=part.name, why=error.strerror or str(error)) from error
    if (sealed.bytes, sealed.hash.hexdigest()) != (part.bytes, part.sha256):
        raise Damaged(name=part.name, why="its bytes are others than were put there")


def parse_recipients(text: str) -> list[Recipient]:
    """The public keys in a text, `age1...`, separated by commas or spaces.

    Errors
        BadBackupKey
    """
    words = text.replace(",", " ").split()
    if not 0 < len(words) <= RECIPIENTS_MAX:
        raise BadBackupKey(what="recipient", why=f"1 to {RECIPIENTS_MAX} are needed, {len(words)} are given")
    try:
        return [pyrage.x25519.Recipient.from_str(word) for word in words]
    except pyrage.RecipientError as error:
        raise BadBackupKey(what="recipient", why=str(error)) from None


def read_identities(path: Path) -> list[Identity]:
    """The secret keys in a file as `age-keygen` writes it: one a line, lines with # left out.

    Errors
        BadBackupKey
    """
    try:
        with path.open("rb") as file:
            lines = file.read(IDENTITY_FILE_BYTES_MAX).decode("ascii").split("\n")
        words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(word) for word in words]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds something else than AGE-SECRET-KEY lines"
        raise BadBackupKey(what=f"identity {path}", why=why) from None
    if not found:
        raise BadBackupKey(what=f"identity {path}", why="it holds no key")
    return found


def new_identity(path: Path) -> Recipient:
    """Make an identity in a new file, 0600, and return its public half.

    Errors
        BadBackupKey  something stands there already.
    """
    made = pyrage.x25519.Identity.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# public key: {made.to_public()}\n{made}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BadBackupKey(what=f"identity {path}", why=error.strerror) from None
    return made.to_public()


class _Deflating:
    """A reader of the zlib stream over what the source gives; it counts and hashes the plain bytes."""

    def __init__(self, source: Readable, report: Report) -> None:
        self._source, self._report = source, report
        self._zlib = zlib.compressobj(LEVEL)
        self._ready = bytearray()
        self._over = False
        self.bytes, self.hash = 0, hashlib.sha256()
        self.fault: SafehandError | None = None

    def read(self, size: int = READ_BYTES) -> bytes:
        """What age encrypts next."""
        while not self._over and len(self._ready) < size:
            self._more()
        given = bytes(self._ready[:size])
        del self._ready[:size]
        return given

    def _more(self) -> None:
        try:
            some = self._source.read(READ_BYTES)
        except SafehandError as error:  # age passes on an OSError only
            self.fault = error
            raise OSError(str(error)) from error
        if some:
            self.bytes += len(some)
            self.hash.update(some)
            self._report(len(some))
            self._ready += self._zlib.compress(some)
        else:
            self._over = True
            self._ready += self._zlib.flush()


class _Inflating:
    """A writer that passes the plain bytes on, and never more than there were."""

    def __init__(self, part: Part, sink: Callable[[bytes], object], report: Report) -> None:
        self._part, self._sink, self._report = part, sink, report
        self._zlib = zlib.decompressobj()
        self._bytes, self._hash = 0, hashlib.sha256()
        self.fault: Exception | None = None

    def write(self, some: bytes) -> int:
        """What age has decrypted, a piece at a time."""
        try:
            left = bytes(some)
            while left:
                self._pass_on(self._zlib.decompress(left, READ_BYTES))
                left = self._zlib.unconsumed_tail
                if self._zlib.unused_data:
                    raise Damaged(name=self._part.name, why="something follows its end")
        except (SafehandError, zlib.error) as error:
            self.fault = Damaged(name=self._part.name, why=str(error)) if isinstance(error, zlib.error) else error
            raise OSError(str(error)) from error
        except OSError as error:
            self.fault = NoRoom(path=self._part.name, reason=error.strerror or str(error))
            raise
        return len(some)

    def flush(self) -> None:
        """Nothing is held back."""

    def finish(self) -> None:
        """It has ended: is that all of it?"""
        if not self._zlib.eof or (self._bytes, self._hash.hexdigest()) != (
            self._part.plain_bytes,
            self._part.plain_sha256,
        ):
            raise Damaged(name=self._part.name, why="what is sealed in it is not what was put there")

    def _pass_on(self, plain: bytes) -> None:
        self._bytes += len(plain)
        if self._bytes > self._part.plain_bytes:
            raise Damaged(name=self._part.name, why="it holds more than was put there")
        self._hash.update(plain)
        self._sink(plain)
        self._report(len(plain))


class _Counting:
    """A writer that counts and hashes what passes."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.bytes, self.hash = 0, hashlib.sha256()

    def write(self, some: bytes) -> int:
        """Pass it on."""
        self._write(some)
        self.bytes += len(some)
        self.hash.update(some)
        return len(some)

    def flush(self) -> None:
        """The file is synced by its owner."""


class _Hashing:
    """A reader that counts and hashes what passes."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.bytes, self.hash = 0, hashlib.sha256()

    def read(self, size: int = READ_BYTES) -> bytes:
        """Read on."""
        some = self._source.read(size)
        self.bytes += len(some)
        self.hash.update(some)
        return some
