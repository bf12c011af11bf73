"""The address index: one file, written once, read by anybody. docs/adr has why it is no table of the database.

A street is found by its words; a word by itself, by its beginning, or by what it has in common with a misspelt one.
Houses lie with their street, by number. Streets are numbered so that those with most doors come first.
"""

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from safehand.places.addresses.streets import Street
from safehand.places.addresses.words import grams, is_number, shortened, tokens

FORMAT = 1
"""Of the file. A reader of another number leaves it alone: the map is built anew."""
SLIP_LETTERS_MIN = 4
"""Words shorter than this must be right."""
CACHE_KIB = 8_192

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE streets (id INTEGER PRIMARY KEY, name TEXT NOT NULL, postal_code TEXT NOT NULL, city TEXT NOT NULL,
  country TEXT NOT NULL, locality INTEGER NOT NULL, lat_e7 INTEGER NOT NULL, lon_e7 INTEGER NOT NULL,
  radius_m INTEGER NOT NULL, doors INTEGER NOT NULL, words TEXT NOT NULL);
CREATE TABLE houses (street INTEGER NOT NULL, number INTEGER NOT NULL, part TEXT NOT NULL, until INTEGER NOT NULL,
  lat_e7 INTEGER NOT NULL, lon_e7 INTEGER NOT NULL, PRIMARY KEY (street, number, part, until)) WITHOUT ROWID;
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, streets INTEGER NOT NULL);
CREATE TABLE posts (word INTEGER NOT NULL, street INTEGER NOT NULL, PRIMARY KEY (word, street)) WITHOUT ROWID;
CREATE TABLE slips (said TEXT NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (said, word)) WITHOUT ROWID;
CREATE TABLE grams (gram TEXT NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (gram, word)) WITHOUT ROWID;
CREATE TABLE waters (x INTEGER NOT NULL, y INTEGER NOT NULL, sea INTEGER NOT NULL, shape BLOB NOT NULL);
CREATE INDEX waters_at ON waters (x, y);
"""


class StreetWords(msgspec.Struct, array_like=True, frozen=True):
    """The words by which a street is known, by their ids."""

    names: list[list[int]]
    """Its name and its other names."""
    around: list[int]
    """Its town and postal code."""


def write_index(path: Path, streets: list[Street], box_e7: tuple[int, int, int, int]) -> None:
    """Write a new index. Not durable yet: whoever puts it in its place sees to that.

    Errors
        OSError, sqlite3.Error  the disk is full, or the file is there.
    """
    path.touch(exist_ok=False)
    made = sqlite3.connect(path, isolation_level=None)
    try:
        made.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192; {_SCHEMA}")
        made.execute("BEGIN")
        vocabulary = _write_streets(made, streets)
        _write_words(made, vocabulary)
        south, west, north, east = box_e7
        facts = {"format": FORMAT, "south_e7": south, "west_e7": west, "north_e7": north, "east_e7": east}
        facts |= {"streets": len(streets), "doors": sum(len(street.houses) for street in streets)}
        made.executemany("INSERT INTO facts VALUES (?, ?)", [(name, str(value)) for name, value in facts.items()])
        made.execute("COMMIT")
        made.execute("ANALYZE")
    finally:
        made.close()


def write_waters(path: Path, waters: Iterable[tuple[int, int, bool, bytes]]) -> int:
    """Add where water is, by tile of the basemap: x, y, whether it is the sea, and its shape (WKB). How many pieces."""
    made = sqlite3.connect(path, isolation_level=None)
    try:
        made.execute("PRAGMA journal_mode = OFF")
        made.execute("BEGIN")
        count = made.executemany("INSERT INTO waters VALUES (?, ?, ?, ?)", waters).rowcount
        made.execute("COMMIT")
    finally:
        made.close()
    return max(0, count)


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """The index, for one question. It is never written again, so nothing is locked.

    Errors
        sqlite3.Error  it is not there, or damaged.
    """
    opened = sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    try:
        opened.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        opened.execute("PRAGMA mmap_size = 1073741824")
        yield opened
    finally:
        opened.close()


def _quoted(path: Path) -> str:
    return path.as_uri().removeprefix("file://")


def _write_streets(made: sqlite3.Connection, streets: list[Street]) -> dict[str, array[int]]:
    """Streets and houses; the streets of each word."""
    ids: dict[str, int] = {}
    vocabulary: dict[str, array[int]] = {}
    for id, street in enumerate(streets, 1):
        names = [list(words) for words in _names(street)]
        around = [*tokens(street.city), *tokens(street.postal_code)]
        for word in dict.fromkeys([*around, *(word for name in names for word in name)]):
            ids.setdefault(word, len(ids) + 1)
            vocabulary.setdefault(word, array("I")).append(id)
        known = StreetWords([[ids[word] for word in name] for name in names], [ids[word] for word in around])
        made.execute(
            "INSERT INTO streets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (id, street.name, street.postal_code, street.city, street.country, int(street.locality), street.lat_e7,
             street.lon_e7, street.radius_m, len(street.houses), msgspec.json.encode(known).decode()),
        )  # fmt: skip
        made.executemany(
            "INSERT INTO houses VALUES (?, ?, ?, ?, ?, ?)",
            [(id, h.number.number, h.number.part, h.number.until, h.lat_e7, h.lon_e7) for h in street.houses],
        )
    return vocabulary


def _names(street: Street) -> list[tuple[str, ...]]:
    """The words of each of its names; a name of several words also as one, for who writes them together."""
    found: dict[tuple[str, ...], None] = {}
    for name in (street.name, *sorted(street.aliases)):
        words = tokens(name)
        if words:
            found[words] = None
        if 1 < len(words) <= 3:
            found["".join(words),] = None
    return list(found)


def _write_words(made: sqlite3.Connection, vocabulary: dict[str, array[int]]) -> None:
    # `vocabulary` is in the order in which the words got their ids
    for id, (word, streets) in enumerate(vocabulary.items(), 1):
        made.execute("INSERT INTO words VALUES (?, ?, ?)", (id, word, len(streets)))
        made.executemany("INSERT INTO posts VALUES (?, ?)", ((id, street) for street in streets))
        if len(word) >= SLIP_LETTERS_MIN and not is_number(word):
            made.executemany("INSERT OR IGNORE INTO slips VALUES (?, ?)", ((said, id) for said in shortened(word)))
            made.executemany("INSERT INTO grams VALUES (?, ?)", ((gram, id) for gram in grams(word)))
