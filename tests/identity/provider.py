"""A carrier's own sign-in, small and honest: OpenID Connect over real HTTP on this machine, that can be told to lie."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

CLIENT, SECRET = "safehand staff", "a:secret/with everything"
type Key = RSAKey | ECKey | OKPKey
type Answer = tuple[int, bytes]


def new_key(kid: str = "k1", alg: str = "RS256") -> Key:
    """A private key of the provider's."""
    parameters: Any = {"kid": kid, "use": "sig", "alg": alg}
    if alg == "ES256":
        return ECKey.generate_key("P-256", parameters)
    if alg == "RS256":
        return RSAKey.generate_key(2_048, parameters)
    return OKPKey.generate_key("Ed25519", parameters)


@dataclass
class Person:
    """Somebody with an account there; `more` goes into their ID tokens."""

    subject: str = "00u4711"
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Asked:
    """A code that was given out, and what for."""

    query: dict[str, str]
    person: Person


@dataclass
class HonestProvider:
    """Its keys, its people, and what its server does. Each hook replaces one answer."""

    now_s: Callable[[], int]
    url: str = ""
    keys: list[Key] = field(default_factory=lambda: [new_key()])
    person: Person | None = field(default_factory=Person)
    description: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """What its ID tokens say instead; None: they do not say it."""
    token: Callable[[dict[str, Any]], str] | None = None
    """Makes the token out of the claims instead."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By path: what is answered instead."""
    hold: threading.Event | None = None
    """While it is not set, nothing is answered."""
    codes: dict[str, Asked] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, bytes, str | None]:
        """Status, body, and where to go on to."""
        parts = urlsplit(target)
        self.seen.append(f"{method} {parts.path}")
        if self.hold is not None:
            self.hold.wait(20)
        if parts.path in self.answers:
            return *self.answers[parts.path], None
        if parts.path == "/.well-known/openid-configuration":
            return 200, json.dumps(self.described()).encode(), None
        if parts.path == "/keys":
            return 200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode(), None
        if parts.path == "/authorize":
            return 302, b"", self.authorize({name: value for name, [value] in parse_qs(parts.query).items()})
        if (method, parts.path) == ("POST", "/token"):
            return *self.exchange({name: value for name, [value] in parse_qs(body.decode()).items()}, headers), None
        return 404, b"{}", None

    def described(self) -> dict[str, Any]:
        """What it publishes of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "authorization_response_iss_parameter_supported": True,
        } | self.description

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes on to: back, with a code, or with a refusal if nobody is signed in."""
        assert query["response_type"] == "code"
        back = {"state": query["state"], "iss": self.url}
        if self.person is None:
            return f"{query['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = Asked(query, self.person)
        return f"{query['redirect_uri']}?{urlencode(back | {'code': code})}"

    def exchange(self, form: dict[str, str], headers: Any) -> Answer:
        """A code for an ID token: once, for the client that asked, with the verifier and the address that it named."""
        pair = base64.b64decode(headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if [unquote(part) for part in pair.split(":")] != [CLIENT, SECRET]:
            return 401, b'{"error": "invalid_client"}'
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or not self._same(asked.query, form):
            return 400, b'{"error": "invalid_grant"}'
        now_s = self.now_s()
        claims = {
            "iss": self.url,
            "sub": asked.person.subject,
            "aud": CLIENT,
            "iat": now_s,
            "exp": now_s + 300,
            "nonce": asked.query["nonce"],
        }
        claims |= asked.person.more | self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        token = self.token(said) if self.token else self.signed(said)
        return 200, json.dumps({"access_token": "opaque", "token_type": "Bearer", "id_token": token}).encode()

    def _same(self, asked: dict[str, str], form: dict[str, str]) -> bool:
        made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        return asked["redirect_uri"] == form["redirect_uri"] and asked["code_challenge"] == made.decode()

    def signed(self, claims: dict[str, Any], key: Key | None = None, **header: str) -> str:
        """An ID token by its newest key."""
        key = key or self.keys[-1]
        head = {"alg": key.alg or "RS256", "kid": key.kid or ""} | header
        return jwt.encode(head, claims, key, algorithms=[str(head["alg"])])

    def public_pem(self) -> bytes:
        """Its newest key, as a fool might use it for a secret."""
        public: Any = self.keys[-1].public_key
        made: bytes = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return made


def part(said: object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any]) -> str:
    """A token that nobody signed."""
    return f"{part({'alg': 'none'})}.{part(claims)}."


def signed_with(secret: bytes, claims: dict[str, Any], kid: str) -> str:
    """A token signed with something that is no secret."""
    said = f"{part({'alg': 'HS256', 'kid': kid})}.{part(claims)}"
    tag = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(tag).rstrip(b'=').decode()}"


@contextmanager
def a_provider(now_s: Callable[[], int]) -> Iterator[HonestProvider]:
    """One that listens."""
    provider = HonestProvider(now_s)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, said, to = provider.answer(self.command, self.path, self.headers, body)
            try:
                self.send_response(status)
                if to is not None:
                    self.send_header("Location", to)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                pass  # whoever asked has gone

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        if provider.hold is not None:
            provider.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
