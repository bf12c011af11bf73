"""What the store refuses. translation.py says which of the driver's errors becomes which."""

from safehand.kernel.errors import Conflict, Invalid, Malformed, NotFound, SafehandError, TooLarge, Unavailable


class StoreUnavailable(Unavailable):
    """The database is gone, full, read-only or starting; nothing of the transaction was acknowledged."""

    code = "store.unavailable"


class StoreBusy(Unavailable):
    """The database gave up on this transaction (a lock, a deadlock, a time limit); the same again may succeed."""

    code = "store.busy"
    retry_after_s = 1


class AlreadyThere(Conflict):
    """A row with that key exists. `constraint` names which uniqueness it would break."""

    code = "store.already_there"


class BrokenReference(Conflict):
    """A row names another that does not exist, or one that others still name was to go."""

    code = "store.broken_reference"


class RuleBroken(Invalid):
    """A value breaks a rule that the table itself keeps (CHECK, NOT NULL, EXCLUDE)."""

    code = "store.rule_broken"


class TextUnstorable(Invalid):
    """A text holds the character NUL, which the database keeps in no text."""

    code = "store.text_unstorable"


class UnsafeStore(SafehandError):
    """The database is set up so that acknowledged facts could be lost or changed; Safehand does not start on it."""

    code = "store.unsafe"


class StartRefused(SafehandError):
    """The embedded PostgreSQL could not be started; `reason` says why in the server's own words."""

    code = "store.start_refused"


class NoServer(SafehandError):
    """No PostgreSQL was found on this machine and no address of one was given."""

    code = "store.no_server"


class OtherVersion(SafehandError):
    """The data directory belongs to another major version of PostgreSQL."""

    code = "store.other_version"


class NotStarted(SafehandError):
    """A data folder has no servers yet, or we may not read how they are reached."""

    code = "store.not_started"


class NotRunning(SafehandError):
    """The servers of a data folder are stopped, and somebody asks them."""

    code = "store.not_running"


class OutOfReach(SafehandError):
    """The unprivileged account that runs the servers cannot enter the data folder."""

    code = "store.out_of_reach"


class OtherRequest(Conflict):
    """The Idempotency-Key was used before, for another request."""

    code = "store.other_request"


class StillRunning(Conflict):
    """The first request with this Idempotency-Key has not ended yet."""

    code = "store.still_running"
    retry_after_s = 1


class BadKey(Malformed):
    """The Idempotency-Key is missing, too long, or holds other than visible ASCII."""

    code = "store.bad_key"


class BlobMissing(NotFound):
    """No blob with that hash is kept here."""

    code = "store.blob_missing"


class BlobDamaged(SafehandError):
    """The bytes kept under a hash do not have that hash."""

    code = "store.blob_damaged"


class BlobTooLarge(TooLarge):
    """The blob is larger than its limit."""

    code = "store.blob_too_large"


class JobTooLarge(TooLarge):
    """The payload of a job is larger than its limit: put the bytes elsewhere and name them."""

    code = "store.job_too_large"


class NoSuchJob(NotFound):
    """No job with that id waits, runs or is dead."""

    code = "store.no_such_job"


class LeaseLost(Conflict):
    """The job took longer than its lease and another worker has it now; this run's effects are rolled back."""

    code = "store.lease_lost"
