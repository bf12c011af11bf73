"""Which of the driver's errors means which refusal.

Source
    PostgreSQL 18, appendix A: error codes.
"""

import asyncpg
import sqlalchemy.exc

from safehand.kernel.errors import SafehandError
from safehand.store.errors import AlreadyThere, BrokenReference, RuleBroken, StoreBusy, StoreUnavailable, TextUnstorable

GONE_CLASSES = ("08", "57P")  # connection lost; shut down, crashed, starting
GONE = {
    "25006",  # read-only transaction: a standby, or a disk that went read-only
    "25P03",  # the session sat idle in a transaction and was closed
    "53100",  # disk full
    "53200",  # out of memory
    "53300",  # too many connections
    "53400",  # configuration limit exceeded
    "58030",  # input or output error
}
BUSY = {
    "40001",  # serialization failure
    "40P01",  # deadlock
    "55P03",  # a lock was not granted in time
    "57014",  # statement timeout
}
UNSTORABLE = "22021"  # a character that the encoding does not have
RULES = {"23502", "23514", "23P01"}  # NOT NULL, CHECK, EXCLUDE


def translated(error: Exception, *, closed: bool) -> Exception:
    """The refusal that a driver's error means, or the error itself where the program is at fault.

    Shapes
        closed  whether the connection is closed: an InterfaceError on an open one is our own mistake.
    """
    if isinstance(error, SafehandError):
        return error
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return StoreBusy(reason="pool")  # every connection stayed in use for POOL_WAIT_S
    cause: object = error
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        cause = (error.orig and error.orig.__cause__) or error.orig
    if isinstance(cause, asyncpg.PostgresError):
        return _of_postgres(cause) or error
    if isinstance(cause, OSError) or (
        closed and isinstance(cause, asyncpg.InterfaceError | asyncpg.InternalClientError)
    ):
        return StoreUnavailable(reason=type(cause).__name__)
    return error


def _of_postgres(error: asyncpg.PostgresError) -> SafehandError | None:
    state = error.sqlstate or ""
    if state in BUSY:
        return StoreBusy(reason=state)
    if state in GONE or state.startswith(GONE_CLASSES):
        return StoreUnavailable(reason=state)
    constraint = error.constraint_name or error.column_name or ""
    if state == "23505":
        return AlreadyThere(constraint=constraint)
    if state == "23503":
        return BrokenReference(constraint=constraint)
    if state == UNSTORABLE:
        return TextUnstorable()
    return RuleBroken(constraint=constraint) if state in RULES else None
