"""Cosignatures: the bytes of the specification, and whatever is not quite one."""

import base64
import hashlib
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safehand.ledger.checkpoint import Checkpoint
from safehand.ledger.note import BadKey, Note, Signature, VerifierKey, open_note
from safehand.ledger.witness.cosignature import CosignerKey, cosignatures
from tests.ledger.logs import a_key
from tests.ledger.witness.scenes import NOW_S, WITNESS, a_cosigner

TEXT = Checkpoint("log.example/helsinki", 3, hashlib.sha256(b"root").digest()).text


def test_it_is_what_the_specification_says_byte_for_byte() -> None:
    line = a_cosigner().cosign(TEXT, 1679315147)
    (at_s,) = struct.unpack(">Q", line.value[:8])
    public = a_cosigner().public

    assert at_s == 1679315147
    assert line.key_id == hashlib.sha256(WITNESS.encode() + b"\n\x04" + public.public).digest()[:4]
    Ed25519PublicKey.from_public_bytes(public.public).verify(
        line.value[8:], b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    )


def test_a_key_survives_writing_and_reading_and_is_of_its_own_type() -> None:
    public = a_cosigner().public
    log_key = VerifierKey(public.name, public.public)

    assert CosignerKey.parse(str(public)) == public
    assert base64.b64decode(str(public).split("+", 2)[2])[:1] == b"\x04"
    with pytest.raises(BadKey):
        VerifierKey.parse(str(public))
    with pytest.raises(BadKey):
        CosignerKey.parse(str(log_key))


def test_a_log_that_knows_the_witness_reads_its_line_and_others_pass_it_over() -> None:
    signed = a_key().sign(TEXT)
    note = Note(TEXT, (*signed.signatures, a_cosigner().cosign(TEXT, NOW_S)))

    assert open_note(note.encode(), [a_key().verifier]) == note
    assert open_note(note.encode(), [a_cosigner().public]) == note
    assert [(one.witness.name, one.at_s) for one in cosignatures(note, [a_cosigner().public])] == [(WITNESS, NOW_S)]
    assert cosignatures(note, [a_cosigner("witness.example/w2", 8).public]) == []


@pytest.mark.parametrize("what", ["text", "time", "bit", "short", "long", "far", "plain"])
def test_what_was_changed_is_no_cosignature(what: str) -> None:
    line = a_cosigner().cosign(TEXT, NOW_S)
    value, text = line.value, TEXT
    if what == "text":
        text = TEXT.replace("\n3\n", "\n4\n")
    elif what == "time":
        value = struct.pack(">Q", NOW_S + 1) + value[8:]
    elif what == "bit":
        value = value[:-1] + bytes([value[-1] ^ 1])
    elif what == "short":
        value = value[:-1]
    elif what == "long":
        value += b"\0"
    elif what == "far":
        value = struct.pack(">Q", 2**63) + value[8:]
    else:  # a signature over the text alone, by the same key, says nothing of its history
        value = struct.pack(">Q", NOW_S) + a_cosigner().key.sign(TEXT).signatures[0].value
    note = Note(text, (Signature(line.name, line.key_id, value),))

    assert cosignatures(note, [a_cosigner().public]) == []
