"""Every event and every statement there is survives its bytes, with all of its fields and with only those it needs."""

import dataclasses
import types
import typing
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.events.event import Event, UnknownEvent, decode, encode, family
from safehand.events.statement import (
    KINDS,
    STATEMENT_BYTES_MAX,
    STATEMENT_PREFIX,
    BadStatement,
    Reported,
    Statement,
    handover_id,
    parse_statement,
    private_body_hash,
    statement_bytes,
)
from safehand.events.vocabulary import REPORTABLE
from safehand.kernel.canonical import INT_MAX
from safehand.kernel.ids import AGGREGATE, DEVICE, PARCEL, PARTY, PLACE
from tests.asvs import asvs
from tests.world import ANA, BOX, DEPOT, EVE, Phones, _id, handed_over, scanned

IDS = {"device": DEVICE, "parcel": PARCEL, "giver": PARTY, "taker": PARTY, "party": PARTY, "place": PLACE}
IDS |= {"into": AGGREGATE, "out_of": AGGREGATE}
BOUNDS = {"weight_g": 2_000_000, "length_mm": 10_000, "width_mm": 10_000, "height_mm": 10_000, "count": 500}
OF_AGGREGATES = frozenset({"close", "open", "empty"})
HASHES = {"after", "body_hash", "handover", "cause", "counter_cause"}
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


def values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Anything that a field of this name and type may hold."""
    choices = [choice for choice in typing.get_args(hint) if choice is not type(None)]
    if typing.get_origin(hint) is tuple:
        return st.lists(values(name, choices[0]), unique=True, max_size=3).map(tuple)
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        return st.none() | values(name, choices[0])
    plain = hint
    while hasattr(plain, "__supertype__"):
        plain = plain.__supertype__
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return st.sampled_from(list(plain))
    if name in HASHES:
        return st.binary(min_size=32, max_size=32).map(bytes.hex)
    if name in IDS:
        return TEXT.map(lambda text: _id(IDS[name], f"{name} {text}"))
    if name in BOUNDS:
        return st.integers(1, BOUNDS[name])
    if plain is bool:
        return st.booleans()
    return st.integers(1, INT_MAX) if plain is int else TEXT


def some(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any instance of an event or statement."""
    hints = typing.get_type_hints(kind)
    fields = {field.name: values(field.name, hints[field.name]) for field in dataclasses.fields(kind)}
    if getattr(kind, "kind", None) in OF_AGGREGATES:
        fields["parcel"] = TEXT.map(lambda text: _id(AGGREGATE, text))
    if kind is Reported:
        fields["problem"] = st.none() | st.sampled_from(sorted(REPORTABLE))
    return st.builds(kind, **fields)


@pytest.mark.parametrize("name", sorted(family()))
@given(data=st.data())
def test_every_event_survives_its_bytes(name: str, data: st.DataObject) -> None:
    event: Event = data.draw(some(family()[name]))
    assert decode(encode(event)) == event


@pytest.mark.parametrize("name", sorted(KINDS))
@given(data=st.data())
def test_every_statement_survives_its_bytes(name: str, data: st.DataObject) -> None:
    said: Statement = data.draw(some(KINDS[name]))
    raw = statement_bytes(said)
    assert len(raw) <= STATEMENT_BYTES_MAX
    assert parse_statement(raw) == said


@asvs("1.5.2")
@given(st.binary(max_size=300))
def test_noise_is_never_a_statement(noise: bytes) -> None:
    with pytest.raises(BadStatement):
        parse_statement(STATEMENT_PREFIX + noise)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sequence": 0}, "sequence"),
        ({"at_ms": -1}, "at_ms"),
        ({"parcel": "pcl_short"}, "not an id"),
        ({"after": "00"}, "after"),
        ({"after": "G" * 64}, "after"),
        ({"taker": DEPOT}, "the same"),
        ({"taker": "somebody"}, "taker"),
        ({"seal": ""}, "seal"),
        ({"seal": "S" * 41}, "seal"),
        ({"place": "here"}, "place"),
        ({"body_hash": "ff"}, "body_hash"),
    ],
)
def test_a_value_out_of_its_range_is_told(change: dict[str, Any], why: str) -> None:
    said = dataclasses.replace(handed_over(Phones(), DEPOT, ANA, "giver", "0" * 64), **change)  # type: ignore[arg-type]
    with pytest.raises(BadStatement, match=why):
        parse_statement(statement_bytes(said))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"safehand/statement/v2\n{}",
        STATEMENT_PREFIX,
        STATEMENT_PREFIX + b"[]",
        STATEMENT_PREFIX + b"{}",
        STATEMENT_PREFIX + b'{"kind":"scan"}',
        STATEMENT_PREFIX + b'{"kind":"elsewhere"}',
        STATEMENT_PREFIX + b"{" + b'"a":{' * 50 + b"}" * 51,
        b"x" * (STATEMENT_BYTES_MAX + 1),
    ],
)
def test_what_is_no_statement_is_refused(raw: bytes) -> None:
    with pytest.raises(BadStatement):
        parse_statement(raw)


@asvs("1.1.1", "1.5.2", "15.3.5")
def test_bytes_that_are_not_canonical_are_refused() -> None:
    raw = statement_bytes(scanned(Phones(), ANA, "sorted"))  # type: ignore[arg-type]
    for spoiled in (raw.replace(b":", b": ", 1), raw + b"\n", raw.replace(b'"sequence":1', b'"sequence":1.0')):
        assert spoiled != raw
        with pytest.raises(BadStatement):
            parse_statement(spoiled)


def test_an_unknown_event_is_told_apart_from_noise() -> None:
    with pytest.raises(UnknownEvent):
        decode(b'{"name":"parcel.vanished.v1"}')
    with pytest.raises(UnknownEvent):
        decode(b'{"at_ms":"noon","name":"parcel.cancelled.v1"}')


def test_both_sides_derive_one_handover_id_and_any_difference_another() -> None:
    same = handover_id("0" * 64, DEPOT, BOX, ANA)
    assert same == handover_id("0" * 64, DEPOT, BOX, ANA)
    others = {
        handover_id("1" * 64, DEPOT, BOX, ANA),
        handover_id("0" * 64, ANA, BOX, DEPOT),
        handover_id("0" * 64, DEPOT, BOX, EVE),
    }
    assert same not in others
    assert len(others) == 3


def test_a_body_hash_needs_its_whole_salt() -> None:
    with pytest.raises(ValueError, match="salt"):
        private_body_hash(b"short", b"body")
