"""What the ledger refuses, and why it would rather stop than sign."""

from safehand.kernel.errors import Conflict, NotFound, SafehandError, Unavailable


class LogBehind(Conflict):
    """The published log ends before the size that we remember signing: it was restored from an older copy."""

    code = "ledger.log_behind"

    def __init__(self, *, remembered: int, found: int) -> None:
        super().__init__(remembered=remembered, found=found)


class LogForked(Conflict):
    """The published log contradicts what was signed before: signing on would show two histories."""

    code = "ledger.log_forked"

    def __init__(self, *, size: int, expected: str, found: str) -> None:
        super().__init__(size=size, expected=expected, found=found)


class LogBroken(SafehandError):
    """A file of the published log is missing, damaged, or signed by somebody else."""

    code = "ledger.log_broken"

    def __init__(self, *, path: str, reason: str) -> None:
        super().__init__(path=path, reason=reason)


class LogBusy(Unavailable):
    """Another process writes this log."""

    code = "ledger.log_busy"

    def __init__(self, *, path: str) -> None:
        super().__init__(path=path)


class LogUnwritable(Unavailable):
    """The disk did not take the log's files; nothing new was signed, and trying again is right."""

    code = "ledger.log_unwritable"

    def __init__(self, *, path: str, reason: str) -> None:
        super().__init__(path=path, reason=reason)


class EntryContradicted(Conflict):
    """The entry given for a position is not the one that was published there."""

    code = "ledger.entry_contradicted"

    def __init__(self, *, index: int) -> None:
        super().__init__(index=index)
        self.index = index


class EntryGap(Conflict):
    """The entries given do not continue where the log ends."""

    code = "ledger.entry_gap"

    def __init__(self, *, expected: int, given: int) -> None:
        super().__init__(expected=expected, given=given)


class KeyRefused(SafehandError):
    """The file of the log's private key cannot be used."""

    code = "ledger.key_refused"

    def __init__(self, *, path: str, reason: str) -> None:
        super().__init__(path=path, reason=reason)


class ReceiptNotReady(Unavailable):
    """The fact is recorded, and no signed checkpoint covers it yet."""

    code = "ledger.receipt_not_ready"
    retry_after_s = 2

    def __init__(self, *, index: int | None, size: int) -> None:
        super().__init__(index=index, size=size)


class VersionConflict(Conflict):
    """The stream moved on between reading and writing: read it again."""

    code = "ledger.version_conflict"

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(stream=stream, version=version)


class NoSuchEntry(NotFound):
    """The log entry is not one of this parcel's."""

    code = "ledger.no_such_entry"

    def __init__(self, stream: str, entry: int) -> None:
        super().__init__(stream=stream, entry=entry)


class LogAhead(Conflict):
    """The published log holds entries that the database does not: the database was restored from an older copy."""

    code = "ledger.log_ahead"

    def __init__(self, *, published: int, recorded: int) -> None:
        super().__init__(published=published, recorded=recorded)


class NoGap(Conflict):
    """The database has a fact for every published entry: there is nothing to recover from."""

    code = "ledger.no_gap"

    def __init__(self, *, size: int) -> None:
        super().__init__(size=size)


class SameLogName(Conflict):
    """A new log needs a name of its own."""

    code = "ledger.same_log_name"

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)


class LogDeclared(Conflict):
    """A log of that name was declared already, after another end of the old one."""

    code = "ledger.log_declared"

    def __init__(self, *, name: str, path: str) -> None:
        super().__init__(name=name, path=path)


class NoSuchLogFile(NotFound):
    """The log has no such file; a partial tile gives way to the full one."""

    code = "ledger.no_such_log_file"

    def __init__(self, path: str) -> None:
        super().__init__(path=path)
