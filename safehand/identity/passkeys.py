"""Passkeys: which ones somebody has, and whether an answer is one of theirs.

Source
    Web Authentication Level 3: section 7.1 (registration), 7.2 (assertion), 6.1.1 (signature counter).
"""

import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from safehand.identity.ceremonies import CEREMONY_MS
from safehand.identity.errors import (
    NotYours,
    PasskeyCloned,
    PasskeyRefused,
    PasskeysOff,
    PasskeyTaken,
    TooManyPasskeys,
)
from safehand.identity.users import User
from safehand.identity.wire import b64url_bytes
from safehand.kernel.ids import UserId, is_id, new_id
from safehand.store.database import Store, Tx

PASSKEY = "pky"
PASSKEYS_MAX = 12  # of one person
CREDENTIAL_BYTES_MAX = 1_023  # as WebAuthn says
DEFAULT_PORT = {"https": 443, "http": 80}

type Answer = Mapping[str, Any]
"""A PublicKeyCredential as the browser turns it into JSON; its size is bounded by the route."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What an authenticator answered, and the challenge that it was asked with."""

    answer: Answer
    challenge: bytes


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose passkey answered, and which of theirs."""

    user: UserId
    passkey: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """What may be shown of one. `suspect_ms` tells when its counter went back."""

    id: str
    label: str
    made_ms: int
    used_ms: int | None
    suspect_ms: int | None


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to an authenticator: a domain, and the one origin whose pages may ask."""

    id: str
    origin: str

    @classmethod
    def of(cls, origin: str) -> "RelyingParty | None":
        """From SAFEHAND_ORIGIN; None if its host is an address of numbers, for which no browser makes passkeys."""
        parts = urlsplit(origin.lower())
        host = parts.hostname or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            port = "" if parts.port in {None, DEFAULT_PORT.get(parts.scheme)} else f":{parts.port}"
            return cls(host, f"{parts.scheme}://{host}{port}")
        return None


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Registers passkeys and recognises people by them."""

    relying: RelyingParty | None

    async def has_any(self, tx: Tx, user: UserId) -> bool:
        """Whether somebody can prove by a passkey here."""
        if self.relying is None:
            return False
        rows = await tx.fetch(
            "SELECT 1 FROM passkeys WHERE user_id = $1 AND removed_ms IS NULL AND suspect_ms IS NULL LIMIT 1", user
        )
        return bool(rows)

    async def listed(self, tx: Tx, user: UserId) -> list[Passkey]:
        """Somebody's passkeys, oldest first."""
        rows = await tx.fetch(
            """
            SELECT id, label, made_ms, used_ms, suspect_ms FROM passkeys
            WHERE user_id = $1 AND removed_ms IS NULL ORDER BY id
            """,
            user,
        )
        return [Passkey(**row) for row in rows]

    async def creation_options(self, tx: Tx, user: User, challenge: bytes) -> dict[str, Any]:
        """What the browser is asked to make: a discoverable passkey that asks for a PIN, a finger or a face.

        Errors
            PasskeysOff, TooManyPasskeys
        """
        known = await self._credentials(tx, user.id)
        if len(known) >= PASSKEYS_MAX:
            raise TooManyPasskeys(at_most=PASSKEYS_MAX)
        options = webauthn.generate_registration_options(
            rp_id=self._here().id,
            rp_name="Safehand",
            user_name=user.login,
            user_display_name=user.login,
            user_id=user.id.encode(),
            challenge=challenge,
            timeout=CEREMONY_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
        )
        return _as_json(options)

    async def request_options(self, tx: Tx, user: UserId | None, challenge: bytes) -> dict[str, Any]:
        """What the browser is asked to sign with: one of this user's passkeys, or any that it has for us.

        Errors
            PasskeysOff
        """
        allowed = await self._credentials(tx, user) if user is not None else []
        options = webauthn.generate_authentication_options(
            rp_id=self._here().id,
            challenge=challenge,
            timeout=CEREMONY_MS,
            allow_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in allowed],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _as_json(options)

    async def add(self, tx: Tx, user: UserId, label: str, made: Answered, now_ms: int) -> str:
        """Register the passkey that was made; its id.

        Errors
            PasskeyRefused, PasskeysOff
            PasskeyTaken  somebody has it, or had it: what was removed once is not taken up again.
        """
        here = self._here()
        credential = _read(
            lambda: webauthn.verify_registration_response(
                credential=_from_our_page(made.answer),
                expected_challenge=made.challenge,
                expected_rp_id=here.id,
                expected_origin=here.origin,
                require_user_verification=True,
            )
        )
        if len(credential.credential_id) > CREDENTIAL_BYTES_MAX:
            raise PasskeyRefused()
        id = new_id(PASSKEY, now_ms)
        added = await tx.run(
            """
            INSERT INTO passkeys (id, credential, user_id, public_key, label, sign_count, made_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential) DO NOTHING
            """,
            id,
            credential.credential_id,
            user,
            credential.credential_public_key,
            label,
            credential.sign_count,
            now_ms,
        )
        if added != 1:
            raise PasskeyTaken()
        return id

    async def recognise(self, store: Store, signed: Answered, now_ms: int) -> Recognised:
        """Which passkey signed this challenge, with the person verified, on a page of ours.

        Errors
            PasskeyRefused, PasskeysOff
            PasskeyCloned  its counter went back, now or before. That is kept although the answer is a refusal.
        """
        here, credential = self._here(), b64url_bytes(str(signed.answer.get("rawId", "")))
        if credential is None:
            raise PasskeyRefused()
        async with store.transaction() as tx:
            rows = await tx.fetch(
                """
                SELECT p.id, p.user_id, p.public_key, p.sign_count, p.suspect_ms
                FROM passkeys p JOIN users u ON u.id = p.user_id
                WHERE p.credential = $1 AND p.removed_ms IS NULL AND u.disabled_ms IS NULL FOR UPDATE OF p
                """,
                credential,
            )
            if not rows:
                raise PasskeyRefused()
            [row] = rows
            found = _read(
                lambda: webauthn.verify_authentication_response(
                    credential=_from_our_page(signed.answer),
                    expected_challenge=signed.challenge,
                    expected_rp_id=here.id,
                    expected_origin=here.origin,
                    credential_public_key=row["public_key"],
                    credential_current_sign_count=0,  # compared below: the library would refuse before it has verified
                    require_user_verification=True,
                )
            )
            if _handle(signed.answer) not in {None, row["user_id"].encode()}:
                raise PasskeyRefused()
            count, before = found.new_sign_count, row["sign_count"]
            cloned = row["suspect_ms"] is not None or ((count or before) and count <= before)
            if cloned:
                await tx.run(
                    "UPDATE passkeys SET suspect_ms = coalesce(suspect_ms, $2) WHERE id = $1", row["id"], now_ms
                )
            else:
                await tx.run(
                    "UPDATE passkeys SET sign_count = $2, used_ms = $3 WHERE id = $1", row["id"], count, now_ms
                )
        if cloned:
            raise PasskeyCloned()
        return Recognised(UserId(row["user_id"]), row["id"])

    async def still(self, tx: Tx, recognised: Recognised) -> bool:
        """Whether nobody has taken the passkey away since. To be asked once the user is held."""
        rows = await tx.fetch("SELECT 1 FROM passkeys WHERE id = $1 AND removed_ms IS NULL", recognised.passkey)
        return bool(rows)

    async def remove(self, tx: Tx, user: UserId, id: str, now_ms: int) -> None:
        """Take one's own passkey away.

        Errors
            NotYours
        """
        gone = 0
        if is_id(PASSKEY, id):
            gone = await tx.run(
                """
                UPDATE passkeys SET removed_ms = $3, removed_by = $2
                WHERE id = $1 AND user_id = $2 AND removed_ms IS NULL
                """,
                id,
                user,
                now_ms,
            )
        if gone != 1:
            raise NotYours()

    async def remove_all(self, tx: Tx, user: UserId, by: UserId, now_ms: int) -> None:
        """Take all of somebody's away."""
        await tx.run(
            "UPDATE passkeys SET removed_ms = $3, removed_by = $2 WHERE user_id = $1 AND removed_ms IS NULL",
            user,
            by,
            now_ms,
        )

    async def _credentials(self, tx: Tx, user: UserId) -> Sequence[bytes]:
        rows = await tx.fetch(
            "SELECT credential FROM passkeys WHERE user_id = $1 AND removed_ms IS NULL ORDER BY id LIMIT $2",
            user,
            PASSKEYS_MAX,
        )
        return [row["credential"] for row in rows]

    def _here(self) -> RelyingParty:
        if self.relying is None:
            raise PasskeysOff()
        return self.relying


def _as_json(options: Any) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return whole


def _read[T](verify: Callable[[], T]) -> T:
    """What the library found, or one refusal for whatever a hostile answer makes it raise."""
    try:
        return verify()
    except (
        WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError, OverflowError,
        RecursionError,
    ):  # fmt: skip
        raise PasskeyRefused() from None


def _from_our_page(answer: Answer) -> dict[str, Any]:
    """The answer as the library wants it. What a frame on another page made is refused: that is left to us."""
    said = b64url_bytes(str(answer["response"]["clientDataJSON"]))
    client = json.loads(said or b"")
    if not isinstance(client, dict) or client.get("crossOrigin") not in {None, False} or "topOrigin" in client:
        raise PasskeyRefused()
    return dict(answer)


def _handle(answer: Answer) -> bytes | None:
    handle = answer["response"].get("userHandle")
    return None if handle is None else b64url_bytes(str(handle)) or b""
