"""Receipts: one fact, proven offline; and no other file passes for one."""

import base64
import dataclasses
import json
import random
from pathlib import Path

import pytest

from safehand.kernel.canonical import canonical_bytes
from safehand.ledger.entry import entry_of
from safehand.ledger.merkle import leaf_hash
from safehand.ledger.proof import TlogProof
from safehand.ledger.receipt import BadReceipt, make_receipt, parse_receipt, verify_receipt
from safehand.ledger.source import read_nodes
from tests.ledger.logs import ORIGIN, a_fact, a_key, a_log, a_receipt, a_salt, published

KEY = a_key().verifier


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_log(tmp_path_factory.mktemp("receipts") / "log", 700)


@pytest.fixture(scope="module")
def receipt(log: Path) -> bytes:
    return a_receipt(log, 300)


def with_extra(receipt: bytes, extra: bytes | None) -> bytes:
    return dataclasses.replace(TlogProof.parse(receipt), extra=extra).encode()


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 699])
def test_every_entry_has_a_receipt_that_proves_its_fact(log: Path, index: int) -> None:
    verified = verify_receipt(a_receipt(log, index), KEY)

    assert (verified.fact, verified.index) == (a_fact(index), index)
    assert verified.checkpoint == published(log).checkpoint
    assert verified.leaf == leaf_hash(entry_of(a_salt(index), a_fact(index)))
    assert verified.authenticated


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257])
def test_a_receipt_of_a_log_of_any_size(tmp_path: Path, size: int) -> None:
    log = a_log(tmp_path / "log", size)

    for index in {0, size // 2, size - 1}:
        assert verify_receipt(a_receipt(log, index), KEY).fact == a_fact(index)


def test_its_extra_data_are_the_fact_and_the_salt(receipt: bytes) -> None:
    extra = TlogProof.parse(receipt).extra

    assert extra == canonical_bytes({"fact": a_fact(300).decode(), "salt": a_salt(300).hex()})


def test_without_a_key_it_still_proves_the_fact_in_some_log(receipt: bytes) -> None:
    verified = verify_receipt(receipt, None)

    assert verified.fact == a_fact(300)
    assert verified.checkpoint.origin == ORIGIN
    assert not verified.authenticated


def test_a_receipt_of_another_key_is_refused(receipt: bytes) -> None:
    with pytest.raises(BadReceipt, match="not signed by"):
        verify_receipt(receipt, a_key(seed=2).verifier)


def test_one_flipped_bit_anywhere_is_refused(receipt: bytes) -> None:
    for at in range(len(receipt) * 8):
        changed = bytearray(receipt)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(BadReceipt):
            verify_receipt(bytes(changed), KEY)


def test_a_byte_more_or_less_anywhere_is_refused(receipt: bytes) -> None:
    chance = random.Random(5)
    for at in range(len(receipt) + 1):
        longer = receipt[:at] + bytes([chance.randrange(256)]) + receipt[at:]
        shorter = receipt[:at] + receipt[at + 1 :]
        for changed in {longer, shorter} - {receipt}:
            with pytest.raises(BadReceipt):
                verify_receipt(changed, KEY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fact", a_fact(301).decode()),
        ("fact", a_fact(300).decode().replace("1790000000000", "1790000000001")),
        ("fact", ""),
        ("fact", "not json"),
        ("fact", '{"b":1,"a":1}'),
        ("fact", "[]"),
        ("fact", 7),
        ("salt", a_salt(301).hex()),
        ("salt", a_salt(300).hex().upper()),
        ("salt", a_salt(300).hex()[:-2]),
        ("salt", ""),
        ("salt", None),
        ("more", "more"),
    ],
)
def test_another_fact_time_or_salt_is_refused(receipt: bytes, field: str, value: str | int | None) -> None:
    said = json.loads(TlogProof.parse(receipt).extra or b"")

    with pytest.raises(BadReceipt):
        verify_receipt(with_extra(receipt, canonical_bytes(said | {field: value})), None)


@pytest.mark.parametrize("extra", [None, b"{}", b"x", b'{"fact":"{}"}', b'{"fact": "{}", "salt": ""}', b"[]", b"\xff"])
def test_extra_data_that_are_something_else_are_refused(receipt: bytes, extra: bytes | None) -> None:
    with pytest.raises(BadReceipt):
        parse_receipt(with_extra(receipt, extra))


def test_the_proof_of_another_entry_is_refused(log: Path, receipt: bytes) -> None:
    ours, theirs = TlogProof.parse(receipt), TlogProof.parse(a_receipt(log, 301))

    for swapped in (
        dataclasses.replace(ours, index=theirs.index),
        dataclasses.replace(ours, hashes=theirs.hashes),
        dataclasses.replace(ours, extra=theirs.extra),
        dataclasses.replace(ours, hashes=ours.hashes[:-1]),
        dataclasses.replace(ours, hashes=(*ours.hashes, ours.hashes[-1])),
    ):
        with pytest.raises(BadReceipt):
            verify_receipt(swapped.encode(), KEY)


def test_the_checkpoint_of_another_size_or_log_is_refused(tmp_path: Path, receipt: bytes) -> None:
    longer = published(a_log(tmp_path / "longer", 701))
    other = published(a_log(tmp_path / "other", 700, seed=9))

    for signed in (longer, other):
        with pytest.raises(BadReceipt):
            verify_receipt(dataclasses.replace(TlogProof.parse(receipt), note=signed.note).encode(), KEY)


def test_a_receipt_is_only_made_of_the_fact_that_is_there(log: Path) -> None:
    signed = published(log)
    with pytest.raises(ValueError, match="not entry 5"):
        make_receipt(a_fact(6), a_salt(6), 5, signed, read_nodes(log, signed.size))
    with pytest.raises(ValueError):
        make_receipt(a_fact(700), a_salt(700), 700, signed, read_nodes(log, signed.size))


def test_signatures_of_witnesses_do_not_disturb_it(receipt: bytes) -> None:
    proof = TlogProof.parse(receipt)
    witness = a_key("witness.example").sign(proof.note.decode().partition("\n\n")[0] + "\n").signatures[0]

    witnessed = dataclasses.replace(proof, note=proof.note + f"{witness}\n".encode()).encode()

    assert verify_receipt(witnessed, KEY).fact == a_fact(300)


def test_the_text_of_a_receipt_is_plain_ascii_but_for_the_signature_mark(receipt: bytes) -> None:
    head, _, note = receipt.partition(b"\n\n")

    assert head.isascii()
    assert base64.b64decode(head.split(b"\n")[1].removeprefix(b"extra ")).isascii()
    assert note.decode().count("—") == 1
