"""What the vault refuses."""

from safehand.kernel.errors import Conflict, Invalid, NotFound, SafehandError, TooLarge, Unavailable


class MasterKeyExposed(SafehandError):
    """Others than its owner may read or change the master key file."""

    code = "vault.master_key_exposed"


class MasterKeyUnusable(SafehandError):
    """The master key file is not a plain file of 32 bytes that we own."""

    code = "vault.master_key_unusable"


class WrongMasterKey(SafehandError):
    """The master key is not the one that this database was sealed with."""

    code = "vault.wrong_master_key"


class Altered(SafehandError):
    """A sealed body or key does not open: its bytes, or where they stand, were changed."""

    code = "vault.altered"


class NoSuchPerson(NotFound):
    """The vault knows no such person."""

    code = "vault.no_such_person"


class PersonErased(Conflict):
    """The person was erased, so nothing private can be kept of them any more."""

    code = "vault.person_erased"


class NoSuchBody(NotFound):
    """The vault keeps no body under that id."""

    code = "vault.no_such_body"


class BodyTooLarge(TooLarge):
    """A private body is larger than its limit."""

    code = "vault.body_too_large"


class HeldBack(Conflict):
    """A legal hold keeps the person's data from being removed."""

    code = "vault.held_back"


class HoldMalformed(Invalid):
    """A legal hold needs a case number and an end that is neither past nor too far away."""

    code = "vault.hold_malformed"


class NoSuchHold(NotFound):
    """There is no such hold, or it has ended."""

    code = "vault.no_such_hold"


class KeyInUse(Conflict):
    """Something is still wrapped with the master key that is to be removed."""

    code = "vault.key_in_use"


class NoSuchKey(NotFound):
    """No master key has that fingerprint."""

    code = "vault.no_such_key"


class KeyServiceGone(Unavailable):
    """The key service does not answer, or not as it should."""

    code = "vault.key_service_gone"


class KeyServiceRefused(SafehandError):
    """The key service will not open what it is given."""

    code = "vault.key_service_refused"
