"""Bytes as they go over the wire: base64url, and what a device signs of a request. Pure."""

import base64
import binascii
import hashlib
import re

_SHAPE = re.compile(r"[A-Za-z0-9_-]*")


def b64url_text(raw: bytes) -> str:
    """Base64url without padding.

    Source
        RFC 4648 section 5.
    """
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def b64url_bytes(text: str) -> bytes | None:
    """The bytes, or None if the text is not the one way of writing them (padding, spaces, loose last bits)."""
    if _SHAPE.fullmatch(text) is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if b64url_text(raw) == text else None


def request_bytes(method: str, target: bytes, at_ms: int, body: bytes) -> bytes:
    """What a device signs of a request.

    Shapes
        target  path and query exactly as sent, without scheme and host.
        at_ms   the device's clock.
        ->      `safehand/request/v1`, method and target, time, hex SHA-256 of the body; a newline after each.
    """
    head = b"safehand/request/v1\n" + method.encode("ascii") + b" " + target + b"\n"
    return head + f"{at_ms}\n{hashlib.sha256(body).hexdigest()}\n".encode("ascii")
