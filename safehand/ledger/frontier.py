"""The right edge of a tree: all that is needed to let it grow, and to know its root at any moment.

A few kilobytes whatever the size of the log, so that nothing ever hashes the whole log a second time.
"""

from dataclasses import dataclass, field
from typing import Self

from safehand.ledger.merkle import EMPTY_ROOT, HASH_BYTES, complete_root, node_hash
from safehand.ledger.tiles import TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, ReadTile, Tile, last_tiles


@dataclass(slots=True)
class Frontier:
    """The hashes of the last tile of every level, as far as it is not yet full."""

    size: int = 0
    tails: list[bytearray] = field(default_factory=lambda: [bytearray()])

    @classmethod
    def load(cls, size: int, read: ReadTile) -> Self:
        """The frontier of a log of `size` entries, out of its last tiles. Whether they are right, only `root` tells."""
        frontier = cls(size, [bytearray() for _ in range(_levels(size))])
        for tile in last_tiles(size):
            if tile.level is not None:
                frontier.tails[tile.level] += read(tile)
        return frontier

    def copy(self) -> Self:
        """Another one that grows by itself."""
        return type(self)(self.size, [bytearray(tail) for tail in self.tails])

    def extend(self, hashes: bytes, level: int = 0) -> list[tuple[Tile, bytes]]:
        """Let the tree grow by these hashes, side by side; the tiles that became full by it, lower ones first.

        Shapes
            hashes  of leaves; at a higher `level` the roots of full tiles below it, where none may then be begun.
        """
        added, count = hashes, (self.size >> TILE_HEIGHT * level) + len(hashes) // HASH_BYTES
        self.size += len(hashes) // HASH_BYTES << TILE_HEIGHT * level
        filled: list[tuple[Tile, bytes]] = []
        if level == len(self.tails):
            self.tails.append(bytearray())
        while added:
            if (
                not self.tails[level] and len(added) == TILE_BYTES
            ):  # one whole tile, as a reader of a log brings it: no copy is made
                filled.append((Tile(level, count // TILE_WIDTH - 1), added))
                added = complete_root(added)
            else:
                added = self._grow_tail(level, count, added, filled)
            level, count = level + 1, count >> TILE_HEIGHT
            if added and level == len(self.tails):
                self.tails.append(bytearray())
        return filled

    def _grow_tail(self, level: int, count: int, added: bytes, filled: list[tuple[Tile, bytes]]) -> bytes:
        """Add hashes to a level; the roots of the tiles that became full are what the level above grows by."""
        tail = self.tails[level]
        tail += added
        first = count // TILE_WIDTH - len(tail) // TILE_BYTES
        roots: list[bytes] = []
        for start in range(0, len(tail) - TILE_BYTES + 1, TILE_BYTES):
            full = bytes(tail[start : start + TILE_BYTES])
            filled.append((Tile(level, first + len(roots)), full))
            roots.append(complete_root(full))
        del tail[: len(roots) * TILE_BYTES]
        return b"".join(roots)

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """The tiles that are not yet full, as they stand now."""
        return [(tile, bytes(self.tails[tile.level])) for tile in last_tiles(self.size) if tile.level is not None]

    def root(self) -> bytes:
        """The root over all leaves so far."""
        root: bytes | None = None
        for tail in self.tails:
            for piece in _pieces(bytes(tail)):
                root = piece if root is None else node_hash(piece, root)
        return EMPTY_ROOT if root is None else root


def _pieces(tail: bytes) -> list[bytes]:
    """The roots of the complete subtrees that make up a tail, from the right: small ones first."""
    roots: list[bytes] = []
    end, width = len(tail), len(tail) // HASH_BYTES
    for power in range(TILE_HEIGHT):
        if width >> power & 1:
            start = end - (HASH_BYTES << power)
            roots.append(complete_root(tail[start:end]))
            end = start
    return roots


def _levels(size: int) -> int:
    """How many levels of tiles a log of `size` entries has, at least the one of its leaves."""
    return max(1, -(-size.bit_length() // TILE_HEIGHT))
