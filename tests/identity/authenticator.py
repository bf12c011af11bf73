"""An authenticator in software: makes passkeys and signs with them, honestly or as told otherwise.

The one in Chromium (tests/e2e) can do the same only as its makers saw fit; this one can lie in every field.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from safehand.identity.wire import b64url_text

UP, UV, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Key:
    """One authenticator with one passkey. `rp`, `origin` and so on are what it says, whatever the page asked."""

    rp: str
    origin: str
    id: bytes = b"\x01" * 32
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    counter: int = 0
    verified: bool = True
    handle: str | None = None
    client: dict[str, Any] = field(default_factory=dict)
    """Fields of the client data that are said otherwise."""

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`."""
        self.handle = options["user"]["id"]
        numbers = self.private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = b"\x00" * 16 + len(self.id).to_bytes(2) + self.id + cbor2.dumps(cose)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        return self._answer(
            clientDataJSON=b64url_text(self._client("webauthn.create", options)),
            attestationObject=b64url_text(cbor2.dumps(statement)),
        )

    def sign(self, options: dict[str, Any], *, step: int = 1) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`; its counter goes on by `step`."""
        self.counter += step
        client, data = self._client("webauthn.get", options), self._data(0)
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = self._answer(
            clientDataJSON=b64url_text(client), authenticatorData=b64url_text(data), signature=b64url_text(signature)
        )
        if self.handle is not None:
            answer["response"]["userHandle"] = self.handle
        return answer

    def _client(self, type: str, options: dict[str, Any]) -> bytes:
        said = {"type": type, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | self.client).encode()

    def _data(self, flags: int) -> bytes:
        flags |= UP | (UV if self.verified else 0)
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _answer(self, **response: str) -> dict[str, Any]:
        id = b64url_text(self.id)
        return {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}
