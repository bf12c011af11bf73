"""What identity refuses. Refusals at sign-in never say which half was wrong."""

from safehand.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    SafehandError,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
)


class SignInNeeded(Unauthenticated):
    """Nobody we know asked for something that is not public."""

    code = "identity.sign_in_needed"


class WrongPassword(Unauthenticated):
    """Login and password do not belong together, or there is no such login; which of the two is not said."""

    code = "identity.wrong_password"


class UnreadableCredential(Unauthenticated):
    """The Authorization header is none that we read."""

    code = "identity.unreadable_credential"


class KeyMistyped(Unauthenticated):
    """The key's own check characters do not fit: it was cut or mistyped."""

    code = "identity.key_mistyped"


class KeyUnknown(Unauthenticated):
    """The key is well formed, and no key of ours, run out, or revoked."""

    code = "identity.key_unknown"


class KeyNotRotated(Conflict):
    """The key is dead, or has a successor already."""

    code = "identity.key_not_rotated"


class LinkUnknown(Unauthenticated):
    """The recipient's link is not ours, has run out, or was revoked."""

    code = "identity.link_unknown"


class DeviceUnknown(Unauthenticated):
    """No device with that id was ever enrolled."""

    code = "identity.device_unknown"


class RequestUnsigned(Unauthenticated):
    """The request's signature is not the device's, or is over another request."""

    code = "identity.request_unsigned"


class ClockSkewed(Unauthenticated):
    """The device's clock is too far from ours; `server_ms` is ours."""

    code = "identity.clock_skewed"


class DeviceRevoked(Forbidden):
    """The device was revoked; nothing that it tells from now on is taken."""

    code = "identity.device_revoked"


class DeviceRetired(Forbidden):
    """Another device has taken this one's place; it may only hand in what it had queued."""

    code = "identity.device_retired"


class DeviceNotReplaceable(Conflict):
    """The device was revoked, or has been replaced already."""

    code = "identity.device_not_replaceable"


class NotPermitted(Forbidden):
    """Who asks is known, and no policy permits it."""

    code = "identity.not_permitted"


class CrossSite(Forbidden):
    """A request that changes something came with a cookie from another site's page."""

    code = "identity.cross_site"


class NotYours(NotFound):
    """No such thing, or none that the asker may see: one answer, without a parameter that could tell which."""

    code = "identity.not_yours"

    def __init__(self) -> None:
        super().__init__()


class TooManyAttempts(TooMany):
    """Too many failures from here, or for this login; waiting helps."""

    code = "identity.too_many_attempts"

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s=wait_s)
        self.retry_after_s = wait_s


class AskedTooFast(TooMany):
    """More requests than one asker may send at a time; waiting helps, and others are not affected."""

    code = "identity.asked_too_fast"

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s=wait_s)
        self.retry_after_s = wait_s


class StepUpNeeded(Forbidden):
    """The act is a sensitive one, and it is too long ago that this session proved who sits there."""

    code = "identity.step_up_needed"

    def __init__(self, action: str, within_min: int) -> None:
        super().__init__(action=action, within_min=within_min)


class PasskeyRefused(Unauthenticated):
    """What the authenticator answered does not show who asks; which of the checks failed is not said."""

    code = "identity.passkey_refused"


class PasskeyCloned(Unauthenticated):
    """The passkey's counter went back: somebody may have a copy of it. It opens nothing any more."""

    code = "identity.passkey_cloned"


class PasskeyTaken(Conflict):
    """The passkey is registered already, here or for somebody else."""

    code = "identity.passkey_taken"


class TooManyPasskeys(Conflict):
    """One person has as many passkeys as anybody may."""

    code = "identity.too_many_passkeys"


class PasskeysOff(Conflict):
    """Browsers make passkeys for a name, and SAFEHAND_ORIGIN is an address of numbers."""

    code = "identity.passkeys_off"


class PasskeyNeeded(Forbidden):
    """Whoever has a passkey proves by it, not by the password."""

    code = "identity.passkey_needed"


class CeremonyOver(Unauthenticated):
    """The challenge was used, has run out, or was another browser's."""

    code = "identity.ceremony_over"


class RecoveryCodeWrong(Unauthenticated):
    """The recovery code is none of ours, was used, or was replaced by newer ones."""

    code = "identity.recovery_code_wrong"


class ResetLinkSpent(Unauthenticated):
    """The link to begin anew was used, has run out, or was never made."""

    code = "identity.reset_link_spent"


class ProviderOff(NotFound):
    """Nobody has set a provider for this installation."""

    code = "identity.provider_off"


class ProviderAway(Unavailable):
    """The provider does not answer, or not as it should. The other ways in are open."""

    code = "identity.provider_away"
    retry_after_s = 30


class ProviderRefused(Unauthenticated):
    """What came back from the provider does not show who asks; which of the checks failed is not said."""

    code = "identity.provider_refused"


class ProviderDeclined(Unauthenticated):
    """The provider did not let them in, or they gave up there."""

    code = "identity.provider_declined"


class SubjectUnknown(Unauthenticated):
    """Nobody of ours is linked to that account at the provider; `subject` is what the provider calls it."""

    code = "identity.subject_unknown"

    def __init__(self, subject: str) -> None:
        super().__init__(subject=subject)


class SubjectTaken(Conflict):
    """The account at the provider is somebody's, or the colleague has another one."""

    code = "identity.subject_taken"


class NotCarriersOwn(Conflict):
    """Somebody who works for a merchant, a partner or a subcontractor has no account at the carrier's provider."""

    code = "identity.not_carriers_own"


class CallerLocked(TooMany):
    """An agent was wrong too often about what a caller said; a colleague, or the next day, helps the caller."""

    code = "identity.caller_locked"

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s=wait_s)
        self.retry_after_s = wait_s


class SignInBusy(Unavailable):
    """More people sign in at this moment than passwords can be checked."""

    code = "identity.sign_in_busy"
    retry_after_s = 2


class PasswordTooShort(Invalid):
    """The password is shorter than the policy allows."""

    code = "identity.password_too_short"


class PasswordTooLong(Invalid):
    """The password is longer than the policy allows."""

    code = "identity.password_too_long"


class PasswordCommon(Invalid):
    """The password is one that is guessed first: listed, repeated, or the login itself."""

    code = "identity.password_common"


class BadLogin(Invalid):
    """A login is 3 to 32 small letters, digits, dots, dashes or underscores; it is no mail address."""

    code = "identity.bad_login"


class BadName(Invalid):
    """A name has 1 to 120 characters, none of which steers the page, and no space at its ends."""

    code = "identity.bad_name"


class LoginTaken(Conflict):
    """Somebody has that login already."""

    code = "identity.login_taken"


class PartyMismatch(Invalid):
    """The role, key or device does not go with that kind of party."""

    code = "identity.party_mismatch"


class MixedRoles(Invalid):
    """Somebody who works for a merchant, a partner or a subcontractor has no role of the carrier's."""

    code = "identity.mixed_roles"


class CrewFull(Conflict):
    """A subcontractor has as many drivers as it may have."""

    code = "identity.crew_full"


class NoSuchParty(NotFound):
    """There is no party with that id."""

    code = "identity.no_such_party"


class LastAdmin(Conflict):
    """The only administrator left cannot be disabled."""

    code = "identity.last_admin"


class SetupLinkSpent(Unauthenticated):
    """The one-time link was used, has run out, or was never made."""

    code = "identity.setup_link_spent"


class CodeUnknown(Unauthenticated):
    """The enrolment code is not one of ours, was used, or has run out."""

    code = "identity.code_unknown"


class BadPublicKey(Invalid):
    """The public key is no point of the curve P-256, written uncompressed in 65 bytes."""

    code = "identity.bad_public_key"


class ProofFailed(Invalid):
    """The proof does not show that the device holds the private key."""

    code = "identity.proof_failed"


class PublicKeyInUse(Conflict):
    """Another device, perhaps a revoked one, was enrolled with this key."""

    code = "identity.public_key_in_use"


class RequestTooLarge(TooLarge):
    """The request's body is larger than what may be signed."""

    code = "identity.request_too_large"


class PolicyBroken(SafehandError):
    """The policies do not parse, or speak of what the schema does not know. Safehand does not start with them."""

    code = "identity.policy_broken"
