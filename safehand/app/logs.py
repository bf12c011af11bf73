"""Logs: JSON lines on standard error, of allowed fields only. Standard output belongs to the command's result."""

import sys

import structlog

INFO = 20
LOG_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "loop", "code", "error", "method", "path", "action", "principal",
        "principal_kind", "resource", "policies", "allowed", "exception", "published", "recorded", "remembered",
        "found", "size",
    }
)  # fmt: skip
"""What may be written to a log: opaque ids and words of ours, never what somebody typed."""


def write_logs() -> None:
    """JSON lines on standard error, of allowed fields only."""

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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(INFO),
    )
