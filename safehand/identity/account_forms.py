"""What goes in and out of the account's routes, each field with its bounds."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from safehand.identity.account import Account
from safehand.identity.forms import STANDING, TOKEN_CHARS_MAX, Body, Label, PasswordText
from safehand.identity.id_tokens import SUBJECT_CHARS_MAX
from safehand.identity.model import Role
from safehand.identity.secret_text import RECOVERY_CHARS_MAX

# A credential with the largest key and attestation that we take; the fields are looked at by the library.
CREDENTIAL_TEXT_MAX = 16_384
type Text = Annotated[str, Field(max_length=CREDENTIAL_TEXT_MAX)]
type CredentialId = Annotated[str, Field(max_length=2_048)]


class AuthenticatorAnswer(BaseModel):
    """What an authenticator signed, in base64url. Browsers add more fields as they learn; they are not read."""

    model_config = ConfigDict(extra="ignore")

    client_data: Text = Field(alias="clientDataJSON")
    attestation: Text | None = Field(None, alias="attestationObject")
    authenticator_data: Text | None = Field(None, alias="authenticatorData")
    signature: Text | None = None
    user_handle: Annotated[str, Field(max_length=128)] | None = Field(None, alias="userHandle")


class Credential(BaseModel):
    """A PublicKeyCredential as `toJSON` gives it."""

    model_config = ConfigDict(extra="ignore")

    id: CredentialId
    raw_id: CredentialId = Field(alias="rawId")
    type: Annotated[str, Field(max_length=32)]
    response: AuthenticatorAnswer

    def answer(self) -> dict[str, Any]:
        """The same as the passkeys' noun reads it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class PasskeySignIn(Body):
    """An answer to a challenge."""

    credential: Credential


class PasskeyIn(Body):
    """A passkey just made, and what its owner calls it."""

    label: Label
    credential: Credential


class RecoveryIn(Body):
    """A recovery code as it was typed."""

    code: Annotated[str, Field(max_length=RECOVERY_CHARS_MAX, repr=False)]


class PasswordProof(Body):
    """The password once more."""

    password: PasswordText = Field(repr=False)


class BeginAnew(Body):
    """The holder of a reset link takes a new password."""

    token: Annotated[str, Field(max_length=TOKEN_CHARS_MAX, repr=False)]
    password: PasswordText = Field(repr=False)


class LinkIn(Body):
    """An account at the provider, as the provider calls it."""

    subject: Annotated[str, Field(min_length=1, max_length=SUBJECT_CHARS_MAX, pattern=STANDING)]


class ChallengeOut(BaseModel):
    """What to give to `navigator.credentials`, as `publicKey` in JSON. The cookie that comes along belongs to it."""

    public_key: dict[str, Any]


class RecoveredOut(BaseModel):
    """Who signed in by a recovery code, and how many are left."""

    user: str
    roles: list[Role]
    expires_ms: int
    codes_left: int


class OpenSessionOut(BaseModel):
    """One of one's own sessions."""

    session: str
    way: str
    agent: str
    made_ms: int
    seen_ms: int
    here: bool


class PasskeyOut(BaseModel):
    """One of one's own passkeys. `suspect_ms` tells when its counter went back: somebody may have a copy."""

    passkey: str
    label: str
    made_ms: int
    used_ms: int | None
    suspect_ms: int | None


class AccountOut(BaseModel):
    """One's own ways in."""

    login: str
    passkeys: list[PasskeyOut]
    codes_left: int
    sessions: list[OpenSessionOut]

    @classmethod
    def of(cls, account: Account) -> "AccountOut":
        """As it may be shown to its owner."""
        return cls(
            login=account.login,
            passkeys=[
                PasskeyOut(
                    passkey=one.id,
                    label=one.label,
                    made_ms=one.made_ms,
                    used_ms=one.used_ms,
                    suspect_ms=one.suspect_ms,
                )
                for one in account.passkeys
            ],
            codes_left=account.codes_left,
            sessions=[
                OpenSessionOut(
                    session=one.id,
                    way=one.way,
                    agent=one.agent,
                    made_ms=one.made_ms,
                    seen_ms=one.seen_ms,
                    here=one.id == account.session,
                )
                for one in account.sessions
            ],
        )


class PasskeyMade(BaseModel):
    """A passkey just registered."""

    passkey: str


class CodesMade(BaseModel):
    """Ten recovery codes, told this once."""

    codes: list[str]


class ResetMade(BaseModel):
    """A link to begin anew, told this once: `/reset/TOKEN`."""

    token: str
