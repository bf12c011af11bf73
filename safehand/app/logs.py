"""Logs: JSON lines on standard error, of allowed fields only. Standard output belongs to the command's result.

A log that cannot be written (a full disk, a reader that is gone) never stops the work it tells of: what is lost is
counted, and told once there is room again.
"""

import json
import logging
import os
import sys
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import structlog

INFO = 20
STANDARD_ERROR = 2
FRAMES_MAX = 12
LOG_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "loop", "code", "error", "method", "path", "action", "principal",
        "principal_kind", "resource", "policies", "allowed", "published", "recorded", "remembered",
        "found", "size", "kind", "lines", "request", "setting", "frames", "logger",
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
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            _where_it_happened,
            allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: lines,
        wrapper_class=structlog.make_filtering_bound_logger(INFO),
    )
    logging.basicConfig(handlers=[OtherPeoplesLines(logging.WARNING)], level=logging.WARNING, force=True)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it warns of every request that is none


class OtherPeoplesLines(logging.Handler):
    """What libraries log: which of them, and where. Their words are left out: anything may be in them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one record."""
        said = structlog.get_logger()
        said.warning("library", logger=record.name, kind=record.levelname.lower(), exc_info=record.exc_info)


def _where_it_happened(_: object, __: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An exception as its kinds and the lines it came by; never its words, in which a person's data could be."""
    error = said.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        said.setdefault("error", type(error).__name__)
        met = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
        said["frames"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in met]
        if error.__cause__ is not None:
            said["frames"].append(f"caused by {type(error.__cause__).__name__}")
    return said
