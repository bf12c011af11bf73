"""A published log behind a web address."""

import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from safehand.ledger.source import SourceUnusable, read_tile
from safehand.ledger.tiles import Tile

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
TRIES_MAX = 4
FIRST_PAUSE_S = 0.25
FETCHES_AT_ONCE = 8
FETCHES_AHEAD = 32
"""Tiles that may wait in memory: 32 bundles of the largest entries are half a gigabyte, of ours 0.7 MB."""

TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A log behind a web address, read with a bounded number of requests under way."""

    url: str
    client: httpx.Client
    first_pause_s: float

    @classmethod
    def open(cls, url: str, first_pause_s: float = FIRST_PAUSE_S) -> "UrlSource":
        """A source with a client of its own; close it. The pause before another try doubles with each.

        Errors
            SourceUnusable  the address is not one.
        """
        try:
            if httpx.URL(url).host == "":
                raise SourceUnusable(f"{url}: no host in the address")
        except httpx.InvalidURL as error:
            raise SourceUnusable(f"{url}: {error}") from error
        timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        limits = httpx.Limits(max_connections=FETCHES_AT_ONCE)
        client = httpx.Client(
            timeout=timeout, limits=limits, follow_redirects=True, headers={"Accept-Encoding": "gzip, identity"}
        )
        return cls(url.rstrip("/"), client, first_pause_s)

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def read(self, path: str, bytes_max: int) -> bytes | None:
        """As the protocol says."""
        pause_s = self.first_pause_s
        for attempt in range(1, TRIES_MAX + 1):
            try:
                return self._fetch(f"{self.url}/{path}", bytes_max)
            except (_TryAgain, httpx.TransportError) as error:
                if attempt == TRIES_MAX:
                    raise SourceUnusable(f"{self.url}/{path}: {error or type(error).__name__}") from error
            except httpx.HTTPError as error:
                raise SourceUnusable(f"{self.url}/{path}: {error}") from error
            time.sleep(pause_s)
            pause_s *= 2
        raise AssertionError("the last attempt returns or raises")

    def read_tiles(self, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, bytes | None]]:
        """As the protocol says; some are fetched ahead, so that distance costs little."""
        waiting: deque[tuple[Tile, Future[bytes | None]]] = deque()
        with ThreadPoolExecutor(FETCHES_AT_ONCE) as pool:
            try:
                for tile in tiles:
                    waiting.append((tile, pool.submit(read_tile, self, tile)))
                    if len(waiting) >= FETCHES_AHEAD:
                        first, fetched = waiting.popleft()
                        yield first, fetched.result()
                while waiting:
                    first, fetched = waiting.popleft()
                    yield first, fetched.result()
            finally:
                for _, fetched in waiting:
                    fetched.cancel()

    def _fetch(self, url: str, bytes_max: int) -> bytes | None:
        with self.client.stream("GET", url) as answer:
            if answer.status_code in {404, 410}:
                return None
            if answer.status_code in TRY_AGAIN:
                raise _TryAgain(f"status {answer.status_code}")
            if answer.status_code != httpx.codes.OK:
                raise SourceUnusable(f"{url}: status {answer.status_code}")
            return _body(answer, bytes_max)


class _TryAgain(Exception):
    """The server is busy, not wrong."""


def _body(answer: httpx.Response, bytes_max: int) -> bytes:
    """The content, unpacked piece by piece, so that a small answer cannot become a large one in our memory."""
    encoding = answer.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"gzip", "identity"}:
        raise SourceUnusable(f"{answer.url}: content encoding {encoding[:40]!a}")
    unpacking = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    content = bytearray()
    for part in answer.iter_raw():
        left = bytes_max + 1 - len(content)
        try:
            content += part[:left] if unpacking is None else unpacking.decompress(part, left)
        except zlib.error as error:
            raise SourceUnusable(f"{answer.url}: {error}") from error
        if len(content) > bytes_max:
            return bytes(content)
    if unpacking is not None and not unpacking.eof:
        raise _TryAgain("the answer ends early")
    return bytes(content)
