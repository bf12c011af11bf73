"""Receipts: what a customer keeps. One file that opens one entry of the log and shows it in its place.

The public log holds commitments only. A receipt carries the fact and the salt that open one of them, so whoever
holds it can read that one fact, and nobody can change it.
"""

import re
from dataclasses import dataclass

from safehand.kernel.canonical import NotCanonical, canonical_bytes, parse_canonical
from safehand.ledger.checkpoint import Checkpoint, SignedCheckpoint, Signers, open_checkpoint
from safehand.ledger.entry import FACT_BYTES_MAX, entry_of
from safehand.ledger.merkle import BadProof, ReadNode, inclusion_proof, leaf_hash
from safehand.ledger.note import VerifierKey, parse_note
from safehand.ledger.proof import TlogProof
from safehand.ledger.witness.cosignature import Cosigned, cosignatures
from safehand.ledger.witness.policy import Policy

_SALT = re.compile(r"[0-9a-f]{64}", re.ASCII)


class BadReceipt(ValueError):
    """The bytes are not a receipt, or it does not prove what it says."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A proof together with what opens its entry."""

    fact: bytes
    salt: bytes
    proof: TlogProof

    @property
    def leaf(self) -> bytes:
        """The hash of the entry that the fact makes."""
        return leaf_hash(entry_of(self.salt, self.fact))


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt proves.

    `authenticated` is False where no trusted key was at hand: then the fact is in *a* tree of this root, and
    nobody has checked whose it is.
    """

    fact: bytes
    index: int
    leaf: bytes
    checkpoint: Checkpoint
    authenticated: bool
    cosigned: tuple[Cosigned, ...] = ()
    """By which witnesses of the policy, where one was given."""


def make_receipt(fact: bytes, salt: bytes, index: int, signed: SignedCheckpoint, read: ReadNode) -> bytes:
    """The receipt of entry `index`, a file of about a kilobyte.

    Shapes
        signed  a checkpoint that covers the entry.
        read    the nodes of the tree of that checkpoint's size.
    Errors
        ValueError  the checkpoint does not cover it, or the fact is not that entry: the caller is broken.
    """
    extra = canonical_bytes({"fact": fact.decode("ascii"), "salt": salt.hex()})
    proof = TlogProof(index, tuple(inclusion_proof(index, signed.size, read)), signed.note, extra)
    raw = proof.encode()
    if proof.root(signed.size, leaf_hash(entry_of(salt, fact))) != signed.root:
        raise ValueError(f"the fact is not entry {index} of the log")
    return raw


def parse_receipt(raw: bytes) -> Receipt:
    """Take a receipt apart; nothing is proved by that.

    Errors
        BadReceipt  not a proof file, or its extra data do not hold one fact and one salt.
    """
    try:
        proof = TlogProof.parse(raw)
        said = parse_canonical(proof.extra or b"")
    except (BadProof, NotCanonical) as error:
        raise BadReceipt(str(error)) from None
    fact, salt = said.get("fact"), said.get("salt")
    if set(said) != {"fact", "salt"} or not isinstance(fact, str) or not isinstance(salt, str):
        raise BadReceipt("its extra data are not a fact and a salt")
    if not _SALT.fullmatch(salt) or not 0 < len(fact) <= FACT_BYTES_MAX:
        raise BadReceipt("its fact or salt is not of the right length")
    try:
        parse_canonical(fact.encode())
    except NotCanonical as error:
        raise BadReceipt(f"its fact is {error}") from None
    return Receipt(fact.encode(), bytes.fromhex(salt), proof)


def verify_receipt(raw: bytes, trusted: Signers | None, policy: Policy | None = None) -> Verified:
    """Check a receipt with nothing but itself, the key of the log, and the witnesses that you rely on.

    Shapes
        trusted  the log's key, or keys, from a source that you trust; None takes a log of the policy, or, without
                 one, checks all but the signature.
        policy   whose cosignatures it needs; None needs none.
    Errors
        BadReceipt  anything is wrong with it, or too few of the policy's witnesses cosigned its checkpoint.
    """
    receipt = parse_receipt(raw)
    proof = receipt.proof
    try:
        trusted = trusted or _log_of(proof, policy)
        signed = proof.checkpoint() if trusted is None else open_checkpoint(proof.note, trusted)
        root = proof.root(signed.size, receipt.leaf)
    except ValueError as error:
        raise BadReceipt(str(error)) from None
    if root != signed.root:
        raise BadReceipt("its fact is not the entry that the checkpoint vouches for")
    cosigned = _cosigned(proof, policy) if policy is not None else ()
    return Verified(receipt.fact, proof.index, receipt.leaf, signed.checkpoint, trusted is not None, cosigned)


def _log_of(proof: TlogProof, policy: Policy | None) -> VerifierKey | None:
    """The policy's log that the checkpoint names, by the key that claims to have signed it, where it has several.

    A policy that names logs accepts no other.
    """
    if policy is None or not policy.logs:
        return None
    origin = proof.checkpoint().checkpoint.origin
    keys = [log.key for log in policy.logs if log.key.name == origin]
    claimed = {(line.name, line.key_id) for line in parse_note(proof.note).signatures}
    for key in (*(key for key in keys if (key.name, key.key_id) in claimed), *keys):
        return key
    raise BadReceipt(f"the policy knows no log {origin[:80]!a}")


def _cosigned(proof: TlogProof, policy: Policy) -> tuple[Cosigned, ...]:
    """The cosignatures that count, if they are enough."""
    found = tuple(cosignatures(parse_note(proof.note), policy.keys))
    if not policy.satisfied_by([one.witness for one in found]):
        names = ", ".join(one.witness.name for one in found) or "nobody"
        raise BadReceipt(f"cosigned by {names}, which is not the policy's quorum")
    return found
