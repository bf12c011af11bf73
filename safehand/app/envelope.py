"""The envelope around every request: who really asks, how large its head may be, and what every answer carries.

It stands outside everything else, the handler of our own faults included: no answer leaves without its headers.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safehand.app.metrics import RequestCounts
from safehand.app.problems import MEDIA_TYPE, problem
from safehand.app.proxies import HEALTH, Proxies
from safehand.kernel.catalogue import choose_language, load_catalogue
from safehand.kernel.errors import SafehandError, TooLarge
from safehand.kernel.ids import new_id

HEAD_BYTES_MAX = 32 * 1024
HEADERS_MAX = 100
TARGET_BYTES_MAX = 8 * 1024
REQUEST_HEADER = "Safehand-Request"
LOG_PREFIX = "/log/"
HSTS = "max-age=31536000"
"""A year. What other hosts of the domain do is not ours to say: no includeSubDomains."""

PLAIN_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""What an answer carries unless its route says otherwise: a page says more in its policy, an asset may be kept."""


class HeadTooLarge(TooLarge):
    """The headers of the request are more, or longer, than any request needs."""

    code = "app.head_too_large"
    status = 431

    def __init__(self) -> None:
        super().__init__(limit=HEAD_BYTES_MAX, count=HEADERS_MAX)


class TargetTooLong(TooLarge):
    """The address that is asked for is longer than any of ours."""

    code = "app.target_too_long"
    status = 414

    def __init__(self) -> None:
        super().__init__(limit=TARGET_BYTES_MAX)


class Application(FastAPI):
    """The web framework's application, in its envelope."""

    envelope: "EnvelopeRules"

    def build_middleware_stack(self) -> ASGIApp:
        """Everything the framework builds, and the envelope around it."""
        return Envelope(super().build_middleware_stack(), self.envelope)


@dataclass(frozen=True, slots=True)
class EnvelopeRules:
    """What the envelope knows of its installation. `secure`: people reach us over https, and shall go on doing so."""

    secure: bool
    proxies: Proxies = field(default_factory=Proxies)
    counts: RequestCounts = field(default_factory=RequestCounts)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Passes a request on as what it really is, and its answer with every header."""

    app: ASGIApp
    rules: EnvelopeRules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began_s = time.perf_counter()
        request = new_id("req", time.time_ns() // 1_000_000)
        status = 500

        async def enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(MutableHeaders(scope=message), scope, request)
            await send(message)

        try:
            with structlog.contextvars.bound_contextvars(request=request):
                await self._answer(scope, receive, enveloped)
        finally:
            self.rules.counts.answered(scope, status, time.perf_counter() - began_s)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _check_head(scope)
            self.rules.proxies.admit(scope, secure=self.rules.secure)
        except SafehandError as error:
            words = load_catalogue(choose_language(Headers(scope=scope).get("accept-language", "")[:200]))
            refusal = JSONResponse(problem(error, words), error.status, {"Connection": "close"}, MEDIA_TYPE)
            await refusal(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _complete(self, headers: MutableHeaders, scope: Scope, request: str) -> None:
        for name, value in PLAIN_HEADERS.items():
            headers.setdefault(name, value)
        if scope["path"].startswith(LOG_PREFIX):  # the log is for everybody, programs in other sites' pages included
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if self.rules.secure and (scope["path"] not in HEALTH or scope.get("scheme") == "https"):
            headers["Strict-Transport-Security"] = HSTS
        headers[REQUEST_HEADER] = request


def _check_head(scope: Scope) -> None:
    """Bound what was read. The server bounds what it keeps while it reads; what comes at once could be more."""
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > TARGET_BYTES_MAX:
        raise TargetTooLong()
    headers = scope["headers"]
    if len(headers) > HEADERS_MAX or sum(len(name) + len(value) for name, value in headers) > HEAD_BYTES_MAX:
        raise HeadTooLarge()
