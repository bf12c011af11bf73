"""Witnesses over small logs, as the tests of this folder need them."""

from pathlib import Path
from zlib import crc32

from safehand.ledger.checkpoint import SignedCheckpoint
from safehand.ledger.merkle import consistency_proof
from safehand.ledger.source import read_nodes
from safehand.ledger.witness.cosignature import Cosigner
from safehand.ledger.witness.request import AddCheckpoint
from safehand.ledger.witness.witness import Witness
from tests.ledger.logs import a_key, a_log, published

WITNESS = "witness.example/w1"
NOW_S = 1_790_000_000


def a_cosigner(name: str = WITNESS, seed: int = 7) -> Cosigner:
    """A witness's key; each name's is another one."""
    return Cosigner(a_key(name, seed + crc32(name.encode())))


def a_witness(folder: Path, now_s: int = NOW_S) -> Witness:
    return Witness.open(folder, a_cosigner(), [a_key().verifier], lambda: now_s)


class Growing:
    """A log, and what it asks at each of its sizes; `seed` makes another history."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        self.seed = seed
        self.signed: dict[int, SignedCheckpoint] = {}

    def to(self, size: int) -> SignedCheckpoint:
        if size not in self.signed:
            # A copy for each size: a witness may be asked about any of them, in any order.
            self.signed[size] = published(a_log(self._at(size), size, seed=self.seed))
        return self.signed[size]

    def request(self, old: int, new: int) -> AddCheckpoint:
        signed = self.to(new)
        proof = consistency_proof(old, new, read_nodes(self._at(new), new)) if old <= new else []
        return AddCheckpoint(old, tuple(proof), signed.note)

    def body(self, old: int, new: int) -> bytes:
        return self.request(old, new).encode()

    def _at(self, size: int) -> Path:
        return self.folder / f"{self.seed}-{size}"
