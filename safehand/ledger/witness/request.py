"""What a log sends to a witness: its old size, the proof that it only grew, and the checkpoint.

Source
    C2SP tlog-witness, add-checkpoint.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from safehand.ledger.checkpoint import parse_decimal
from safehand.ledger.merkle import HASH_BYTES
from safehand.ledger.note import decode_base64

REQUEST_BYTES_MAX = 64 * 1024
PROOF_LINES_MAX = 63


class BadRequest(ValueError):
    """The bytes are no request to add a checkpoint."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request, taken apart; nothing of it is verified."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read a request in its one spelling.

        Errors
            BadRequest  another spelling, or beyond a limit.
        """
        if len(raw) > REQUEST_BYTES_MAX:
            raise BadRequest(f"longer than {REQUEST_BYTES_MAX} bytes")
        head, gap, note = raw.partition(b"\n\n")
        if not gap or not note:
            raise BadRequest("no checkpoint below an empty line")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise BadRequest("a character outside ASCII above the checkpoint") from None
        if not first.startswith("old "):
            raise BadRequest("the first line is not the old size")
        if len(lines) > PROOF_LINES_MAX:
            raise BadRequest(f"more than {PROOF_LINES_MAX} proof lines")
        return cls(parse_decimal(first.removeprefix("old "), BadRequest), tuple(map(_hash, lines)), note)

    def encode(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old}", *_lines(self.proof), "", ""]
        return "\n".join(lines).encode() + self.note


def _lines(proof: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(hash).decode() for hash in proof]


def _hash(line: str) -> bytes:
    hash = decode_base64(line, BadRequest)
    if len(hash) != HASH_BYTES:
        raise BadRequest("a proof line that is not 32 bytes")
    return hash
