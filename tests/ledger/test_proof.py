"""Proof files: read and written in the one spelling of C2SP tlog-proof."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.ledger.checkpoint import sign_checkpoint
from safehand.ledger.merkle import BadProof
from safehand.ledger.proof import EXTRA_BYTES_MAX, PROOF_BYTES_MAX, TlogProof
from tests.ledger.logs import a_key

NOTE = sign_checkpoint(9, bytes(32), a_key()).note
HASH = base64.b64encode(bytes(range(32))).decode()

proofs = st.builds(
    TlogProof,
    index=st.integers(0, 2**63 - 1),
    hashes=st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    note=st.just(NOTE),
    extra=st.none() | st.binary(min_size=1, max_size=200),
)


@given(proofs)
def test_a_proof_is_read_as_it_was_written(proof: TlogProof) -> None:
    assert TlogProof.parse(proof.encode()) == proof


def test_a_proof_looks_as_in_the_specification() -> None:
    proof = TlogProof(73894, (bytes(range(32)), bytes(32)), NOTE, b"age-v1.2.1")

    assert proof.encode().decode().split("\n")[:6] == [
        "c2sp.org/tlog-proof@v1",
        "extra YWdlLXYxLjIuMQ==",
        "index 73894",
        HASH,
        base64.b64encode(bytes(32)).decode(),
        "",
    ]
    assert proof.encode().endswith(NOTE)
    assert proof.checkpoint().size == 9


HEAD = "c2sp.org/tlog-proof@v1"


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [HEAD],
        [HEAD + " ", "index 1"],
        ["c2sp.org/tlog-proof@v2", "index 1"],
        ["", HEAD, "index 1"],
        [HEAD, "index"],
        [HEAD, "index 01"],
        [HEAD, "index -1"],
        [HEAD, "index 1 "],
        [HEAD, "index 9223372036854775808"],
        [HEAD, "Index 1"],
        [HEAD, "index 1", "extra AAAA"],
        [HEAD, "extra AAAA", "extra AAAA", "index 1"],
        [HEAD, "extra", "index 1"],
        [HEAD, "extra AAA", "index 1"],
        [HEAD, "extra AAB=", "index 1"],
        [HEAD, "extra  AAAA", "index 1"],
        [HEAD, "index 1", HASH[:-1]],
        [HEAD, "index 1", HASH + " "],
        [HEAD, "index 1", HASH[:-2] + "9="],
        [HEAD, "index 1", "AAAA"],
        [HEAD, "index 1", *[HASH] * 64],
        [HEAD, "index 1", "é" * 44],
        [HEAD + "\r", "index 1"],
    ],
)
def test_anything_else_is_not_a_proof(lines: list[str]) -> None:
    with pytest.raises(BadProof):
        TlogProof.parse("\n".join([*lines, "", ""]).encode() + NOTE)


@pytest.mark.parametrize("raw", [b"", b"\n\n", f"{HEAD}\nindex 1\n\n".encode(), f"{HEAD}\nindex 1\n".encode() + NOTE])
def test_a_proof_without_a_checkpoint_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError):
        TlogProof.parse(raw).checkpoint()


def test_a_file_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(BadProof, match="longer"):
        TlogProof.parse(b"x" * (PROOF_BYTES_MAX + 1))


@pytest.mark.parametrize(("index", "extra"), [(-1, None), (2**63, None), (0, b""), (0, b"x" * (EXTRA_BYTES_MAX + 1))])
def test_what_cannot_be_read_back_is_not_written(index: int, extra: bytes | None) -> None:
    with pytest.raises(ValueError):
        TlogProof(index, (), NOTE, extra).encode()
