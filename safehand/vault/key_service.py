"""Master keys that a key service has sealed: what lies on this machine's disk opens only with the service's consent.

The service is asked at start and at a rotation, never in the middle of a handover: if it is down, a running
installation goes on, and one that starts waits for it. Whoever shuts us out there makes every copy of the disk
worthless, and the running processes too as soon as they end.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from safehand.vault.errors import KeyServiceGone, KeyServiceRefused, MasterKeyUnusable
from safehand.vault.key_folder import key_paths
from safehand.vault.master import KEY_BYTES, MasterKey, read_key_file, write_key
from safehand.vault.ports import KeyService

FIRST = "vault.sealed"
LATER = "vault-*.sealed"
WRAPPED_BYTES_MAX = 8_192
ANSWER_BYTES_MAX = 32_768
TOKEN_BYTES_MAX = 4_096
ANSWER_S = 5.0
LABEL = "safehand vault master key"
SOCKET = "unix:"


@dataclass(frozen=True, slots=True)
class ServedKeys:
    """Fills `MasterKeys`: a file a key, each sealed by the service."""

    folder: Path
    service: KeyService

    def load(self) -> Mapping[str, MasterKey]:
        """Every key in the folder, opened by the service; the first is made where there is none.

        Errors
            MasterKeyExposed, MasterKeyUnusable, KeyServiceGone, KeyServiceRefused
        """
        if not key_paths(self.folder, FIRST, LATER):
            self._keep(self.folder / FIRST, MasterKey.fresh()[1])
        keys = [self._opened(path) for path in key_paths(self.folder, FIRST, LATER)]
        return {key.fingerprint: key for key in keys}

    def add(self) -> MasterKey:
        """A new key, sealed by the service, in a file named after its fingerprint."""
        key, raw = MasterKey.fresh()
        self._keep(self.folder / f"vault-{key.fingerprint}.sealed", raw)
        return key

    def remove(self, fingerprint: str) -> None:
        """Remove the file of that key; nothing to do where there is none."""
        for path in key_paths(self.folder, FIRST, LATER):
            if self._opened(path).fingerprint == fingerprint:
                path.unlink()

    def _keep(self, path: Path, raw: bytes) -> None:
        write_key(path, self.service.wrap(LABEL, raw))

    def _opened(self, path: Path) -> MasterKey:
        sealed = read_key_file(path, WRAPPED_BYTES_MAX)
        if len(sealed) > WRAPPED_BYTES_MAX:
            raise MasterKeyUnusable(path=str(path), why=f"longer than {WRAPPED_BYTES_MAX} bytes")
        raw = self.service.unwrap(LABEL, sealed)
        if len(raw) != KEY_BYTES:
            raise MasterKeyUnusable(path=str(path), why=f"not a key of {KEY_BYTES} bytes when opened")
        return MasterKey.of(raw)


class _Answer(msgspec.Struct):
    """What the service answers: one of the two."""

    wrapped: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class HttpKeyService:
    """Fills `KeyService` over HTTP: `POST URL/wrap` and `POST URL/unwrap`, JSON, base64.

    A small adapter of the operator's stands before whatever KMS there is (docs/operations.md); it listens on a Unix
    socket, on this machine, or by TLS. No redirect is followed and no proxy of the environment asked.
    """

    client: httpx.Client = field(repr=False)

    @classmethod
    def at(cls, url: str, token_file: Path | None = None) -> "HttpKeyService":
        """The service at this address.

        Shapes
            url         `https://...`, `http://` of this machine, or `unix:/path/of/the/socket`.
            token_file  a private file with the bearer token.
        Errors
            ValueError        another kind of address.
            MasterKeyExposed, MasterKeyUnusable  of the token's file.
        """
        headers = {}
        if token_file is not None:
            token = read_key_file(token_file, TOKEN_BYTES_MAX).strip()
            if not token.isascii() or len(token) > TOKEN_BYTES_MAX:
                raise MasterKeyUnusable(path=str(token_file), why="no token in ASCII")
            headers["Authorization"] = f"Bearer {token.decode('ascii')}"
        socket = url.removeprefix(SOCKET) if url.startswith(SOCKET) else None
        address = httpx.URL("http://key-service" if socket else url)
        if not socket and not (
            address.scheme == "https"
            or (address.scheme == "http" and address.host in {"127.0.0.1", "::1", "localhost"})
        ):
            raise ValueError(url)
        transport = httpx.HTTPTransport(uds=socket)
        return cls(
            httpx.Client(
                base_url=address,
                headers=headers,
                timeout=ANSWER_S,
                transport=transport,
                trust_env=False,
                follow_redirects=False,
            )
        )

    def wrap(self, label: str, key: bytes) -> bytes:
        """The key, sealed by the service."""
        return _decoded(self._asked("/wrap", {"label": label, "key": _encoded(key)}).wrapped)

    def unwrap(self, label: str, wrapped: bytes) -> bytes:
        """The key again."""
        return _decoded(self._asked("/unwrap", {"label": label, "wrapped": _encoded(wrapped)}).key)

    def _asked(self, path: str, question: Mapping[str, Any]) -> _Answer:
        try:
            with self.client.stream("POST", path, json=question) as answer:
                if 400 <= answer.status_code < 500:
                    raise KeyServiceRefused(status=answer.status_code)
                if answer.status_code != httpx.codes.OK:
                    raise KeyServiceGone(why=f"status {answer.status_code}")
                body = bytearray()
                for piece in answer.iter_bytes(4_096):
                    body += piece
                    if len(body) > ANSWER_BYTES_MAX:
                        raise KeyServiceGone(why=f"an answer of more than {ANSWER_BYTES_MAX} bytes")
            return msgspec.json.decode(bytes(body), type=_Answer)
        except httpx.HTTPError as error:
            raise KeyServiceGone(why=type(error).__name__) from None
        except msgspec.DecodeError:
            raise KeyServiceGone(why="an answer that cannot be read") from None


@dataclass(frozen=True, slots=True)
class LocalKeyService:
    """Fills `KeyService` in memory: for tests, and the shape of an adapter."""

    _cipher: AESGCMSIV = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "LocalKeyService":
        """The service that guards these 32 bytes."""
        return cls(AESGCMSIV(key))

    def wrap(self, label: str, key: bytes) -> bytes:
        """The key, sealed."""
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher.encrypt(nonce, key, label.encode())

    def unwrap(self, label: str, wrapped: bytes) -> bytes:
        """The key again."""
        try:
            return self._cipher.decrypt(wrapped[:12], wrapped[12:], label.encode())
        except (InvalidTag, ValueError):
            raise KeyServiceRefused(status=None) from None


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise KeyServiceGone(why="an answer that cannot be read") from None
    if not raw:
        raise KeyServiceGone(why="an answer that lacks what was asked for")
    return raw
