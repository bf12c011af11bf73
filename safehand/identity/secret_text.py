"""Secrets in writing: how tokens, keys and codes are made, read and hashed. Pure but for the randomness.

A random secret of 128 bits or more needs no slow hash and no salt: nobody can try them all.
"""

import hashlib
import re
import secrets

from safehand.kernel.ids import ALPHABET

SESSION_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits, base64url
LINK_SHAPE = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # 128 bits, base64url: the last character carries two bits only
KEY_SHAPE = re.compile(r"shk_([0-9a-hjkmnp-tv-z]{52})([0-9a-hjkmnp-tv-z]{6})")
CODE_SHAPE = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")
CODE_CHARS_MAX = 24  # as typed, with dashes and spaces
RECOVERY_CHARS = 24
RECOVERY_SHAPE = re.compile(rf"[0-9A-HJKMNP-TV-Z]{{{RECOVERY_CHARS}}}")
RECOVERY_CHARS_MAX = 40
_LOOKALIKES = str.maketrans("OIL", "011")  # Crockford: read as what they look like


def new_session_token() -> str:
    """256 random bits as 43 characters of base64url."""
    return secrets.token_urlsafe(32)


def new_link_token() -> str:
    """128 random bits as 22 characters of base64url."""
    return secrets.token_urlsafe(16)


def new_key() -> str:
    """A merchant's key: `shk_`, 256 random bits in 52 characters of base 32, and 6 check characters."""
    number = secrets.randbits(256)
    body = "".join(ALPHABET[(number >> shift) & 31] for shift in range(255, -1, -5))
    return f"shk_{body}{_check_characters(body)}"


def key_is_whole(key: str) -> bool:
    """Whether the check characters fit. They keep typing errors apart from wrong keys; they protect nothing."""
    found = KEY_SHAPE.fullmatch(key)
    return found is not None and _check_characters(found[1]) == found[2]


def new_code() -> str:
    """An enrolment code to be typed, `XXXX-XXXX`: 40 random bits without the letters that look like digits."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8)).upper()
    return f"{drawn[:4]}-{drawn[4:]}"


def read_code(typed: str) -> str | None:
    """The code that somebody meant: small letters, spaces, dashes and look-alikes forgiven; None if it is none."""
    if len(typed) > CODE_CHARS_MAX or not typed.isascii():
        return None
    code = typed.upper().replace("-", "").replace(" ", "").translate(_LOOKALIKES)
    return code if CODE_SHAPE.fullmatch(code) else None


def new_recovery_code() -> str:
    """A recovery code, `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX`: 120 random bits, so many that a plain hash may keep it.

    Source
        OWASP ASVS 5.0, 6.5.2: below 112 bits it would take a slow one, and every code of everybody tried in turn.
    """
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARS)).upper()
    return "-".join(drawn[start : start + 4] for start in range(0, RECOVERY_CHARS, 4))


def read_recovery_code(typed: str) -> str | None:
    """The recovery code that somebody meant, as `read_code` reads; None if it is none."""
    if len(typed) > RECOVERY_CHARS_MAX or not typed.isascii():
        return None
    code = typed.upper().replace("-", "").replace(" ", "").translate(_LOOKALIKES)
    return code if RECOVERY_SHAPE.fullmatch(code) else None


def secret_hash(purpose: str, secret: str) -> bytes:
    """What the database keeps of a random secret. A hash made for one purpose is none for another."""
    return hashlib.sha256(f"safehand/{purpose}/v1\n{secret}".encode()).digest()


def _check_characters(body: str) -> str:
    number = int.from_bytes(hashlib.sha256(b"safehand/key-check/v1\n" + body.encode()).digest()[:4]) >> 2
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(25, -1, -5))
