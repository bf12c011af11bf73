"""Where a published log is read from: a folder, or a web address. Both are strangers until the hashes agree."""

import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from safehand.ledger.durable import NotRegular, read_regular
from safehand.ledger.errors import LogBroken
from safehand.ledger.merkle import ReadNode
from safehand.ledger.tiles import BadTile, Tile, cut_tile, node_reader

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
TRIES_MAX = 4
FIRST_PAUSE_S = 0.25
FETCHES_AT_ONCE = 8
FETCHES_AHEAD = 32
"""Tiles that may wait in memory: 32 bundles of the largest entries are half a gigabyte, of ours 0.7 MB."""

TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class SourceUnusable(Exception):
    """The log cannot be read from there at all: no such folder, no answer. It says nothing about the log."""


class Source(Protocol):
    """Hands over the files of one log by their path."""

    def read(self, path: str, bytes_max: int) -> bytes | None:
        """The file; None if there is none. It may be one byte longer than `bytes_max`, never more.

        Errors
            BadTile         something stands there that is not a file.
            SourceUnusable  the place cannot be reached.
        """
        ...

    def read_tiles(self, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, bytes | None]]:
        """Tiles in the order asked for; a partial one is cut from the full one where it alone is left.

        Errors
            BadTile         as above, with the tile that it is about.
            SourceUnusable  the place cannot be reached.
        """
        ...


class BadTileAt(BadTile):
    """A tile that is not what its name says."""

    def __init__(self, tile: Tile, reason: str) -> None:
        super().__init__(reason)
        self.tile = tile


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A log in a folder. The folder may be a link; nothing inside it may be."""

    folder: Path
    _plain: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise SourceUnusable(f"{self.folder} is not a folder")

    def read(self, path: str, bytes_max: int) -> bytes | None:
        """As the protocol says."""
        parent = path.rpartition("/")[0]
        if parent not in self._plain:
            self._refuse_links(parent)
        try:
            return read_regular(f"{self.folder}/{path}", bytes_max)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except NotRegular as error:
            raise BadTile(str(error)) from error
        except OSError as error:
            raise SourceUnusable(f"{path}: {error.strerror}") from error

    def read_tiles(self, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, bytes | None]]:
        """As the protocol says."""
        for tile in tiles:
            yield tile, read_tile(self, tile)

    def _refuse_links(self, parent: str) -> None:
        steps = parent.split("/")
        for count in range(1, len(steps) + 1):
            step = "/".join(steps[:count])
            if step and (self.folder / step).is_symlink():
                raise BadTile(f"{step} is a symbolic link")
        self._plain.add(parent)


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


def read_tile(source: Source, tile: Tile) -> bytes | None:
    """The hashes or entries of `tile`, exactly as many as its width; None if they are missing.

    Errors
        BadTileAt       the file does not hold what its name says.
        SourceUnusable  the place cannot be reached.
    Source
        C2SP tlog-tiles: a log may delete a partial tile once the full one is there, which then serves instead.
    """
    held = tile
    try:
        raw = source.read(tile.path, tile.bytes_max)
        if raw is None and held != tile.full:
            held = tile.full
            raw = source.read(held.path, held.bytes_max)
        return None if raw is None else cut_tile(raw, held, tile.width)
    except BadTile as error:
        raise BadTileAt(held, str(error)) from error


def require_tile(source: Source, tile: Tile) -> bytes:
    """The same for a log of our own, where nothing may be missing.

    Errors
        LogBroken  missing, or not what its name says.
    """
    try:
        raw = read_tile(source, tile)
    except BadTileAt as error:
        raise LogBroken(path=error.tile.path, reason=str(error)) from error
    if raw is None:
        raise LogBroken(path=tile.path, reason="missing")
    return raw


def read_nodes(folder: Path, size: int) -> ReadNode:
    """The nodes of our own published log at `size`, a size that was checkpointed: for one proof, make one.

    Errors
        LogBroken  when called, if a tile is missing or damaged.
    """
    source = FolderSource(folder)
    return node_reader(size, lambda tile: require_tile(source, tile))
