"""The Merkle tree of RFC 6962: roots, and the proofs that an entry is in it and that it only ever grew.

Nothing here reads a file. A maker of proofs is handed `ReadNode`, which knows the complete subtrees.
"""

import hashlib
import struct
from collections.abc import Callable, Sequence
from functools import cache

HASH_BYTES = 32
PROOF_HASHES_MAX = 63
"""A tree has fewer than 2**63 leaves, so no proof is longer."""

EMPTY_ROOT = hashlib.sha256(b"").digest()

_NODE = hashlib.sha256(b"\x01")

type ReadNode = Callable[[int, int], bytes]
"""`read(level, index)` is the hash of leaves `[index * 2**level, (index + 1) * 2**level)`, all of which exist."""


class BadProof(ValueError):
    """The proof does not show what it claims."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry.

    Source
        RFC 6962, section 2.1: the leading 0x00 marks a leaf, so that a leaf cannot pass for a node.
    """
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: 0x01, then both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_root(hashes: bytes) -> bytes:
    """The root over `hashes`, a power of two of them, side by side.

    Shapes
        hashes  32 * 2**k bytes, k at most 8.
        ->      32 bytes.
    Cost
        2**k - 1 hashes of 65 bytes; this loop is half of a whole verification. Taking a row apart in one call and
        copying a hash that has eaten the 0x01 saves a quarter over the plain spelling.
    """
    row, copy = hashes, _NODE.copy
    while len(row) > HASH_BYTES:
        parents: list[bytes] = []
        add = parents.append
        for pair in _pairs(len(row) // 64).unpack(row):
            hashing = copy()
            hashing.update(pair)
            add(hashing.digest())
        row = b"".join(parents)
    return row


@cache
def _pairs(count: int) -> struct.Struct:
    return struct.Struct("64s" * count)


def root_over(size: int, read: ReadNode) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: ReadNode) -> list[bytes]:
    """The hashes beside the path from leaf `index` to the root over `size` leaves, lowest first.

    Errors
        ValueError  there is no such leaf: the caller is broken.
    Source
        RFC 6962, section 2.1.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: ReadNode) -> list[bytes]:
    """The hashes that show that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    Errors
        ValueError  `old` is beyond `new`: the caller is broken.
    Source
        RFC 6962, section 2.1.2. From nothing, and to the same size, the proof is empty.
    """
    if not 0 <= old <= new:
        raise ValueError(f"from {old} to {new}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(start, middle, read))
            start, whole = middle, False
    if not whole:  # the verifier knows the old root, but not this piece of it
        path.append(_range_root(start, end, read))
    return path[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that `proof` leads to from leaf `index` of `size`.

    Errors
        BadProof  the leaf cannot be there, or the proof is not exactly as long as the path.
    Source
        RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise BadProof(f"entry {index} is not in a tree of {size}")
    at, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("the inclusion proof is too long")
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise BadProof("the inclusion proof is too short")
    return root


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Refuse unless `leaf` is entry `index` of the tree of `size` leaves with this `root`.

    Errors
        BadProof  it is not, or the proof is not the one proof there is.
    """
    if root_from_inclusion(index, size, leaf, proof) != root:
        raise BadProof("the inclusion proof does not lead to the root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Refuse unless the tree of `old` leaves is the beginning of the tree of `new` leaves.

    Errors
        BadProof  it is not, or the proof is not the one proof there is.
    Source
        RFC 9162, section 2.1.4.2. From nothing there is nothing to show: the proof is empty and the old root
        must be the empty tree's.
    """
    if not 0 <= old <= new:
        raise BadProof(f"a tree does not shrink from {old} to {new}")
    if old in (0, new):
        if proof:
            raise BadProof("the consistency proof should be empty")
        if (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise BadProof("two roots of one size differ")
        return
    if old_root != _fold_consistency(old, new, old_root, new_root, proof):
        raise BadProof("the consistency proof does not lead to the old root")


def _fold_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bytes:
    """The old root as the proof has it, once the proof has led to the new root."""
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    if not path:
        raise BadProof("the consistency proof is too short")
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("the consistency proof is too long")
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            after = node_hash(after, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise BadProof("the consistency proof is too short")
    if after != new_root:
        raise BadProof("the consistency proof does not lead to the new root")
    return before


def _split(count: int) -> int:
    """The largest power of two below `count`, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(start: int, end: int, read: ReadNode) -> bytes:
    """The root over leaves `[start, end)`, where `start` is a multiple of the power of two that covers them."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return read(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_root(start, middle, read), _range_root(middle, end, read))
