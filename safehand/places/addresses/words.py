"""Words of an address as they are compared: without case, accents and the many ways to write one letter."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

QUERY_CHARACTERS_MAX = 200
TOKENS_MAX = 12

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ı": "i",
        "ħ": "h",
        "'": "",
        "’": "",
    }
)
_TWO_FOR_ONE = re.compile(r"([aou])e|aa|ij")
"""ä is written ae, å aa: after accents are gone, both are the bare letter, in the index and in the question alike."""
_TOKEN = re.compile(r"\d+(?:\s?[a-z](?![\w]))?(?:\s?[-/–]\s?\d+[a-z]?(?!\w))?|[^\W\d_]+")
_COUNTRY_FIRST = re.compile(r"\b[a-z]{1,2}-(?=\d{4,5}\b)")
"""The country before a postal code, as in FL-9490."""
_WHOLE = {"rd": "road", "ave": "avenu", "av": "avenu", "blvd": "boulevard", "bd": "boulevard"}
"""Words that are often cut short, folded, in full."""


def fold(text: str) -> str:
    """The text as it is compared.

    >>> fold("Zürcher Straße") == fold("ZUERCHER STRASSE")
    True
    """
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(char for char in bare if not unicodedata.combining(char))
    return _TWO_FOR_ONE.sub(_one, plain)


def _one(found: re.Match[str]) -> str:
    return "i" if found[0] == "ij" else found[0][0]


@lru_cache(maxsize=65_536)
def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, folded; `12 a` and `12 - 14` are one each.

    Shapes
        ->  at most TOKENS_MAX.
    """
    found: list[str] = []
    for token in _TOKEN.findall(_COUNTRY_FIRST.sub("", fold(text))):
        if len(found) == TOKENS_MAX:
            break
        found.append(_whole(token.replace(" ", "").replace("–", "-")))
    return tuple(found)


def _whole(token: str) -> str:
    """A word that is often cut short, in full."""
    return token + "asse" if token.endswith("str") else _WHOLE.get(token, token)


def is_number(token: str) -> bool:
    """Whether it begins as a house number or a postal code does."""
    return token[:1].isdigit()


def shortened(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters: two words one slip apart have one of these in common."""
    yield word
    yield from {word[:at] + word[at + 1 :] for at in range(len(word))}


def grams(word: str) -> set[str]:
    """Each three letters in a row, the ends marked."""
    marked = f"^{word}$"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


def slips(said: str, meant: str, most: int) -> int:
    """How many letters were left out, put in, changed or exchanged with the next one; `most` + 1 if more.

    Source
        Optimal string alignment, a restricted Damerau-Levenshtein distance.
    """
    if abs(len(said) - len(meant)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(said, 1):
        fresh = [i, *([0] * len(meant))]
        for j, other in enumerate(meant, 1):
            cost = min(row[j] + 1, fresh[j - 1] + 1, row[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and said[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            fresh[j] = cost
        if min(fresh) > most:
            return most + 1
        before, row = row, fresh
    return min(row[-1], most + 1)


def commonest(words: Iterable[str]) -> str:
    """The word said most often, the first in the alphabet among equals; empty if none is said."""
    counted = Counter(word for word in words if word)
    return min(counted, key=lambda word: (-counted[word], word)) if counted else ""
