"""Connections: bounded in number for each address, and in the time that a head, a body or a reader may take.

Somebody who sends one byte a minute, or reads none, holds a connection and nothing else (slowloris); here it is ended.
"""

import asyncio
import json
import ssl
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from safehand.app.envelope import HEAD_BYTES_MAX, PLAIN_HEADERS, HeadTooLarge
from safehand.app.problems import MEDIA_TYPE, problem
from safehand.app.proxies import Proxies
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue
from safehand.kernel.errors import Malformed, SafehandError


class UnreadableRequest(Malformed):
    """What was sent is no HTTP request."""

    code = "app.unreadable_request"

    def __init__(self) -> None:
        super().__init__()


class RequestTooSlow(SafehandError):
    """The request did not arrive in the time that it may take."""

    code = "app.request_too_slow"
    status = 408

    def __init__(self) -> None:
        super().__init__()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a connection may take, and how many there may be."""

    head_s: float = 10.0
    body_s: float = 120.0  # BODY_BYTES_MAX over a phone's line at the edge of the network
    reader_s: float = 60.0  # for who does not take what was asked for
    per_address: int = 256  # an office behind one address, with a few connections for each browser
    in_all: int = 4_096


@dataclass(slots=True)
class Gate:
    """Counts who is connected. One for each listening process."""

    patience: Patience = field(default_factory=Patience)
    proxies: Proxies = field(default_factory=Proxies)
    turned_away: int = 0
    ended: int = 0
    _here: "Counter[str]" = field(default_factory=Counter)

    @property
    def inside(self) -> int:
        """How many are connected now."""
        return self._here.total()

    def enter(self, address: str) -> bool:
        """Count one in; False if there is no room. A proxy of ours speaks for many."""
        crowded = self._here[address] >= self.patience.per_address and not self.proxies.trusts(address)
        if crowded or self.inside >= self.patience.in_all:
            self.turned_away += 1
            return False
        self._here[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count one out."""
        self._here[address] -= 1
        if self._here[address] <= 0:
            del self._here[address]


class BoundedProtocol(H11Protocol):
    """One connection, with deadlines."""

    def __init__(self, gate: Gate, **given: Any) -> None:
        super().__init__(**given)
        self.gate = gate
        self.entered = ""
        self.deadline: asyncio.TimerHandle | None = None
        self.waiting_for: object = None
        self.stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
        """Somebody connects."""
        super().connection_made(transport)
        address = self.client[0] if self.client else "local"
        if not self.gate.enter(address):
            transport.abort()
            return
        self.entered = address
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self.entered:
            self.gate.leave(self.entered)
            self.entered = ""
        for timer in (self.deadline, self.stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """The next request may come: the server's own keep-alive limit holds until its first byte."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """The reader does not keep up."""
        super().pause_writing()
        self.stalled = self.loop.call_later(self.gate.patience.reader_s, self._give_up)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        if self.stalled is not None:
            self.stalled.cancel()
            self.stalled = None

    def send_400_response(self, msg: str) -> None:
        """What cannot be read as a request: a problem like every other, with the headers of every other."""
        reason = _being_handled()
        self._refuse(HeadTooLarge() if reason == HeadTooLarge.status else UnreadableRequest())

    def _watch(self) -> None:
        """Set the deadline for what the connection waits for now; one that is set stays."""
        waiting_for: object = None
        if self.conn.their_state is h11.SEND_BODY:
            waiting_for = self.cycle
        elif self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None:
            waiting_for = h11.IDLE
        if waiting_for is self.waiting_for or self.transport.is_closing():
            return
        self.waiting_for = waiting_for
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
        if waiting_for is not None:
            limit_s = self.gate.patience.head_s if waiting_for is h11.IDLE else self.gate.patience.body_s
            self.deadline = self.loop.call_later(limit_s, self._too_slow)

    def _too_slow(self) -> None:
        if self.conn.our_state is h11.IDLE:  # nothing was answered yet, and no request is under way
            self.gate.ended += 1
            self._refuse(RequestTooSlow())
        else:
            self._give_up()

    def _give_up(self) -> None:
        self.gate.ended += 1
        self.transport.abort()

    def _refuse(self, error: SafehandError) -> None:
        body = json.dumps(problem(error, load_catalogue(DEFAULT_LANGUAGE))).encode()
        headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
        head = h11.Response(status_code=error.status, headers=[*headers, *PLAIN_HEADERS.items()], reason=b"")
        try:
            self.transport.write(
                b"".join(self.conn.send(part) or b"" for part in (head, h11.Data(body), h11.EndOfMessage()))
            )
        except h11.LocalProtocolError:  # an answer is under way already
            self.transport.abort()
        self.transport.close()


def bounded(gate: Gate, tls: ssl.SSLContext | None = None) -> dict[str, Any]:
    """What uvicorn is configured with, so that its connections are bounded, and over TLS if a context is given."""

    class Protocol(BoundedProtocol):
        def __init__(self, **given: Any) -> None:
            super().__init__(gate, **given)

    said = {"http": Protocol, "h11_max_incomplete_event_size": HEAD_BYTES_MAX, "proxy_headers": False, "ws": "none"}
    return {**said, "ssl_context_factory": lambda *_: tls} if tls is not None else said


def _being_handled() -> int:
    """The status that h11 hints at for the error which uvicorn handles right now."""
    return int(getattr(sys.exception(), "error_status_hint", 400))
