"""Tiles: the tree and the entries cut into files that never change once they are full.

Source
    C2SP tlog-tiles: `tile/L/N[.p/W]` and `tile/entries/N[.p/W]`.
"""

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from safehand.ledger.merkle import HASH_BYTES, ReadNode, complete_root

TILE_WIDTH = 256
TILE_HEIGHT = 8
LEVEL_MAX = 63
INDEX_MAX = 2**55
"""No tile of a log below 2**63 entries has a larger index."""

ENTRY_BYTES_MAX = 1024
"""The format allows 65 535; a reader of ours stops where no entry of ours can reach."""

TILE_BYTES = TILE_WIDTH * HASH_BYTES

CHECKPOINT_PATH = "checkpoint"
VKEY_PATH = "vkey"

type ReadTile = Callable[["Tile"], bytes]
"""Hands over the hashes of a tile, as many as its width says."""

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class BadTile(ValueError):
    """The bytes are not the tile or the bundle of that width."""


class BadTilePath(ValueError):
    """The text is not the path of a tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One file: `level` None holds entries, level 0 their hashes, level n + 1 the roots of full tiles of level n."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path in its one spelling.

        Errors
            BadTilePath  another spelling, or numbers out of range.
        """
        found = _PATH.fullmatch(path)
        if found is None or len(path) > 100:
            raise BadTilePath(f"{path[:80]!a} is not the path of a tile")
        level = None if found["level"] == "entries" else int(found["level"])
        tile = cls(level, int(found["index"].replace("x", "").replace("/", "")), int(found["width"] or TILE_WIDTH))
        if tile.path != path or tile.index > INDEX_MAX:
            raise BadTilePath(f"{path!a} is not the one spelling of a tile's path")
        return tile

    @property
    def path(self) -> str:
        """Where it stands, relative to the log."""
        level = "entries" if self.level is None else self.level
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{index_path(self.index)}{partial}"

    @property
    def full(self) -> Self:
        """The same tile once it is full."""
        return type(self)(self.level, self.index)

    @property
    def bytes_max(self) -> int:
        """How large the file can be."""
        return self.width * (HASH_BYTES if self.level is not None else 2 + ENTRY_BYTES_MAX)


def index_path(index: int) -> str:
    """`1234067` as `x001/x234/067`."""
    steps = [f"{index % 1000:03d}"]
    while index := index // 1000:
        steps.append(f"x{index % 1000:03d}")
    return "/".join(reversed(steps))


def tiles_for(size: int) -> Iterator[Tile]:
    """Every file that a checkpoint of `size` needs, each bundle before its tile, lower levels first."""
    for index, width in _row(size):
        yield Tile(None, index, width)
        yield Tile(0, index, width)
    level, count = 1, size >> TILE_HEIGHT
    while count:
        for index, width in _row(count):
            yield Tile(level, index, width)
        level, count = level + 1, count >> TILE_HEIGHT


def tiles_as_filled(size: int) -> Iterator[Tile]:
    """The same files in the order in which a reader who goes through the entries once can check them.

    An upper tile comes as soon as the last tile below it is through; the partial ones come at the end.
    """
    for index, width in _row(size):
        yield Tile(None, index, width)
        yield Tile(0, index, width)
        level, count = 1, index + 1
        while width == TILE_WIDTH and count % TILE_WIDTH == 0:
            yield Tile(level, count // TILE_WIDTH - 1)
            level, count = level + 1, count // TILE_WIDTH
    for tile in last_tiles(size):
        if tile.level:
            yield tile


def last_tiles(size: int) -> list[Tile]:
    """The partial tile of every level at `size`; a level whose last tile is full has none."""
    found: list[Tile] = []
    level, count = 0, size
    while count:
        if width := count % TILE_WIDTH:
            found.append(Tile(level, count // TILE_WIDTH, width))
        level, count = level + 1, count >> TILE_HEIGHT
    return found


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries side by side, each after its length in two bytes, big end first.

    Errors
        ValueError  an entry is empty or beyond ENTRY_BYTES_MAX: the caller is broken.
    """
    parts: list[bytes] = []
    for entry in entries:
        if not 0 < len(entry) <= ENTRY_BYTES_MAX:
            raise ValueError(f"an entry of {len(entry)} bytes")
        parts += (struct.pack(">H", len(entry)), entry)
    return b"".join(parts)


def split_bundle(raw: bytes, width: int) -> list[bytes]:
    """Take a bundle of exactly `width` entries apart.

    Errors
        BadTile  fewer or more entries, an entry cut short, or bytes behind the last one.
    """
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        if start > len(raw):
            raise BadTile(f"it ends after {len(entries)} entries, not {width}")
        at = start + (raw[start - 2] << 8 | raw[start - 1])
        entries.append(raw[start:at])
    if at != len(raw):
        raise BadTile(f"its {width} entries end at byte {at}, the file has {len(raw)}")
    return entries


def cut_tile(raw: bytes, held: Tile, width: int) -> bytes:
    """The first `width` hashes of a tile, or entries of a bundle, that was read as `held`.

    Errors
        BadTile  it does not hold exactly what its name says. Of a bundle that is not cut only the size is looked at.
    """
    if len(raw) > held.bytes_max:
        raise BadTile(f"more than {held.bytes_max} bytes")
    if held.level is None:
        return raw if width == held.width else encode_bundle(split_bundle(raw, held.width)[:width])
    if len(raw) != held.width * HASH_BYTES:
        raise BadTile(f"{len(raw)} bytes, not {held.width} hashes")
    return raw[: width * HASH_BYTES]


def node_reader(size: int, read: ReadTile) -> ReadNode:
    """The complete subtrees of a log of `size` entries, out of its tiles.

    It keeps every tile it has read, a few for a proof: make a new one for each.
    """
    held: dict[Tile, bytes] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << height, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> TILE_HEIGHT * tile_level) - tile_index * TILE_WIDTH)
        tile = Tile(tile_level, tile_index, width)
        if tile not in held:
            held[tile] = read(tile)
        start = offset * HASH_BYTES
        return complete_root(held[tile][start : start + (HASH_BYTES << height)])

    return node


def _row(count: int) -> Iterator[tuple[int, int]]:
    full, rest = divmod(count, TILE_WIDTH)
    for index in range(full):
        yield index, TILE_WIDTH
    if rest:
        yield full, rest
