"""What goes in and out of this room's routes, each field with its bounds."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from safehand.identity.clones import Alarm, AlarmKind
from safehand.identity.devices import Device, Enrolment
from safehand.identity.errors import BadPublicKey, ProofFailed
from safehand.identity.model import LABEL_CHARS_MAX, NAME_CHARS_MAX, STEERING, PartyKind, Role
from safehand.identity.passwords import PASSWORD_CHARS_MAX
from safehand.identity.secret_text import CODE_CHARS_MAX
from safehand.identity.signatures import POINT_BYTES, SIGNATURE_BYTES
from safehand.identity.wire import b64url_bytes

TOKEN_CHARS_MAX = 64
LOGIN_CHARS_MAX = 64  # longer than any login may be, so that the refusal can say which form it has
POINT_TEXT_CHARS = -(-POINT_BYTES * 4 // 3)
SIGNATURE_TEXT_CHARS = -(-SIGNATURE_BYTES * 4 // 3)

STANDING = f"^[^{STEERING}]*$"

type Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARS_MAX, pattern=STANDING)
]
type Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LABEL_CHARS_MAX, pattern=STANDING)
]
type Login = Annotated[str, Field(max_length=LOGIN_CHARS_MAX)]
# Twice the limit, so that it is the password policy which refuses, in its own words.
type PasswordText = Annotated[str, Field(max_length=2 * PASSWORD_CHARS_MAX)]
type Id = Annotated[str, Field(max_length=40)]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Body):
    """A login and its password."""

    login: Login
    password: PasswordText = Field(repr=False)


class SetUp(Body):
    """The holder of a one-time link becomes an administrator."""

    token: Annotated[str, Field(max_length=TOKEN_CHARS_MAX, repr=False)]
    login: Login
    password: PasswordText = Field(repr=False)
    name: Name


class NewPassword(Body):
    """The present password once more, and the new one."""

    password: PasswordText = Field(repr=False)
    new: PasswordText = Field(repr=False)


class UserIn(Body):
    """A new member of the staff."""

    login: Login
    password: PasswordText = Field(repr=False)
    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
    party: Id | None = None


class PartyIn(Body):
    """A depot, a driver, a partner or a subcontractor."""

    kind: Literal["depot", "driver", "partner", "subcontractor"]
    name: Name


class DriverIn(Body):
    """A driver of a subcontractor's."""

    name: Name


class MerchantIn(Body):
    """A merchant."""

    name: Name
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class InvitationIn(Body):
    """Which party a new device is for."""

    party: Id
    label: Label


class EnrolmentIn(Body):
    """What a device sends to be enrolled."""

    code: Annotated[str, Field(max_length=CODE_CHARS_MAX)]
    public_key: Annotated[str, Field(max_length=POINT_TEXT_CHARS)]
    proof: Annotated[str, Field(max_length=SIGNATURE_TEXT_CHARS)]

    def asked(self) -> Enrolment:
        """The same in bytes.

        Errors
            BadPublicKey, ProofFailed  not base64url.
        """
        point, proof = b64url_bytes(self.public_key), b64url_bytes(self.proof)
        if point is None:
            raise BadPublicKey(bytes=None)
        if proof is None:
            raise ProofFailed()
        return Enrolment(self.code, point, proof)


class SessionOut(BaseModel):
    """Who signed in. The token itself is in the cookie."""

    user: str
    roles: list[Role]
    expires_ms: int


class UserOut(BaseModel):
    """A member of the staff."""

    user: str
    login: str
    name: str
    roles: list[Role]
    party: str | None
    disabled: bool


class UserMade(BaseModel):
    """The new user's id."""

    user: str


class PartyMade(BaseModel):
    """The new party's id, and its place if it stands somewhere."""

    party: str
    place: str | None


class MerchantMade(BaseModel):
    """The new merchant's id."""

    merchant: str


class InvitationMade(BaseModel):
    """A code to be typed into the device."""

    code: str
    expires_ms: int


class DeviceMade(BaseModel):
    """The device's own id, and for which party it works."""

    device: str
    party: str


class DeviceOut(BaseModel):
    """An enrolled device."""

    device: str
    party: str
    label: str
    enrolled_by: str
    enrolled_ms: int
    revoked_ms: int | None
    retired_ms: int | None
    """When another device took its place."""
    predecessor: str | None
    """Whose place it took."""

    @classmethod
    def of(cls, device: Device) -> "DeviceOut":
        """What may be shown of this device."""
        return cls(
            device=device.id,
            party=device.party,
            label=device.label,
            enrolled_by=device.enrolled_by,
            enrolled_ms=device.enrolled_ms,
            revoked_ms=device.revoked_ms,
            retired_ms=device.retired_ms,
            predecessor=device.predecessor,
        )


class AlarmOut(BaseModel):
    """An alarm about a device that seems to speak from two places."""

    alarm: str
    device: str
    party: str
    kind: AlarmKind
    first_ms: int
    last_ms: int
    times: int
    closed_ms: int | None
    closed_by: str | None

    @classmethod
    def of(cls, alarm: Alarm) -> "AlarmOut":
        """What is shown of this alarm."""
        return cls(
            alarm=alarm.id,
            device=alarm.device,
            party=alarm.party,
            kind=alarm.kind,
            first_ms=alarm.first_ms,
            last_ms=alarm.last_ms,
            times=alarm.times,
            closed_ms=alarm.closed_ms,
            closed_by=alarm.closed_by,
        )


class AlarmsOut(BaseModel):
    """Alarms, newest first. `next` goes into `after` for the page after this; null if this is the last."""

    alarms: list[AlarmOut]
    next: str | None


class PartyOut(BaseModel):
    """A party; an erased person's name is empty."""

    party: str
    kind: PartyKind
    name: str
    country: str | None
    place: str | None
    employer: str | None
    """The subcontractor that a driver works for."""


class UsersOut(BaseModel):
    """The staff, oldest first. `next` goes into `after` for the page after this; null if this is the last."""

    users: list[UserOut]
    next: str | None


class PartiesOut(BaseModel):
    """Parties, oldest first. `next` goes into `after` for the page after this; null if this is the last."""

    parties: list[PartyOut]
    next: str | None


class DevicesOut(BaseModel):
    """Devices, newest first. `next` goes into `after` for the page after this; null if this is the last."""

    devices: list[DeviceOut]
    next: str | None
