"""Tiles: paths in one spelling, the files a size needs, bundles taken apart strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.ledger.merkle import inclusion_proof, leaf_hash, root_over
from safehand.ledger.tiles import (
    ENTRY_BYTES_MAX,
    INDEX_MAX,
    BadTile,
    BadTilePath,
    Tile,
    cut_tile,
    encode_bundle,
    last_tiles,
    node_reader,
    split_bundle,
    tiles_as_filled,
    tiles_for,
)
from tests.ledger.logs import a_key, entries_for, mth, plain_log

tiles = st.builds(
    Tile, level=st.none() | st.integers(0, 63), index=st.integers(0, INDEX_MAX), width=st.integers(1, 256)
)


@given(tiles)
def test_a_path_is_read_as_it_was_written(tile: Tile) -> None:
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(None, 999, 7), "tile/entries/999.p/7"),
        (Tile(2, 1000, 255), "tile/2/x001/000.p/255"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/07",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "tile/0/000\n",
        "/tile/0/000",
        "tile/0/../0/000",
        "tile/0/٠٠٠",
        "tile/0/" + "x001/" * 30 + "000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "checkpoint",
        "../checkpoint",
    ],
)
def test_anything_else_is_not_the_path_of_a_tile(path: str) -> None:
    with pytest.raises(BadTilePath):
        Tile.parse(path)


def test_a_log_of_70_000_is_the_example_of_the_specification() -> None:
    """273 full tiles of level 0 and one of 112; one full of level 1 and one of 17; one of level 2 of width 1."""
    needed = list(tiles_for(70_000))

    level_0 = [tile.width for tile in needed if tile.level == 0]
    assert level_0 == [256] * 273 + [112]
    assert [tile.width for tile in needed if tile.level == 1] == [256, 17]
    assert [tile.width for tile in needed if tile.level == 2] == [1]
    assert [tile.width for tile in needed if tile.level is None] == level_0


def test_a_log_of_256_has_one_full_tile_and_one_hash_above_it() -> None:
    assert [tile.path for tile in tiles_for(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 700, 65535, 65536, 65537, 70_000])
def test_the_order_of_reading_names_the_same_files_and_the_edge_its_partial_ones(size: int) -> None:
    needed = set(tiles_for(size))

    in_order = list(tiles_as_filled(size))
    assert len(in_order) == len(needed)
    assert set(in_order) == needed
    assert set(last_tiles(size)) == {tile for tile in needed if tile.width < 256 and tile.level is not None}
    for at, tile in enumerate(in_order):
        if tile.level:  # all it is made of comes before it
            below = {Tile(tile.level - 1, tile.index * 256 + offset) for offset in range(tile.width)}
            assert below <= set(in_order[:at])


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=30))
def test_a_bundle_is_taken_apart_as_it_was_put_together(entries: list[bytes]) -> None:
    assert split_bundle(encode_bundle(entries), len(entries)) == entries


@pytest.mark.parametrize(
    ("raw", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x02a", 1),
        (b"\x00\x01a", 2),
        (b"\x00\x01a\x00", 1),
        (b"\x00\x01a\x00\x01b", 1),
        (b"\x00\x01ab", 1),
        (b"x", 0),
    ],
)
def test_a_bundle_of_another_shape_is_refused(raw: bytes, width: int) -> None:
    with pytest.raises(BadTile):
        split_bundle(raw, width)


@pytest.mark.parametrize("entry", [b"", b"x" * (ENTRY_BYTES_MAX + 1)])
def test_an_entry_that_no_bundle_can_hold_is_a_broken_caller(entry: bytes) -> None:
    with pytest.raises(ValueError):
        encode_bundle([entry])


def test_a_narrower_tile_is_cut_from_a_wider_one() -> None:
    hashes, entries = bytes(range(256)) * 32, entries_for(256)

    assert cut_tile(hashes, Tile(0, 0), 3) == hashes[:96]
    assert cut_tile(encode_bundle(entries), Tile(None, 0), 3) == encode_bundle(entries[:3])
    assert cut_tile(hashes, Tile(0, 0), 256) == hashes


@pytest.mark.parametrize("tile", [Tile(0, 0), Tile(3, 9, 4), Tile(None, 0), Tile(None, 0, 2)])
def test_a_tile_that_is_larger_or_smaller_than_its_name_is_refused(tile: Tile) -> None:
    for raw in (b"x" * (tile.bytes_max + 1), b"x" * 33):
        with pytest.raises(BadTile):
            cut_tile(raw, tile, 1)


@pytest.mark.parametrize("size", [1, 255, 256, 300, 700])
def test_proofs_can_be_made_from_tiles_alone(size: int) -> None:
    entries = entries_for(size)
    files = plain_log(entries, a_key())
    asked: list[str] = []

    def read(tile: Tile) -> bytes:
        asked.append(tile.path)
        return files[tile.path]

    assert root_over(size, node_reader(size, read)) == mth([leaf_hash(entry) for entry in entries])
    for index in {0, size // 2, size - 1}:
        asked.clear()
        inclusion_proof(index, size, node_reader(size, read))
        assert len(asked) == len(set(asked)) <= 4
