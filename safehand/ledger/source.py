"""Where a published log is read from. Whatever it is, it is a stranger until the hashes agree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from safehand.ledger.durable import NotRegular, read_regular
from safehand.ledger.errors import LogBroken
from safehand.ledger.merkle import ReadNode
from safehand.ledger.tiles import TILE_WIDTH, BadTile, Tile, cut_tile, node_reader


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
        if raw is None and tile.width < TILE_WIDTH:
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
    except SourceUnusable as error:
        raise LogBroken(path=tile.path, reason=str(error)) from error
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
