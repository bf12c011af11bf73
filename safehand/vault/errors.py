"""What the vault refuses."""

from safehand.kernel.errors import Conflict, NotFound, SafehandError, TooLarge


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
