"""Real receipts for the page that checks them: one fact in a small log, witnessed or not."""

from pathlib import Path

from safehand.events.custody import CustodyTransferred
from safehand.events.event import encode
from safehand.events.vocabulary import Side, State, Way
from safehand.ledger.checkpoint import SignedCheckpoint
from safehand.ledger.entry import entry_of
from safehand.ledger.note import Note, parse_note
from safehand.ledger.publication import LogWriter
from safehand.ledger.receipt import make_receipt
from safehand.ledger.signing import SigningKey
from safehand.ledger.source import read_nodes
from safehand.ledger.witness.cosignature import Cosigner
from tests.ledger.logs import a_key, a_salt, entries_for
from tests.surfaces import day

ENTRY, SIZE = 41, 300
TRANSFER = CustodyTransferred(
    at_ms=day.at(24, 8, 12),
    received_ms=day.at(24, 8, 13),
    parcel=day.BOX,
    handover="ab" * 32,
    after="cd" * 32,
    giver=day.DEPOT,
    taker=day.MIKKO,
    way=Way.DEVICES,
    side=Side.TAKER,
    state=State.OUT_FOR_DELIVERY,
    seal="0731488",
)
FACT = encode(TRANSFER)
SEEN_S = day.at(24, 9, 0) // 1000


def a_real_receipt(
    folder: Path,
    *,
    fact: bytes = FACT,
    key: SigningKey | None = None,
    witnesses: tuple[Cosigner, ...] = (),
    seen_s: int = SEEN_S,
) -> str:
    """The receipt of `fact` in a log of `key`, as text."""
    entries = entries_for(SIZE)
    entries[ENTRY] = entry_of(a_salt(ENTRY), fact)
    with LogWriter.open(folder, key or a_key()) as writer:
        writer.extend(0, entries)
        signed = writer.publish()
    note = parse_note(signed.note)
    lines = [witness.cosign(note.text, seen_s) for witness in witnesses]
    cosigned = SignedCheckpoint(signed.checkpoint, Note(note.text, (*note.signatures, *lines)).encode())
    return make_receipt(fact, a_salt(ENTRY), ENTRY, cosigned, read_nodes(folder, SIZE)).decode()
