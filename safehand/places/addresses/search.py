"""Search: words in any order, with slips, begun or whole, become streets, and with a number, houses.

Each word of the question becomes some words of the index with how well they fit. Their streets are gathered, rare words
first, and the best are looked at as a whole: what was asked and is there, and what is there and was not asked.
"""

import math
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import msgspec

from safehand.places.addresses.index import SLIP_LETTERS_MIN, StreetWords
from safehand.places.addresses.model import Hit, Kind
from safehand.places.addresses.numbers import HouseNumber, read_number
from safehand.places.addresses.standing import stand
from safehand.places.addresses.words import QUERY_CHARACTERS_MAX, grams, is_number, shortened, slips, tokens

HITS_MAX = 20
WORDS_MAX = 24
"""Words of the index for one word of the question."""
BEGINNINGS_MAX = 64
ALIKE_MAX = 32
POSTS_MAX = 1_500
"""Streets looked up for one word; beyond that, those with most doors."""
LOOKED_AT_MAX = 160
TWO_SLIPS_LETTERS_MIN = 7
GOOD = 0.72
"""Below this, words that are right by themselves may have been meant otherwise."""
SCORE_MIN = 0.4

_PREFIX_WORTH, _SLIP_WORTH, _AROUND_WORTH = 0.9, 1.4, 0.97


@dataclass(frozen=True, slots=True)
class Meant:
    """One word of the question, and what it may be in the index."""

    said: str
    words: dict[int, float]
    """How well each fits, to 1."""
    streets: int
    """In how many streets they stand, all together."""
    weight: float
    """How much it tells: a word that nobody has tells most, for it is what the question is about, and missing."""
    number: HouseNumber | None

    @classmethod
    def of(cls, said: str, words: dict[int, float], streets: int, total: int) -> "Meant":
        """With what follows from them, `total` being the number of all streets."""
        weight = math.log(1 + total / max(1, streets)) + 0.5
        return cls(said, words, streets, weight, read_number(said) if is_number(said) else None)


@dataclass(frozen=True, slots=True)
class Found:
    """A street with how well it fits."""

    street: int
    score: float
    row: tuple[str, str, str, str, int, int, int, int]
    number: HouseNumber | None
    slipped: bool


def search(index: sqlite3.Connection, text: str, limit: int, *, complete: bool = False) -> list[Hit]:
    """What a question may mean, the best first.

    Shapes
        text      at most QUERY_CHARACTERS_MAX; what is beyond is not read.
        limit     1 to HITS_MAX.
        complete  the last word may only be begun.
    Errors
        sqlite3.Error  the index is damaged.
    """
    said = tokens(text[:QUERY_CHARACTERS_MAX])
    if not said:
        return []
    found = _ranked(index, said, complete=complete, loose=False)
    if not found or found[0].score < GOOD:
        found = _merged(found, _ranked(index, said, complete=complete, loose=True))
    hits = [_hit(index, one) for one in found[: max(limit, HITS_MAX)] if one.score >= SCORE_MIN]
    hits.sort(key=lambda hit: -hit.score)
    return hits[:limit]


def _merged(first: list[Found], second: list[Found]) -> list[Found]:
    best: dict[int, Found] = {}
    for one in (*first, *second):
        if one.street not in best or one.score > best[one.street].score:
            best[one.street] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.street))


def _ranked(index: sqlite3.Connection, said: Sequence[str], *, complete: bool, loose: bool) -> list[Found]:
    total = index.execute("SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'streets'").fetchone()[0]
    last = len(said) - 1 if complete else -1
    meant = [_meant(index, word, total, begun=at == last, loose=loose) for at, word in enumerate(said)]
    meant = _joined(index, meant, total)
    chosen = _gathered(index, meant)
    if not chosen:
        return []
    rows = index.execute(
        "SELECT id, words, name, postal_code, city, country, locality, lat_e7, lon_e7, radius_m, doors"
        " FROM streets WHERE id IN (SELECT value FROM json_each(?))",
        (_array(chosen),),
    ).fetchall()
    found = [_judged(row[0], row[1], row[2:], meant) for row in rows]
    return sorted(found, key=lambda one: (-one.score, one.street))


def _meant(index: sqlite3.Connection, word: str, total: int, *, begun: bool, loose: bool) -> Meant:
    """The words of the index that a word of the question may be."""
    fits: dict[int, tuple[float, int]] = {}

    def take(rows: Iterable[tuple[int, str, int]], worth: float) -> None:
        for id, _, streets in rows:
            if worth > fits.get(id, (0.0, 0))[0]:
                fits[id] = worth, streets

    exact = index.execute("SELECT id, word, streets FROM words WHERE word = ?", (word,)).fetchall()
    take(exact, 1.0)
    if begun:
        for row in index.execute(
            "SELECT id, word, streets FROM words WHERE word > ? AND word < ? ORDER BY streets DESC LIMIT ?",
            (word, word + "\U0010ffff", BEGINNINGS_MAX),
        ).fetchall():
            take([row], _PREFIX_WORTH + (1 - _PREFIX_WORTH) * len(word) / len(row[1]) - 0.02)
    if not is_number(word) and len(word) >= SLIP_LETTERS_MIN and (loose or not exact):
        for row, apart in _alike(index, word):
            take([row], max(0.0, 1 - _SLIP_WORTH * apart / len(word)))
    best = sorted(fits.items(), key=lambda one: (-one[1][0], -one[1][1]))[:WORDS_MAX]
    return Meant.of(word, {id: worth for id, (worth, _) in best}, sum(streets for _, (_, streets) in best), total)


def _alike(index: sqlite3.Connection, word: str) -> list[tuple[tuple[int, str, int], int]]:
    """Words within one slip; within two for long ones."""
    most = 2 if len(word) >= TWO_SLIPS_LETTERS_MIN else 1
    rows = index.execute(
        "SELECT DISTINCT id, words.word, streets FROM slips CROSS JOIN words ON id = slips.word"
        " WHERE said IN (SELECT value FROM json_each(?))",
        (_array([*shortened(word)]),),
    ).fetchall()
    if most > 1:
        rows += index.execute(
            "SELECT id, words.word, streets FROM (SELECT word, count(*) AS alike FROM grams"
            " WHERE gram IN (SELECT value FROM json_each(?)) GROUP BY word ORDER BY alike DESC, word LIMIT ?) AS near"
            " CROSS JOIN words ON id = near.word",
            (_array(sorted(grams(word))), ALIKE_MAX),
        ).fetchall()
    found = [(row, slips(word, row[1], most)) for row in dict.fromkeys(rows)]
    return [(row, apart) for row, apart in found if 0 < apart <= most]


def _joined(index: sqlite3.Connection, meant: list[Meant], total: int) -> list[Meant]:
    """Two words that are one in the index (`haupt strasse`) count as that one."""
    for at, (one, other) in enumerate(pairwise(meant)):
        if is_number(one.said) or is_number(other.said):
            continue
        if 1.0 in one.words.values() and 1.0 in other.words.values():
            continue
        row = index.execute("SELECT id, streets FROM words WHERE word = ?", (one.said + other.said,)).fetchone()
        if row is not None:
            return [*meant[:at], Meant.of(one.said + other.said, {row[0]: 1.0}, row[1], total), *meant[at + 2 :]]
    return meant


def _gathered(index: sqlite3.Connection, meant: list[Meant]) -> list[int]:
    """The streets worth a look, by the words that they share with the question."""
    worth: dict[int, float] = {}
    common: list[Meant] = []
    for word in sorted(meant, key=lambda one: one.streets):
        if not word.words:
            continue
        best: dict[int, float] = {}
        for id, fits in word.words.items():
            rows = index.execute("SELECT street FROM posts WHERE word = ? LIMIT ?", (id, POSTS_MAX)).fetchall()
            for (street,) in rows:
                best[street] = max(best.get(street, 0.0), fits)
            if len(rows) == POSTS_MAX:
                common.append(replace(word, words={id: fits}))
        for street, fits in best.items():
            worth[street] = worth.get(street, 0.0) + word.weight * fits
    for one, other in combinations(common[:4], 2):
        if one.said == other.said:
            continue
        both = index.execute(
            "SELECT one.street FROM posts AS one CROSS JOIN posts AS other ON other.street = one.street"
            " WHERE one.word = ? AND other.word = ? LIMIT ?",
            (*one.words, *other.words, POSTS_MAX),
        ).fetchall()
        for (street,) in both:
            worth[street] = max(worth.get(street, 0.0), one.weight + other.weight)
    return sorted(worth, key=lambda street: (-worth[street], street))[:LOOKED_AT_MAX]


def _judged(
    street: int, words: str, row: tuple[str, str, str, str, int, int, int, int, int], meant: list[Meant]
) -> Found:
    """How well a street as a whole fits: what was asked and is there, and what of its name was asked."""
    known = msgspec.json.decode(words, type=StreetWords)
    best = Found(street, 0.0, row[:8], None, slipped=True)
    known_by = min(0.01, 0.001 * math.log1p(row[8]))
    nearby = [_best(word, known.around)[0] * _AROUND_WORTH for word in meant]
    for name in known.names:
        asked = got = 0.0
        number: HouseNumber | None = None
        slipped = False
        here = dict.fromkeys(name, 0.0)
        for word, by_place in zip(meant, nearby, strict=True):
            by_name, id = _best(word, name)
            fits = max(by_name, by_place)
            if not fits and number is None and word.number is not None and not row[4]:
                number = word.number
                continue
            asked += word.weight
            got += word.weight * fits
            slipped |= 0 < fits < _AROUND_WORTH
            if by_name and by_name >= by_place:
                here[id] = max(here[id], by_name)
        covered = sum(here.values()) / len(here)
        score = (got / asked if asked else 0.0) * (0.72 + 0.28 * covered) + known_by
        if score > best.score:
            best = Found(street, min(1.0, score), row[:8], number, slipped)
    return best


def _best(word: Meant, among: list[int]) -> tuple[float, int]:
    """The word of a street that a word of the question fits best, and how well; 0 if none."""
    fits, at = 0.0, 0
    for id in among:
        worth = word.words.get(id, 0.0)
        if worth > fits:
            fits, at = worth, id
    return fits, at


def _array(values: list[int] | list[str]) -> str:
    """Values as the index takes many at once."""
    return msgspec.json.encode(values).decode()


def _hit(index: sqlite3.Connection, found: Found) -> Hit:
    name, postal_code, city, country, locality, lat_e7, lon_e7, radius_m = found.row
    street = Hit(
        kind=Kind.LOCALITY if locality else Kind.STREET,
        street="" if locality and name == city else name,
        number="",
        postal_code=postal_code,
        city=city,
        country=country,
        lat_e7=lat_e7,
        lon_e7=lon_e7,
        radius_m=radius_m,
        score=found.score,
        slipped=found.slipped,
    )
    return stand(index, found.street, street, found.number) if found.number is not None else street
