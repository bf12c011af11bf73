"""The right edge: it grows as the definition says, however the growth is cut into pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.ledger.frontier import Frontier
from safehand.ledger.merkle import EMPTY_ROOT, leaf_hash
from safehand.ledger.tiles import Tile
from tests.ledger.logs import mth, plain_tiles

LEAVES = [leaf_hash(b"leaf %d" % index) for index in range(1400)]


def test_nothing_has_the_root_of_the_empty_tree() -> None:
    assert Frontier().root() == EMPTY_ROOT
    assert Frontier().partial_tiles() == []


@settings(max_examples=40)
@given(st.lists(st.integers(0, 600), max_size=6))
def test_it_grows_into_the_tiles_and_the_root_of_the_definition(steps: list[int]) -> None:
    frontier, size = Frontier(), 0
    filled: dict[str, bytes] = {}
    for step in steps:
        end = min(size + step, len(LEAVES))
        filled |= {tile.path: raw for tile, raw in frontier.extend(b"".join(LEAVES[size:end]))}
        size = end
        assert frontier.size == size
        assert frontier.root() == mth(LEAVES[:size])
        now = filled | {tile.path: raw for tile, raw in frontier.partial_tiles()}
        assert now == plain_tiles(LEAVES[:size])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1023, 1024, 1400])
def test_it_is_the_same_when_loaded_from_its_last_tiles(size: int) -> None:
    files = plain_tiles(LEAVES[:size])
    asked: list[Tile] = []

    def read(tile: Tile) -> bytes:
        asked.append(tile)
        return files[tile.path]

    assert Frontier.load(size, read).root() == mth(LEAVES[:size])
    assert len(asked) <= 2


def test_a_large_log_is_a_small_frontier() -> None:
    """One byte of a level's tail for each hash: at most 255 of them on each level."""
    frontier = Frontier()
    row = bytes(32) * 65_536
    for _ in range(2):
        frontier.extend(row)
    frontier.extend(bytes(32) * 255)

    assert frontier.size == 2 * 65_536 + 255
    assert sum(map(len, frontier.tails)) <= 3 * 255 * 32


def test_a_copy_grows_by_itself() -> None:
    frontier = Frontier()
    frontier.extend(b"".join(LEAVES[:300]))
    copy = frontier.copy()

    copy.extend(b"".join(LEAVES[300:600]))

    assert frontier.root() == mth(LEAVES[:300])
    assert copy.root() == mth(LEAVES[:600])
