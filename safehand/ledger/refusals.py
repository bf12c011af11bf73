"""What the ledger answers to a request that it cannot serve."""

from safehand.kernel.errors import Conflict, NotFound


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


class NoSuchLogFile(NotFound):
    """The log has no such file; a partial tile gives way to the full one."""

    code = "ledger.no_such_log_file"

    def __init__(self, path: str) -> None:
        super().__init__(path=path)
