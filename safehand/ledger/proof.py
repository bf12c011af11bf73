"""Proofs that travel by themselves: one text file that shows an entry in a log, for any tool that reads the format.

Source
    C2SP tlog-proof, version 1.
"""

import base64
from dataclasses import dataclass
from typing import Self

from safehand.ledger.checkpoint import SIZE_MAX, SignedCheckpoint, parse_decimal, read_unverified
from safehand.ledger.merkle import HASH_BYTES, PROOF_HASHES_MAX, BadProof, root_from_inclusion
from safehand.ledger.note import NOTE_BYTES_MAX, decode_base64

FIRST_LINE = "c2sp.org/tlog-proof@v1"
EXTRA_BYTES_MAX = 64 * 1024
PROOF_BYTES_MAX = NOTE_BYTES_MAX + 2 * EXTRA_BYTES_MAX


@dataclass(frozen=True, slots=True)
class TlogProof:
    """An entry's place in a checkpointed tree.

    Shapes
        hashes  up to 63, from the leaf's sibling to the root's child.
        note    the signed checkpoint, byte for byte.
        extra   what the application adds; nothing in it is authenticated.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read a proof in its one spelling; the checkpoint is taken as it is.

        Errors
            BadProof  another spelling anywhere, or beyond a limit.
        """
        if len(raw) > PROOF_BYTES_MAX:
            raise BadProof(f"longer than {PROOF_BYTES_MAX} bytes")
        head, gap, note = raw.partition(b"\n\n")
        if not gap or not note:
            raise BadProof("no checkpoint below an empty line")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise BadProof("a character outside ASCII above the checkpoint") from None
        if lines.pop(0) != FIRST_LINE:
            raise BadProof(f"the first line is not {FIRST_LINE}")
        extra: bytes | None = None
        if lines and lines[0].startswith("extra "):
            extra = decode_base64(lines.pop(0).removeprefix("extra "), BadProof)
        if not lines or not lines[0].startswith("index "):
            raise BadProof("no index line")
        index = parse_decimal(lines.pop(0).removeprefix("index "), BadProof)
        if len(lines) > PROOF_HASHES_MAX:
            raise BadProof(f"more than {PROOF_HASHES_MAX} hashes")
        return cls(index, tuple(map(_hash, lines)), note, extra)

    def encode(self) -> bytes:
        """The file.

        Errors
            ValueError  the extra data are empty or too large, or the index is: the caller is broken.
        """
        if self.extra is not None and not 0 < len(self.extra) <= EXTRA_BYTES_MAX:
            raise ValueError(f"extra data of {len(self.extra)} bytes")
        if not 0 <= self.index <= SIZE_MAX:
            raise ValueError(f"index {self.index}")
        extra = [] if self.extra is None else [f"extra {base64.b64encode(self.extra).decode()}"]
        hashes = [base64.b64encode(hash).decode() for hash in self.hashes]
        return "\n".join([FIRST_LINE, *extra, f"index {self.index}", *hashes, "", ""]).encode() + self.note

    def checkpoint(self) -> SignedCheckpoint:
        """The checkpoint that it carries, whose signature nobody has checked.

        Errors
            BadNote, BadCheckpoint  it is none.
        """
        return read_unverified(self.note)

    def root(self, size: int, leaf: bytes) -> bytes:
        """The root that it leads to, if `leaf` is its entry in a tree of `size`.

        Errors
            BadProof  it does not fit a tree of that size.
        """
        return root_from_inclusion(self.index, size, leaf, self.hashes)


def _hash(line: str) -> bytes:
    hash = decode_base64(line, BadProof)
    if len(hash) != HASH_BYTES:
        raise BadProof("a hash that is not 32 bytes")
    return hash
