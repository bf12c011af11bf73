"""A batch is read item by item; whatever bytes come, they are an answer, never a crash."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.custody.ports import Arrival
from safehand.custody.statements import SetAside
from safehand.events.statement import STATEMENT_PREFIX, private_body_hash, statement_bytes
from safehand.events.vocabulary import State
from safehand.intake.batch import (
    BATCH_BYTES_MAX,
    ITEMS_MAX,
    Claim,
    Item,
    Sender,
    arrival_of,
    claim_of,
    decode_base64url,
    read_batch,
)
from safehand.intake.errors import BatchTooLarge, BatchUnreadable, TooManyItems
from tests.asvs import asvs
from tests.rooms import b64url
from tests.world import ANA, DEPOT, Phones, device_of, scanned

SENDER = Sender(device_of(ANA), ANA)
SIGNATURE = b64url(b"\x01" * 64)


def item(raw: bytes, **more: Any) -> Item:
    return Item(**({"statement": raw.decode("latin-1"), "signature": SIGNATURE} | more))


def taken(one: Item) -> Arrival | SetAside:
    found = claim_of(one, SENDER)
    return arrival_of(found, SENDER) if isinstance(found, Claim) else found


@asvs("1.5.2")
@given(st.binary(max_size=400))
def test_noise_is_refused_in_words(noise: bytes) -> None:
    with pytest.raises((BatchUnreadable, BatchTooLarge)):
        read_batch(noise)


@asvs("2.2.1", "2.3.2")
def test_a_batch_beyond_its_limits_is_refused() -> None:
    one = {"statement": "x", "signature": "y"}
    with pytest.raises(TooManyItems):
        read_batch(json.dumps({"statements": [one] * (ITEMS_MAX + 1)}).encode())
    with pytest.raises(BatchTooLarge):
        read_batch(b" " * (BATCH_BYTES_MAX + 1))
    with pytest.raises(BatchUnreadable):
        read_batch(b"[" * 100_000)


@given(st.text(max_size=200), st.text(max_size=100), st.none() | st.text(max_size=60), st.none() | st.text(max_size=60))
def test_an_item_of_noise_is_set_aside(statement: str, signature: str, salt: str | None, body: str | None) -> None:
    found = taken(Item(statement=statement, signature=signature, salt=salt, body=body))
    assert isinstance(found, SetAside)
    assert found.why.startswith("intake.")


def test_a_statement_of_this_device_arrives_whole() -> None:
    said = scanned(Phones(), ANA, State.HELD)
    found = taken(item(statement_bytes(said)))
    assert isinstance(found, Arrival)
    assert (found.said, found.party, found.body) == (said, ANA, None)


@asvs("2.2.1", "15.3.5")
@pytest.mark.parametrize(
    ("one", "why"),
    [
        (item(statement_bytes(scanned(Phones(), DEPOT, State.HELD))), "intake.other_device"),
        (item(statement_bytes(scanned(Phones(), ANA, State.HELD)), signature="AAAA"), "intake.bad_signature"),
        (item(statement_bytes(scanned(Phones(), ANA, State.HELD)), signature=SIGNATURE + "="), "intake.bad_signature"),
        (item(STATEMENT_PREFIX + b"{}"), "intake.not_a_statement"),
        (item(STATEMENT_PREFIX + b'{"a":"\xe4"}'), "intake.not_ascii"),
        (item(STATEMENT_PREFIX + b" " * 5000), "intake.too_long"),
        (item(statement_bytes(scanned(Phones(), ANA, State.HELD)), body=b64url(b"{}")), "intake.body_differs"),
    ],
)
def test_what_is_no_statement_of_this_device_says_why(one: Item, why: str) -> None:
    found = taken(one)
    assert isinstance(found, SetAside)
    assert found.why == why


@asvs("2.2.3")
def test_a_private_body_must_be_the_one_that_was_named() -> None:
    salt, body = b"\x09" * 32, b'{"pin":"1"}'
    raw = statement_bytes(scanned(Phones(), ANA, State.HELD, body_hash=private_body_hash(salt, body)))
    right = taken(item(raw, salt=b64url(salt), body=b64url(body)))
    other = taken(item(raw, salt=b64url(salt), body=b64url(b'{"pin":"2"}')))
    unsalted = taken(item(raw, body=b64url(body)))
    assert isinstance(right, Arrival)
    assert right.body == body
    assert isinstance(other, SetAside)
    assert isinstance(unsalted, SetAside)


@asvs("1.1.1")
@given(st.binary(max_size=80))
def test_base64url_has_one_spelling(raw: bytes) -> None:
    text = b64url(raw)
    assert decode_base64url(text, 80) == raw
    for other in (text + "=", text + "A", "-" + text + "\n", text.replace("-", "+") + "+"):
        assert decode_base64url(other, 80) != raw
