"""Logs: JSON lines on standard error, of allowed fields only. Standard output belongs to the command's result.

A log that cannot be written (a full disk, a reader that is gone) never stops the work it tells of: what is lost is
counted, and told once there is room again.
"""

import json
import os
import threading
from dataclasses import dataclass, field

import structlog

INFO = 20
STANDARD_ERROR = 2
LOG_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "loop", "code", "error", "method", "path", "action", "principal",
        "principal_kind", "resource", "policies", "allowed", "exception", "published", "recorded", "remembered",
        "found", "size", "kind", "lines",
    }
)  # fmt: skip
"""What may be written to a log: opaque ids and words of ours, never what somebody typed."""


@dataclass(slots=True)
class Lines:
    """Writes lines to an open file, each at once and whole; one that finds no room is left out and counted."""

    handle: int
    lost: int = 0
    _torn: bool = False
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def write(self, line: str) -> None:
        """Write one line, and before it how many were lost."""
        with self._one_at_a_time:
            if self.lost and self._put(_lines_lost(self.lost)):
                self.lost = 0
            if self.lost or not self._put(line):
                self.lost += 1

    info = warning = error = critical = write  # as structlog calls it, by level

    def _put(self, line: str) -> bool:
        raw = ("\n" * self._torn + line + "\n").encode("utf-8", "backslashreplace")
        try:
            written = os.write(self.handle, raw)
        except OSError:
            return False
        self._torn = written < len(raw)  # the last byte of the disk: the next line begins on its own
        return not self._torn


def _lines_lost(lines: int) -> str:
    return json.dumps({"event": "log.lines_lost", "level": "warning", "lines": lines})


def write_logs(handle: int = STANDARD_ERROR) -> None:
    """JSON lines to an open file, of allowed fields only."""
    lines = Lines(handle)

    def allowed(_: object, __: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {name: value for name, value in said.items() if name in LOG_FIELDS}

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(INFO),
    )
