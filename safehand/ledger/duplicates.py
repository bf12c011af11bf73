"""Entries that stand in a log twice, found in one pass with eight bytes of memory an entry."""

import sys
from array import array
from collections.abc import Iterator

from safehand.ledger.merkle import HASH_BYTES
from safehand.ledger.source import Source
from safehand.ledger.tiles import TILE_WIDTH, Tile

FINGERPRINT_BYTES = 8
FINGERPRINTS_AT_ONCE_MAX = 2**20
"""As many are compared in one go, which takes some 100 MB; a larger log is gone through in ranges of them."""

HALVES_MAX = 2**16
"""Up to this many, chance makes hardly any half of a fingerprint agree with another."""


def fingerprints(hashes: bytes) -> bytes:
    """The first eight bytes of each of these leaf hashes, all side by side."""
    return memoryview(hashes).cast("Q")[:: HASH_BYTES // FINGERPRINT_BYTES].tobytes()


class Duplicates:
    """Remembers eight bytes of every leaf hash, and looks closer only where two agree."""

    def __init__(self, at_once_max: int = FINGERPRINTS_AT_ONCE_MAX) -> None:
        self._prints = array("Q")
        self._at_once_max = at_once_max

    def add(self, prints: bytes) -> None:
        """Remember the fingerprints of some leaf hashes."""
        self._prints.frombytes(prints)

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
                if leaf[:FINGERPRINT_BYTES] not in suspects:
                    continue
                index = tile.index * TILE_WIDTH + at // HASH_BYTES
                original = first_at.setdefault(leaf, index)
                if original != index:
                    yield index, original

    def _suspects(self) -> set[bytes]:
        """The first eight bytes of leaf hashes that more than one entry has."""
        suspects: set[int] = set()
        ranges = -(-len(self._prints) // self._at_once_max)
        for number in range(ranges):
            low, high = (2**64 * number // ranges, 2**64 * (number + 1) // ranges)
            some = self._prints if ranges == 1 else array("Q", [one for one in self._prints if low <= one < high])
            suspects |= _repeated(_with_repeated_halves(some) if len(some) <= HALVES_MAX else some.tolist())
        return {one.to_bytes(FINGERPRINT_BYTES, sys.byteorder) for one in suspects}


def _with_repeated_halves(prints: "array[int]") -> list[int]:
    """Those of which half agrees with another's: few or none, and found with half the work."""
    halves = memoryview(prints).cast("B").cast("I")[::2].tolist()
    twice = _repeated(halves)
    return [one for one, half in zip(prints, halves, strict=True) if half in twice] if twice else []


def _repeated(numbers: list[int]) -> set[int]:
    if len(set(numbers)) == len(numbers):  # nearly always, and in one call
        return set()
    seen: set[int] = set()
    twice: set[int] = set()
    for number in numbers:
        (twice if number in seen else seen).add(number)
    return twice
