import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.errors import FieldInvalid, LinkInvalid, NumberUnreadable, WrongCheckDigit, WrongLength
from safehand.labels.model import NAME_CHARS_MAX, PIECES_MAX, Address, Label, clean
from tests.labels.samples import LINK, S10, SSCC, TRACKING, a_label, an_address


def test_a_label_knows_its_numbers_and_its_link() -> None:
    label = a_label()
    assert [number.text for number in label.numbers] == [SSCC, S10, TRACKING]
    assert label.link == LINK
    assert [number.text for number in a_label(s10=None, tracking=None).numbers] == [SSCC]


def test_a_discreet_label_holds_nothing_that_tells_who_sent_it_or_what_is_in_it() -> None:
    whole, discreet = a_label(), a_label().discreet()
    taken = {
        field.name for field in dataclasses.fields(Label) if getattr(whole, field.name) != getattr(discreet, field.name)
    }
    assert taken == {"sender", "reference", "contents", "value_cents"}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Päivi \t\r\n Åström ", "Päivi Åström"),
        ("Pa\u0308ivi", "Päivi"),
        ("ev\u202eil\u2066 \u200bname\u200d\ufeff", "evil name"),
        ("a\x00b\x1b[31m\x85c\u2028d", "a b [31m c d"),
        ("❤\ufe0f", "❤"),
        ("\ud800x\ue000", "x"),
        ("so\u00adft", "soft"),
    ],
)
def test_what_has_no_ink_does_not_get_onto_a_label(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert "\n" not in clean(text)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: an_address(name=""), "name"),
        (lambda: an_address(name="\u202e\u200b"), "name"),
        (lambda: an_address(name="x" * (NAME_CHARS_MAX + 1)), "name"),
        (lambda: an_address(name="x" * 1_000_000), "name"),
        (lambda: an_address(street="x" * 101), "street"),
        (lambda: an_address(postal_code="00^100"), "postal_code"),
        (lambda: an_address(postal_code="０"), "postal_code"),
        (lambda: an_address(country="QQ"), "country"),
        (lambda: an_address(country="FIN"), "country"),
        (lambda: a_label(carrier=""), "carrier"),
        (lambda: a_label(service="x" * 17), "service"),
        (lambda: a_label(pieces=0), "pieces"),
        (lambda: a_label(pieces=PIECES_MAX + 1), "pieces"),
        (lambda: a_label(piece=2), "piece"),
        (lambda: a_label(weight_g=0), "weight_g"),
        (lambda: a_label(value_cents=-1), "value_cents"),
        (lambda: a_label(currency="eur"), "currency"),
    ],
)
def test_a_field_that_does_not_fit_is_named(make: Callable[[], object], field: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        make()
    assert refused.value.params["field"] == field
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"sscc": SSCC[:-1] + "9"}, WrongCheckDigit),
        ({"sscc": "^XA"}, NumberUnreadable),
        ({"s10": "RB123456786US"}, WrongCheckDigit),
        ({"tracking": TRACKING[:-1]}, WrongLength),
        ({"origin": "https://x/^XA"}, LinkInvalid),
    ],
)
def test_a_label_is_not_made_with_a_wrong_number(changes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        a_label(**changes)


def test_an_address_has_the_lines_it_needs() -> None:
    assert an_address(extra="c/o Virtanen").lines == ("Mechelininkatu 34 B 12", "c/o Virtanen", "00260 Helsinki", "FI")
    assert Address(name="Somebody").lines == ()
    assert an_address(country="fi", postal_code="sw1a 1aa").lines[-2:] == ("SW1A 1AA Helsinki", "FI")
