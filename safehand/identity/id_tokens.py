"""ID tokens: what a provider says of who has just signed in there, and whether it is to be believed. Pure.

Source
    OpenID Connect Core 1.0 section 3.1.3.7; RFC 8725 (best current practices); RFC 7517 and 9864 (keys and names).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

TOKEN_CHARS_MAX = 16 * 1024
SUBJECT_CHARS_MAX = 255  # as OpenID Connect says
LEEWAY_S = 60
AGE_S_MAX = 10 * 60  # it was made for the code that we have just handed in
KEYS_MAX = 64
METHODS_MAX = 16
RSA_BITS_MIN, RSA_BITS_MAX = 2_048, 8_192
ALGORITHMS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = MappingProxyType(
    {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey, "Ed25519": OKPKey}
)
"""What may sign, and with which kind of key: `none` is not among them, nor a secret that both sides have."""
KINDS = frozenset({"RSA", "EC", "OKP"})
CURVES = frozenset({"P-256", "Ed25519"})


class BadIdToken(ValueError):
    """It shows nothing. Its words are for the log: they hold no claim."""


class KeyMissing(BadIdToken):
    """It is signed by a key that we have not seen; the provider may have a new one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose word it must be, for whom, and in answer to what."""

    issuer: str
    client: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Identified:
    """Who signed in at the provider, and how."""

    subject: str
    mail: str | None
    """Only one that the provider says it has verified."""
    ways: frozenset[str]
    """Its words for how (`amr`), and for how well (`acr`)."""
    signed_in_s: int | None
    """When that was; None if it does not say."""


def parse_keys(said: Mapping[str, Any]) -> tuple[Key, ...]:
    """The provider's keys that may sign ID tokens; keys of other kinds and for other uses are passed over.

    Errors
        ValueError  it is no set of keys, or has more than KEYS_MAX.
    """
    listed = said.get("keys")
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        raise ValueError(f"no list of at most {KEYS_MAX} keys")
    return tuple(key for one in listed if (key := _key(one)) is not None)


def _key(said: Any) -> Key | None:
    """One key; None where it is not for signatures that we take. A secret is never read as a key."""
    if not isinstance(said, dict) or said.get("kty") not in KINDS or said.get("use", "sig") != "sig":
        return None
    if said["kty"] != "RSA" and said.get("crv") not in CURVES:
        return None
    try:
        key = JWKRegistry.import_key({name: value for name, value in said.items() if name != "d"})
        if isinstance(key, RSAKey) and not RSA_BITS_MIN <= key.public_key.key_size <= RSA_BITS_MAX:
            return None
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return key


def check_id_token(raw: str, keys: Sequence[Key], wanted: Wanted, now_s: int) -> Identified:
    """Believe it, or not: signature, issuer, audience, times, nonce.

    Errors
        KeyMissing  none of these keys has signed it.
        BadIdToken
    """
    if len(raw) > TOKEN_CHARS_MAX or not raw.isascii():
        raise BadIdToken("too long, or no text")
    registry = JWSRegistry(algorithms=list(ALGORITHMS))
    try:
        token = jwt.decode(raw, lambda signed: _chosen(keys, signed.headers()), registry=registry)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": wanted.issuer},
                "aud": {"essential": True, "value": wanted.client},
            },
            params={"nonce": wanted.nonce, "client_id": wanted.client},
        )
        claims.validate(now=now_s, leeway=LEEWAY_S)
    except BadIdToken:
        raise
    except (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise BadIdToken(type(error).__name__) from None
    if now_s - token.claims["iat"] > AGE_S_MAX + LEEWAY_S:
        raise BadIdToken("made long ago")
    return _identified(token.claims)


def _chosen(keys: Sequence[Key], header: Mapping[str, Any]) -> Key:
    """The one key that may have signed: of the algorithm's kind, and of the name that the token gives."""
    kind = ALGORITHMS.get(str(header.get("alg")))
    if kind is None:
        raise BadIdToken("another algorithm")
    named = header.get("kid")
    fitting = [key for key in keys if isinstance(key, kind) and named in {None, key.kid}]
    if len(fitting) != 1:
        raise KeyMissing("no one key fits")
    return fitting[0]


def _identified(claims: Mapping[str, Any]) -> Identified:
    subject = claims["sub"]
    if not 0 < len(subject) <= SUBJECT_CHARS_MAX or not subject.isprintable():
        raise BadIdToken("no subject")
    mail = claims.get("email")
    verified = isinstance(mail, str) and claims.get("email_verified") is True
    methods, context, at_s = claims.get("amr") or [], claims.get("acr"), claims.get("auth_time")
    ways = [*methods[:METHODS_MAX], context]
    return Identified(
        subject=subject,
        mail=mail if verified else None,
        ways=frozenset(way for way in ways if isinstance(way, str)),
        signed_in_s=int(at_s) if isinstance(at_s, int | float) and not isinstance(at_s, bool) else None,
    )


def read_object(raw: bytes) -> Mapping[str, Any]:
    """A JSON object.

    Errors
        ValueError  it is none.
    """
    try:
        said = json.loads(raw)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(said, dict):
        raise ValueError("no JSON object")
    return said
