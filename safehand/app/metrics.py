"""Metrics: what is counted of every request, and how far each part is behind, for Prometheus.

Labels are of ours and few: a route's pattern, never a path; a status, a loop's name. Nobody's data is in them.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import Scope

from safehand.kernel.errors import SafehandError

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_ROUTE = "none"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SIGN_INS = frozenset(
    ("POST", route)
    for route in ("/v1/sessions", "/v1/sessions/passkey", "/v1/sessions/recovery", "/sign-in", "/sign-in/code")
) | {("GET", "/sign-in/provider/back")}
THROTTLED = 429
REFUSED = frozenset({401, 403, 422})


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Counts requests by route and status, and how long they took."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    throttled: Counter = field(init=False)
    sign_ins_refused: Counter = field(init=False)

    def __post_init__(self) -> None:
        def own(name: str, made: object) -> None:
            object.__setattr__(self, name, made)

        at = self.registry
        own("requests", Counter("safehand_requests", "Answers", ["method", "route", "status"], registry=at))
        own("seconds", Histogram("safehand_request_seconds", "Time", ["route"], registry=at, buckets=BUCKETS_S))
        own("throttled", Counter("safehand_requests_throttled", "Answers that say: too often", ["route"], registry=at))
        own("sign_ins_refused", Counter("safehand_sign_ins_refused", "Sign-ins that did not succeed", registry=at))

    def answered(self, scope: Scope, status: int, took_s: float) -> None:
        """Count one answer."""
        route = str(getattr(scope.get("route"), "path", NO_ROUTE))
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(took_s)
        if status == THROTTLED:
            self.throttled.labels(route).inc()
        if (method, route) in SIGN_INS and status in REFUSED:
            self.sign_ins_refused.inc()


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing to read when somebody asks: a metric's name, its words, its label, and where its values come from."""

    name: str
    words: str
    label: str | None
    values: Callable[[], Awaitable[Iterable[tuple[str, float]]]]
    rising: bool = False
    """Whether it only ever rises while we run."""


async def told(counts: RequestCounts, readings: Iterable[Reading]) -> bytes:
    """Everything, as Prometheus reads it. What cannot be read now (the database is away) is left out."""
    now = CollectorRegistry()
    for reading in readings:
        with suppress(SafehandError, OSError):
            values = list(await reading.values())
            kind = Counter if reading.rising else Gauge
            metric = kind(reading.name, reading.words, [reading.label] if reading.label else [], registry=now)
            for label, value in values:
                (metric.labels(label) if reading.label else metric).inc(value)
    return generate_latest(counts.registry) + generate_latest(now)
