"""One word however it is written, and how far two are apart."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.places.addresses.words import TOKENS_MAX, fold, grams, shortened, slips, tokens

WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Städtle", "Staedtle"),
        ("STRASSE", "Straße"),
        ("Hämeentie", "Hameentie"),
        ("Ålgatan", "Aalgatan"),
        ("Rue de l'Église", "rue de leglise"),
        ("Łódź", "Lodz"),
        ("Im Bretscha", "im  BRETSCHA"),
        ("Landstr. 5", "Landstrasse 5"),
        ("FL-9490 Vaduz", "9490 Vaduz"),
        ("Unioninkatu 12 A", "unioninkatu 12a"),
        ("Weg 12 – 14", "weg 12-14"),
    ],
)
def test_what_is_one_address_is_one_text_however_it_is_written(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


def test_different_streets_stay_different() -> None:
    assert len({fold(name) for name in ("Hauptstrasse", "Hauptgasse", "Haldenstrasse", "Am Haupt")}) == 4


@given(st.text(max_size=400))
def test_any_text_has_a_bounded_number_of_words(text: str) -> None:
    assert len(tokens(text)) <= TOKENS_MAX


@given(WORDS, WORDS)
def test_the_distance_goes_both_ways_and_is_nothing_only_for_one_word(one: str, other: str) -> None:
    assert slips(one, other, 3) == slips(other, one, 3)
    assert (slips(one, other, 3) == 0) is (one == other)


@given(
    WORDS, st.integers(0, 8), st.sampled_from(string.ascii_lowercase), st.sampled_from(["in", "out", "other", "turn"])
)
def test_one_slip_is_told_and_the_two_words_have_a_shortened_one_in_common(
    word: str, at: int, letter: str, kind: str
) -> None:
    at %= len(word)
    said = {
        "in": word[:at] + letter + word[at:],
        "out": word[:at] + word[at + 1 :],
        "other": word[:at] + letter + word[at + 1 :],
        "turn": word[: max(0, at - 1)] + word[max(0, at - 1) : at + 1][::-1] + word[at + 1 :],
    }[kind]

    assert slips(said, word, 2) <= 1
    assert set(shortened(said)) & set(shortened(word))


def test_the_ends_of_a_word_are_marked() -> None:
    assert grams("weg") == {"^we", "weg", "eg$"}
