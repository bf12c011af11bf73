"""The bus over NATS: bounded on the way out, connected again by itself, silent about its own troubles to callers."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from safehand.bus.notices import Notice, Watch, checked, is_sendable

OUTBOX_MAX = 10_000
TRY_AGAIN_S = 0.25
CONNECT_TIMEOUT_S = 2.0
SUBSCRIBE_TIMEOUT_S = 1.0
PING_S = 10
NATS_PORT = 4222
TLS = "tls"

log = structlog.get_logger(__name__)


class TlsClient(Client):
    """A client that goes on over TLS or not at all.

    nats-py itself believes a greeting that asks for no TLS, whatever was configured, and then sends the token in clear
    text to whoever stands between us and the server. Here the greeting is read before anything is sent.
    """

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        """Read the server's greeting."""
        if not info.get("tls_required"):
            raise nats.errors.Error("nats: the server asks for no TLS")
        await super()._process_info(info, initial_connection)


@dataclass(slots=True)
class NatsBus:
    """Notices through a NATS server or cluster. Use it as a context: inside, it keeps a connection up.

    `url` may name several servers, joined by commas; a token stands before an @, as in nats://token@host:4222.
    """

    url: str
    authority: Path | None = None
    """The authority (PEM) that certificates of tls:// servers are checked with; None: those that the machine knows."""
    dropped: int = 0
    trouble: str = ""
    """Why the last try failed, in the words of those who know; for the operator's eyes, not for logs."""
    _outbox: asyncio.Queue[tuple[str, bytes]] = field(default_factory=lambda: asyncio.Queue(OUTBOX_MAX))
    _watches: dict[Watch, Any] = field(default_factory=dict)  # a watch, and NATS's subscription behind it
    _client: Client | None = None
    _task: "asyncio.Task[None] | None" = None

    @property
    def healthy(self) -> bool:
        """Whether the connection is up now."""
        return self._client is not None and bool(self._client.is_connected)

    def publish(self, subject: str, data: bytes = b"") -> None:
        """Queue a notice. While the server is away, or the queue is full, it is dropped and counted."""
        try:
            if not self.healthy or not is_sendable(subject, data):
                raise asyncio.QueueFull
            self._outbox.put_nowait((subject, data))
        except asyncio.QueueFull:
            self.dropped += 1

    @asynccontextmanager
    async def subscribe(self, pattern: str) -> AsyncIterator[AsyncIterator[Notice]]:
        """Watch. While the server is away nothing comes; when it is back, `missed` does."""
        watch = Watch(checked(pattern))
        self._watches[watch] = None
        try:
            if self._client is not None and self.healthy:
                await self._attach(self._client, watch)
                with contextlib.suppress(nats.errors.Error, TimeoutError, OSError):
                    await self._client.flush(int(SUBSCRIBE_TIMEOUT_S))
            else:
                watch.tell_missed()
            yield aiter(watch)
        finally:
            behind = self._watches.pop(watch, None)
            if behind is not None:
                with contextlib.suppress(nats.errors.Error, OSError):
                    await behind.unsubscribe()

    async def __aenter__(self) -> "NatsBus":
        self._task = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def wait_healthy(self, timeout_s: float) -> bool:
        """Wait until the connection is up, for as long as this at most."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self.healthy:  # noqa: ASYNC110 - nats-py tells its state, it has no event to wait for
                    await asyncio.sleep(0.01)
        except TimeoutError:
            return False
        return True

    async def _stay_connected(self) -> None:
        while True:
            if await self._is_listening():
                await self._talk()
            await asyncio.sleep(TRY_AGAIN_S)

    async def _talk(self) -> None:
        """One connection, from its making to its end."""
        client, closed = TlsClient() if self._wants_tls else Client(), asyncio.Event()
        try:
            await self._connect(client, closed)
            self._client = client
            await self._hand_over(client, closed)
        except Exception as error:  # whatever the client stumbles over, the next one is new
            self._note(error)
            log.info("bus_away", kind=type(error).__name__)
        finally:
            self._client = None
            with contextlib.suppress(nats.errors.Error, OSError, TimeoutError):
                await client.close()

    def _note(self, error: Exception) -> None:
        if isinstance(error, ssl.SSLCertVerificationError):
            self.trouble = f"its certificate: {error.verify_message}"
        else:
            self.trouble = str(error) or type(error).__name__

    async def _is_listening(self) -> bool:
        """Try the ports first: nats-py waits two seconds after a first connect that was refused."""
        for url in self.url.split(","):
            at = urlsplit(url.strip())
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    _, writer = await asyncio.open_connection(at.hostname, at.port or NATS_PORT)
            except (OSError, TimeoutError):
                continue
            writer.close()
            return True
        return False

    async def _connect(self, client: Client, closed: asyncio.Event) -> None:
        async def back() -> None:
            for watch in self._watches:
                watch.tell_missed()

        async def ended() -> None:
            closed.set()

        async def trouble(error: Exception) -> None:
            self._note(error)
            log.info("bus_trouble", kind=type(error).__name__)

        options: dict[str, Any] = {  # nats-py types its seconds as whole, and takes parts of one
            "connect_timeout": CONNECT_TIMEOUT_S,
            "reconnect_time_wait": TRY_AGAIN_S,
            "max_reconnect_attempts": -1,
            "ping_interval": PING_S,
        }
        servers = [url.strip() for url in self.url.split(",")]
        if self._wants_tls:
            options["tls"] = ssl.create_default_context(cafile=self.authority)
        await client.connect(
            servers, name="safehand", error_cb=trouble, reconnected_cb=back, closed_cb=ended, **options
        )
        for watch in list(self._watches):
            await self._attach(client, watch)
            watch.tell_missed()

    @property
    def _wants_tls(self) -> bool:
        """Whether a server is named by tls://: then all of them are asked over TLS."""
        return any(urlsplit(url.strip()).scheme == TLS for url in self.url.split(","))

    async def _attach(self, client: Client, watch: Watch) -> None:
        async def offer(message: Msg) -> None:
            watch.offer(Notice(message.subject, message.data))

        self._watches[watch] = await client.subscribe(watch.pattern, cb=offer)

    async def _hand_over(self, client: Client, closed: asyncio.Event) -> None:
        """Send what is queued until the connection is closed for good; nats-py mends interruptions itself."""
        ended = asyncio.create_task(closed.wait())
        try:
            while not ended.done():
                waiting = asyncio.create_task(self._outbox.get())
                await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    continue
                subject, data = waiting.result()
                try:
                    await client.publish(subject, data)
                except nats.errors.OutboundBufferLimitError:
                    self.dropped += 1
        finally:
            ended.cancel()
