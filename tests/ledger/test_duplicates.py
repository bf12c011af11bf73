"""Entries that stand twice, found with little memory, however the fingerprints are gone through."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.ledger.duplicates import Duplicates, fingerprints
from safehand.ledger.merkle import leaf_hash
from safehand.ledger.tiles import Tile


class Tiles:
    """A log that is nothing but its leaf hashes."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.asked = 0

    def read(self, path: str, bytes_max: int) -> bytes | None:
        return None

    def read_tiles(self, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, bytes | None]]:
        for tile in tiles:
            self.asked += 1
            yield tile, b"".join(self.leaves[tile.index * 256 : tile.index * 256 + tile.width])


def found(leaves: list[bytes], at_once_max: int = 2**20) -> list[tuple[int, int]]:
    duplicates = Duplicates(at_once_max)
    for start in range(0, len(leaves), 256):
        duplicates.add(fingerprints(b"".join(leaves[start : start + 256])))
    return list(duplicates.find(Tiles(leaves), len(leaves)))


@settings(max_examples=60)
@given(st.lists(st.integers(0, 400), max_size=700), st.sampled_from([1, 7, 100, 2**20]))
def test_exactly_the_later_ones_are_found(numbers: list[int], at_once_max: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in numbers]
    expected = [(at, numbers.index(number)) for at, number in enumerate(numbers) if numbers.index(number) < at]

    assert found(leaves, at_once_max) == expected


def test_a_log_without_duplicates_is_read_no_second_time() -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(1000)]
    duplicates, tiles = Duplicates(), Tiles(leaves)
    duplicates.add(fingerprints(b"".join(leaves)))

    assert list(duplicates.find(tiles, 1000)) == []
    assert tiles.asked == 0


@pytest.mark.parametrize("at_once_max", [1, 2**20])
def test_two_hashes_that_begin_alike_are_no_duplicates(at_once_max: int) -> None:
    alike = [bytes(8) + bytes([number]) * 24 for number in range(3)]

    assert found(alike, at_once_max) == []
    assert found([*alike, alike[1]], at_once_max) == [(3, 1)]
