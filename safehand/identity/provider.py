"""The provider: the carrier's own sign-in (OpenID Connect), as our server speaks to it.

Its description and keys are kept for an hour. A token signed by a key that we have not seen has them asked for again,
but not by everybody who makes one up. While it does not answer, nobody waits for it twice: others come in another way.

Source
    OpenID Connect Discovery 1.0 section 4; RFC 6749 section 4.1; RFC 7636 (PKCE); RFC 9207 (whose answer it is).
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import Key

from safehand.identity.errors import ProviderAway, ProviderRefused
from safehand.identity.id_tokens import (
    BadIdToken,
    Identified,
    KeyMissing,
    Wanted,
    check_id_token,
    parse_keys,
    read_object,
)
from safehand.identity.secret_text import secret_hash
from safehand.identity.wire import b64url_text
from safehand.kernel.clock import Clock
from safehand.kernel.outgoing import WITHIN_S, Reach, asked

log = structlog.get_logger(__name__)

WELL_KNOWN = "/.well-known/openid-configuration"
RETURN_PATH = "/sign-in/provider/back"
KEPT_MS = 60 * 60_000
KEYS_AGAIN_MS = 30_000  # a key that nobody has seen is looked for no more often
QUIET_MS = 5_000  # after trouble, nobody waits for it
DESCRIPTION_BYTES_MAX = 64 * 1024
KEYS_BYTES_MAX = 256 * 1024
TOKENS_BYTES_MAX = 64 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What the operator and the provider have agreed on."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    redirect: str
    """The one address that the provider sends browsers back to."""
    mail_domain: str | None = None
    """Colleagues are known at first by LOGIN@this, where the provider has verified it; None: an administrator links."""
    proofs: frozenset[str] = frozenset()
    """Words in `amr` or `acr` that show more than a password."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the provider publishes of itself."""

    authorisation: str
    token: str
    keys: str
    names_itself: bool
    """It says in each answer whose it is."""
    secret_in_form: bool
    """It takes our secret in the form only, not in a header."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes on the way with one browser, and must come back: all of it follows from the secret in its cookie."""

    state: str
    nonce: str
    verifier: str = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> "Flow":
        """None of the three tells anything of the others, or of the secret."""
        state, nonce, verifier = (
            b64url_text(secret_hash(f"provider-{part}", secret)) for part in ("state", "nonce", "verifier")
        )
        return cls(state, nonce, verifier)


@dataclass(slots=True)
class Provider:
    """Asks it, within a size and a time; nothing that it says is believed for being said."""

    registration: Registration
    client: httpx.AsyncClient
    reach: Reach
    clock: Clock
    within_s: float = WITHIN_S
    _description: Description | None = field(default=None, init=False)
    _described_ms: int = field(default=0, init=False)
    _keys: tuple[Key, ...] | None = field(default=None, init=False)
    _keys_ms: int = field(default=0, init=False)
    _quiet_until_ms: int = field(default=0, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def description(self) -> Description:
        """What it publishes of itself, not older than KEPT_MS.

        Errors
            ProviderAway
        """
        async with self._one_at_a_time:
            now_ms = self.clock.now_ms()
            if self._description is None or now_ms - self._described_ms >= KEPT_MS:
                said = await self._got(self.registration.issuer.rstrip("/") + WELL_KNOWN, DESCRIPTION_BYTES_MAX)
                self._description, self._described_ms = self._described(said), now_ms
            return self._description

    async def sign_in_address(self, flow: Flow) -> str:
        """Where to send a browser.

        Errors
            ProviderAway
        """
        ours = self.registration
        address = (await self.description()).authorisation
        asking = {
            "response_type": "code",
            "client_id": ours.client,
            "redirect_uri": ours.redirect,
            "scope": "openid" if ours.mail_domain is None else "openid email",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": create_s256_code_challenge(flow.verifier),
            "code_challenge_method": "S256",
        }
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asking)}"

    async def identified(self, code: str, issuer: str | None, flow: Flow) -> Identified:
        """Who it is that came back with this code.

        Errors
            ProviderRefused  it is another's answer, or shows nothing.
            ProviderAway
        """
        ours, theirs = self.registration, await self.description()
        if (issuer is None and theirs.names_itself) or issuer not in {None, ours.issuer}:
            raise self._refused("another provider's answer")
        token = await self._id_token(theirs, code, flow)
        wanted, now_s = Wanted(ours.issuer, ours.client, flow.nonce), self.clock.now_ms() // 1_000
        try:
            try:
                return check_id_token(token, await self._known_keys(theirs, older_than_ms=KEPT_MS), wanted, now_s)
            except KeyMissing:
                keys = await self._known_keys(theirs, older_than_ms=KEYS_AGAIN_MS)
                return check_id_token(token, keys, wanted, now_s)
        except BadIdToken as error:
            raise self._refused(str(error)) from None

    async def _id_token(self, theirs: Description, code: str, flow: Flow) -> str:
        """Hand the code in. Of the answer only the ID token is looked at: we ask the provider for nothing else."""
        ours = self.registration
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ours.redirect,
            "code_verifier": flow.verifier,
        }
        headers = dict(FORM)
        if theirs.secret_in_form:
            form |= {"client_id": ours.client, "client_secret": ours.secret}
        else:
            pair = f"{quote(ours.client, safe='')}:{quote(ours.secret, safe='')}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        status, said = await self._asked("POST", theirs.token, TOKENS_BYTES_MAX, urlencode(form).encode(), headers)
        if status == httpx.codes.BAD_REQUEST and said.get("error") == "invalid_grant":
            raise self._refused("the code is not good any more")
        if status != httpx.codes.OK or not isinstance(said.get("id_token"), str):
            raise self._away(f"its token endpoint answered {status} without an ID token")
        return str(said["id_token"])

    async def _known_keys(self, theirs: Description, older_than_ms: int) -> tuple[Key, ...]:
        """Its keys, asked for again if those we have are so old."""
        async with self._one_at_a_time:
            now_ms = self.clock.now_ms()
            if self._keys is None or now_ms - self._keys_ms >= older_than_ms:
                said = await self._got(theirs.keys, KEYS_BYTES_MAX)
                try:
                    self._keys, self._keys_ms = parse_keys(said), now_ms
                except ValueError as error:
                    raise self._away(str(error)) from None
            return self._keys

    def _described(self, said: Mapping[str, Any]) -> Description:
        """Errors: ProviderAway, if it is another's description, or leads where our server does not call."""
        if said.get("issuer") != self.registration.issuer:
            raise self._away("its description is another issuer's")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        authorisation, token, keys = (str(said.get(name, "")) for name in names)
        try:
            for url in (authorisation, token, keys):
                self.reach.check(url)
        except httpx.HTTPError as error:
            raise self._away(f"its description leads elsewhere: {error}") from None
        ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Description(
            authorisation,
            token,
            keys,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
            secret_in_form="client_secret_basic" not in ways,
        )

    async def _got(self, url: str, bytes_max: int) -> Mapping[str, Any]:
        status, said = await self._asked("GET", url, bytes_max, b"", {"Accept": "application/json"})
        if status != httpx.codes.OK:
            raise self._away(f"it answered {status}")
        return said

    async def _asked(
        self, method: str, url: str, bytes_max: int, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, Any]]:
        """Its status and JSON object.

        Errors
            ProviderAway
        """
        if self.clock.now_ms() < self._quiet_until_ms:
            raise ProviderAway()
        try:
            answer = await asked(
                self.client,
                method,
                url,
                body=body,
                headers=headers,
                answer_bytes_max=bytes_max,
                within_s=self.within_s,
            )
            return answer.status, read_object(answer.body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise self._away(str(error) or type(error).__name__) from None

    def _away(self, why: str) -> ProviderAway:
        self._quiet_until_ms = self.clock.now_ms() + QUIET_MS
        log.warning("provider_trouble", error=why[:200])
        return ProviderAway()

    def _refused(self, why: str) -> ProviderRefused:
        log.warning("provider_refused", error=why[:200])
        return ProviderRefused()
