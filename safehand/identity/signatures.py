"""ES256: signatures of devices over exact bytes.

Source
    RFC 7518 section 3.4 (ES256 is ECDSA on P-256 with SHA-256, r and s of 32 bytes each); FIPS 186-5.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from safehand.identity.errors import BadPublicKey

POINT_BYTES = 65
SIGNATURE_BYTES = 64
KEYS_LOADED_MAX = 4_096  # loading one costs as much as half a verification
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order n of P-256; r and s lie in 1 .. n-1."""
SHARE_MIN = 16  # fewer signatures than this are not worth another thread


def check_public_key(point: bytes) -> None:
    """Refuse what is no point of P-256, before it is ever stored.

    Shapes
        point  0x04, then x and y of 32 bytes each.
    Errors
        BadPublicKey
    """
    if len(point) != POINT_BYTES or point[0] != 0x04:
        raise BadPublicKey(bytes=len(point))
    try:
        _loaded(point)
    except (ValueError, UnsupportedAlgorithm):
        raise BadPublicKey(bytes=len(point)) from None


def verify_es256(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the device with this key signed these bytes.

    Shapes
        public_key  65 bytes that `check_public_key` accepted when the device was enrolled.
        signature   r and s, 32 bytes each. Anything else is False.
    Errors
        ValueError  the key is no point of the curve: it was never checked.
    Cost
        About 0.11 ms; 5,000 a second and core at least (`tests/identity/test_signatures.py`).
    Source
        Both s and n - s verify, as in FIPS 186-5. That harms nobody here: a statement's identity is the hash of
        its bytes, never of its signature, so a turned s is the same statement told again. Low s is not asked
        for because the key stores of phones and browsers do not promise it.
    """
    if len(signature) != SIGNATURE_BYTES:
        return False
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    try:
        _loaded(public_key).verify(encode_dss_signature(r, s), message, _algorithm())
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Signed:
    """One thing to verify."""

    public_key: bytes
    message: bytes
    signature: bytes


async def verify_batch(items: Sequence[Signed]) -> list[bool]:
    """Verify many without holding up the event loop; answers in the order of the items.

    OpenSSL works outside the interpreter's lock, so that a batch is spread over the cores.
    """
    if not items:
        return []
    shares = max(1, min(os.cpu_count() or 1, len(items) // SHARE_MIN))
    size = -(-len(items) // shares)
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    answers = await asyncio.gather(*(asyncio.to_thread(_verify_all, part) for part in parts))
    return [answer for part in answers for answer in part]


def _verify_all(items: Sequence[Signed]) -> list[bool]:
    return [verify_es256(item.public_key, item.message, item.signature) for item in items]


@lru_cache(KEYS_LOADED_MAX)
def _loaded(point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


@lru_cache(1)
def _algorithm() -> ec.ECDSA:
    return ec.ECDSA(hashes.SHA256())
