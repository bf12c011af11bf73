"""Entries that stand in a log twice, found in one pass with eight bytes of memory an entry."""

import struct
from collections.abc import Iterator, Sequence

from safehand.ledger.merkle import HASH_BYTES
from safehand.ledger.source import Source
from safehand.ledger.tiles import TILE_WIDTH, Tile

FINGERPRINT_BYTES = 8
BUCKETS = 256


class Duplicates:
    """Remembers eight bytes of every leaf hash, sorted into buckets by another; looks closer only where two agree."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(BUCKETS)]

    def add(self, leaves: Sequence[bytes]) -> None:
        """Remember these leaf hashes."""
        buckets = self._buckets
        for leaf in leaves:
            buckets[leaf[0]] += leaf[1:9]

    def find(self, source: Source, size: int) -> Iterator[tuple[int, int]]:
        """Each entry that stood in the log before, and where. The tiles are read again only if there is a suspicion.

        Eight bytes can agree by chance, or because somebody searched for long: that is no duplicate.
        """
        suspects = self._suspects()
        if not suspects:
            return
        first_at: dict[bytes, int] = {}
        tiles = (Tile(0, start // TILE_WIDTH, min(TILE_WIDTH, size - start)) for start in range(0, size, TILE_WIDTH))
        for tile, raw in source.read_tiles(tiles):
            for at in range(0, len(raw or b""), HASH_BYTES):
                leaf = (raw or b"")[at : at + HASH_BYTES]
                if leaf[:9] not in suspects:
                    continue
                index = tile.index * TILE_WIDTH + at // HASH_BYTES
                original = first_at.setdefault(leaf, index)
                if original != index:
                    yield index, original

    def _suspects(self) -> set[bytes]:
        """The first nine bytes of leaf hashes that more than one entry has."""
        suspects: set[bytes] = set()
        for number, bucket in enumerate(self._buckets):
            count = len(bucket) // FINGERPRINT_BYTES
            prints = struct.unpack(f">{count}Q", bucket)
            once: set[int] = set(prints)
            if len(once) == count:
                continue
            for one in prints:
                if one in once:
                    once.remove(one)
                else:
                    suspects.add(bytes([number]) + one.to_bytes(FINGERPRINT_BYTES))
        return suspects
