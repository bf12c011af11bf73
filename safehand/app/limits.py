"""Limits around every route: bodies are bounded while they arrive, askers ask at a pace, readers may wait."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safehand.app.problems import MEDIA_TYPE, problem
from safehand.app.transport import is_loopback
from safehand.identity.errors import AskedTooFast
from safehand.identity.pacing import Pacer
from safehand.kernel.catalogue import choose_language, load_catalogue
from safehand.kernel.errors import SafehandError, TooLarge, Unavailable
from safehand.ledger.projections import Projector

BODY_BYTES_MAX = 3 * 1024 * 1024
SEEN_HEADER = "safehand-seen"


class RequestTooLarge(TooLarge):
    """The body of the request is larger than any request may be."""

    code = "app.request_too_large"

    def __init__(self, limit: int = BODY_BYTES_MAX) -> None:
        super().__init__(limit=limit)


@dataclass(slots=True)
class BodyLimit:
    """Cuts a body off at BODY_BYTES_MAX, or at what is `longer` for its path, whether or not its length was declared.

    What comes after the refusal is thrown away as it comes, for as long as any body may take: whoever was cut off
    while still sending would never read why, and a phone would send the same again for ever.
    """

    app: ASGIApp
    longer: Mapping[str, int] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.longer.get(scope["path"], BODY_BYTES_MAX)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > limit:
            await _refuse(RequestTooLarge(limit), scope, receive, send, {})
            return
        seen = 0
        answered = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise RequestTooLarge(limit)
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except RequestTooLarge:
            if answered:
                raise
            await _refuse(RequestTooLarge(limit), scope, receive, send, {})


@dataclass(slots=True)
class AddressPace:
    """Counts requests by the address they come from, before anybody is asked who sends them.

    Addresses of this machine are not counted: a reverse proxy that is not trusted with addresses would make one
    asker of everybody. Whoever is known is counted by name as well (identity/pacing.py).
    """

    app: ASGIApp
    pacer: Pacer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say how long to wait."""
        client = scope.get("client")
        if scope["type"] == "http" and client and not is_loopback(client[0]):
            try:
                self.pacer.admit_address(client[0])
            except AskedTooFast as error:
                await _refuse(error, scope, receive, send, {"Retry-After": str(error.retry_after_s)})
                return
        await self.app(scope, receive, send)


async def _refuse(error: SafehandError, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str]) -> None:
    words = load_catalogue(choose_language(Headers(scope=scope).get("accept-language", "")))
    response = JSONResponse(problem(error, words), error.status, headers, MEDIA_TYPE)
    await response(scope, receive, send)


@dataclass(slots=True)
class SeenWait:
    """`Safehand-Seen: SEQ` on a reading request: waits up to a second until that fact is folded in."""

    app: ASGIApp
    projector: Projector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then pass the request on either way."""
        if scope["type"] == "http" and scope["method"] == "GET":
            seq = Headers(scope=scope).get(SEEN_HEADER, "")
            if seq.isdigit() and len(seq) < 16:
                with suppress(Unavailable):  # the route says for itself what is away
                    await self.projector.wait_for(int(seq))
        await self.app(scope, receive, send)
