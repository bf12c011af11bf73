"""The tree against RFC 6962: upstream vectors, a second implementation, and proofs that cannot be bent."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.ledger import merkle
from safehand.ledger.merkle import (
    EMPTY_ROOT,
    BadProof,
    ReadNode,
    complete_root,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_over,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger.logs import mth

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "ledger" / "rfc6962_vectors.json"
SMALL = 40

LEAVES = [leaf_hash(b"leaf %d" % index) for index in range(300)]


def node(level: int, index: int) -> bytes:
    return mth(LEAVES[index << level : (index + 1) << level])


type Verify = Callable[[int, int, bytes, bytes, Sequence[bytes]], None]


def test_roots_are_those_of_the_definition() -> None:
    for size in range(len(LEAVES) + 1):
        assert root_over(size, node) == mth(LEAVES[:size])


def test_the_root_over_a_complete_row_is_that_of_the_definition() -> None:
    for power in range(9):
        assert complete_root(b"".join(LEAVES[: 1 << power])) == mth(LEAVES[: 1 << power])


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = LEAVES[:2]

    assert leaf_hash(left + right) != node_hash(left, right)


def test_every_inclusion_proof_is_accepted_and_no_other_leaf_or_place() -> None:
    for size in range(1, SMALL):
        root = mth(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            verify_inclusion(index, size, LEAVES[index], proof, root)
            for other in range(size):
                if other != index:
                    with pytest.raises(BadProof):
                        verify_inclusion(other, size, LEAVES[index], proof, root)
                    with pytest.raises(BadProof):
                        verify_inclusion(index, size, LEAVES[other], proof, root)


def test_every_consistency_proof_is_accepted_and_no_other_root() -> None:
    for new in range(SMALL):
        for old in range(new + 1):
            proof = consistency_proof(old, new, node)
            old_root, new_root = mth(LEAVES[:old]), mth(LEAVES[:new])
            verify_consistency(old, new, old_root, new_root, proof)
            with pytest.raises(BadProof):
                verify_consistency(old, new, LEAVES[0] if old != 1 else LEAVES[1], new_root, proof)
            if old:
                with pytest.raises(BadProof):
                    verify_consistency(old, new, old_root, EMPTY_ROOT, proof)


def bent(proof: list[bytes]) -> list[list[bytes]]:
    """A proof made longer, shorter, reordered, or with one bit changed."""
    changed = [[*proof, LEAVES[0]], [LEAVES[0], *proof], [*proof, EMPTY_ROOT]]
    for at in range(len(proof)):
        changed.append(proof[:at] + proof[at + 1 :])
        changed.append([*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]])
        changed.append([*proof[: at + 1], *proof[at:]])
        changed.append([*proof[:at], proof[at][:-1], *proof[at + 1 :]])
    return changed


@given(st.integers(1, 300), st.data())
def test_a_bent_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    proof = inclusion_proof(index, size, node)
    growth = consistency_proof(old, size, node)

    for changed in bent(proof):
        with pytest.raises(BadProof):
            verify_inclusion(index, size, LEAVES[index], changed, mth(LEAVES[:size]))
    for changed in bent(growth):
        with pytest.raises(BadProof):
            verify_consistency(old, size, mth(LEAVES[:old]), mth(LEAVES[:size]), changed)


def test_the_law_of_bent_proofs_kills_a_verifier_that_does_not_count_the_hashes() -> None:
    def lax(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
        """Verifies the beginning of a proof and never asks whether something is left over."""
        for length in range(len(proof) + 1):
            try:
                return verify_inclusion(index, size, leaf, proof[:length], root)
            except BadProof:
                continue
        raise BadProof("no beginning of it fits")

    proof = inclusion_proof(5, 11, node)
    survived = 0
    for changed in bent(proof):
        try:
            lax(5, 11, LEAVES[5], changed, mth(LEAVES[:11]))
            survived += 1
        except BadProof:
            pass
    assert survived > 0


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (5, 5), (-1, 4), (7, 3)])
def test_an_entry_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(BadProof):
        verify_inclusion(index, size, LEAVES[0], [], LEAVES[0])
    with pytest.raises(ValueError):
        inclusion_proof(index, size, node)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (1, 0)])
def test_a_tree_does_not_shrink(old: int, new: int) -> None:
    with pytest.raises(BadProof):
        verify_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [])
    with pytest.raises(ValueError):
        consistency_proof(old, new, node)


def test_a_proof_asks_for_complete_subtrees_only() -> None:
    asked: list[tuple[int, int]] = []

    def recording(level: int, index: int) -> bytes:
        asked.append((level, index))
        return node(level, index)

    read: ReadNode = recording
    for size in range(1, 130):
        asked.clear()
        inclusion_proof(size // 2, size, read)
        consistency_proof(size // 3, size, read)
        assert all((index + 1) << level <= size for level, index in asked)
        assert len(asked) < 60


def unpacked(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


@pytest.mark.skipif(not VECTORS.exists(), reason=f"the upstream vectors are not at hand: {VECTORS.name}")
def test_upstream_vectors() -> None:
    """All but one. The odd one lets a tree of no entries grow into another tree of no entries; we compare them."""
    odd: list[str] = []
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        proof, kind = unpacked(vector["proof"]), vector["kind"]
        try:
            if kind.endswith("inclusion"):  # a subtree is a tree, counted from where it starts
                start, end = vector.get("start", 0), vector.get("end", vector.get("treeSize"))
                leaf, root = base64.b64decode(vector["leafHash"]), base64.b64decode(vector["root"])
                verify_inclusion(vector["leafIdx"] - start, end - start, leaf, proof, root)
            else:
                old, new = vector.get("size1", vector.get("end")), vector.get("size2", vector.get("size"))
                roots = base64.b64decode(vector["root1"]), base64.b64decode(vector["root2"])
                merkle.verify_consistency(old, new, *roots, proof)
            refused = False
        except BadProof:
            refused = True
        if refused != vector["wantErr"]:
            odd.append(vector["desc"])
    assert odd == ["subtree is empty sizes are equal (zero) subtree root valid tree root random proof is empty"]
