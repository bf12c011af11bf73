"""What a device signs: statements, requests, its own enrolment. Pure; docs/protocol.md gives the same bytes.

Whoever writes a scanner, a phone or a locker against Safehand can start from this file and `phone.py`.
"""

import base64
import hashlib
import json
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safehand.events.statement import SALT_BYTES, Statement, private_body_hash, statement_bytes
from safehand.kernel.canonical import Canonical
from safehand.kernel.clock import Clock

REQUEST_PREFIX = b"safehand/request/v1\n"
ENROL_PREFIX = b"safehand/enrol/v1\n"
_COORDINATE_BYTES = 32


def b64url(raw: bytes) -> str:
    """Base64 for addresses and headers, without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A P-256 key. A real phone keeps it where nothing can read it; this one keeps it in memory."""

    secret: ec.EllipticCurvePrivateKey

    @classmethod
    def fresh(cls) -> "DeviceKey":
        """A new key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> str:
        """The public point: 65 bytes, uncompressed (0x04, x, y), as base64url."""
        return b64url(self.secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def sign(self, said: bytes) -> bytes:
        """ES256 over `said`.

        Shapes
            ->  64 bytes: r, then s, 32 bytes each, big endian.
        Source
            RFC 7518, section 3.4.
        """
        r, s = decode_dss_signature(self.secret.sign(said, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement as it travels: its bytes, their signature, and the private body that they commit to."""

    said: Statement
    raw: bytes
    signature: bytes
    salt: bytes | None = None
    body: bytes | None = None

    @property
    def hash(self) -> str:
        """Its identity: hex SHA-256 of the signed bytes."""
        return hashlib.sha256(self.raw).hexdigest()

    def item(self) -> dict[str, str]:
        """The item of a batch: the statement as text, the rest as base64url."""
        item = {"statement": self.raw.decode("ascii"), "signature": b64url(self.signature)}
        if self.salt is not None and self.body is not None:
            item |= {"salt": b64url(self.salt), "body": b64url(self.body)}
        return item


def signed(key: DeviceKey, said: Statement, private: Mapping[str, Canonical] | None = None) -> SignedStatement:
    """Sign a statement; with a private body, of which the statement holds only a salted hash."""
    salt, body = None, None
    if private is not None:
        # Any bytes would do: they are hashed and kept as they are. People's names are not always ASCII.
        salt, body = os.urandom(SALT_BYTES), json.dumps(private, sort_keys=True, separators=(",", ":")).encode("ascii")
        said = replace(said, body_hash=private_body_hash(salt, body))
    raw = statement_bytes(said)
    return SignedStatement(said, raw, key.sign(raw), salt, body)


def request_bytes(method: str, target: str, at_ms: int, body: bytes) -> bytes:
    """What a device signs to make a request.

    Shapes
        method  in capitals.
        target  path with its query, as on the request line.
        at_ms   the device's time; the server allows five minutes of difference.
    """
    lines = f"{method} {target}\n{at_ms}\n{hashlib.sha256(body).hexdigest()}\n"
    return REQUEST_PREFIX + lines.encode("ascii")


def enrolment(key: DeviceKey, code: str) -> dict[str, str]:
    """The body of `POST /v1/devices`: proves that who knows the code also holds the key."""
    proof = key.sign(ENROL_PREFIX + f"{code}\n{key.public}".encode("ascii"))
    return {"code": code, "public_key": key.public, "proof": b64url(proof)}


class DeviceAuth(httpx.Auth):
    """Signs each request. Told that its clock is wrong, it corrects itself by the server's and tries once more."""

    requires_request_body = True
    requires_response_body = True

    def __init__(self, device: str, key: DeviceKey, clock: Clock) -> None:
        self.device, self.key, self.clock = device, key, clock
        self.ahead_ms = 0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header; correct the clock after a 401 that names the server's time."""
        request.headers["Authorization"] = self.header(request)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        server_ms = _server_ms(response)
        if server_ms is not None:
            self.ahead_ms = server_ms - self.clock.now_ms()
            request.headers["Authorization"] = self.header(request)
            yield request

    def header(self, request: httpx.Request) -> str:
        """The value of `Authorization` for this request, now."""
        at_ms = self.clock.now_ms() + self.ahead_ms
        said = request_bytes(request.method, request.url.raw_path.decode("ascii"), at_ms, request.content)
        return f"Safehand-Device id={self.device}, at={at_ms}, signature={b64url(self.key.sign(said))}"


def _server_ms(response: httpx.Response) -> int | None:
    try:
        server_ms = response.json()["params"]["server_ms"]
    except (ValueError, KeyError, TypeError):
        return None
    return server_ms if isinstance(server_ms, int) else None
