"""Keys that follow one another: who trusts one trusts the chain, and no link can be forged, left out or bent."""

from pathlib import Path

import pytest

from safehand.ledger.checkpoint import Signers, open_checkpoint
from safehand.ledger.errors import KeyRefused, LogBroken, LogBusy
from safehand.ledger.export import export_log
from safehand.ledger.merkle import consistency_proof
from safehand.ledger.note import BadKey, Note, parse_note
from safehand.ledger.publication import LogWriter
from safehand.ledger.receipt import BadReceipt, make_receipt, verify_receipt
from safehand.ledger.refusals import Refused
from safehand.ledger.rotation import KeyFiles, put_away, rotate
from safehand.ledger.signing import SigningKey, load_key
from safehand.ledger.source import FolderSource, read_nodes
from safehand.ledger.succession import (
    KEYS_PATH,
    BadSuccession,
    Rotation,
    Succession,
    follow,
    parse_trusted,
    sign_rotation,
)
from safehand.ledger.verification import verify_log
from safehand.ledger.witness.request import AddCheckpoint
from safehand.ledger.witness.witness import NotConsistent, NotSigned, Witness
from tests.ledger.logs import ORIGIN, a_fact, a_key, a_salt, entries_for
from tests.ledger.witness.scenes import a_cosigner

KEYS = [a_key(seed=seed) for seed in range(1, 5)]
ENDS = (10, 10, 300)


def note(old: int, first: int) -> bytes:
    rotation = Rotation(KEYS[old].verifier, KEYS[old + 1].verifier, first)
    return sign_rotation(rotation, KEYS[old], KEYS[old + 1])


NOTES = [note(old, first) for old, first in enumerate(ENDS)]
CHAIN = b"\n".join(NOTES)


@pytest.mark.parametrize("trusted", range(4))
def test_whoever_trusts_one_key_knows_which_signs_at_each_size(trusted: int) -> None:
    chain = follow(KEYS[trusted].verifier, CHAIN)

    assert [KEYS.index(key) for key in KEYS if key.verifier == chain.newest] == [3]
    for size, number in ((0, 0), (9, 0), (10, 2), (299, 2), (300, 3), (2**62, 3)):
        assert chain.at(size) == KEYS[number].verifier, size


def test_a_log_whose_key_never_changed_has_one() -> None:
    chain = follow(KEYS[0].verifier, b"")

    assert chain == Succession(KEYS[0].verifier)
    assert chain.at(5) == chain.newest == KEYS[0].verifier


def signed_by(*keys: SigningKey) -> bytes:
    text = Rotation(KEYS[0].verifier, KEYS[1].verifier, 10).text
    return Note(text, tuple(line for key in keys for line in key.sign(text).signatures)).encode()


@pytest.mark.parametrize(
    "raw",
    {
        "by the old key alone": signed_by(KEYS[0]),
        "by the new key alone": signed_by(KEYS[1]),
        "by a stranger": signed_by(KEYS[1], KEYS[3]),
        "a link left out": b"\n".join([NOTES[0], NOTES[2]]),
        "another order": b"\n".join(NOTES[::-1]),
        "twice the same": b"\n".join([NOTES[0], NOTES[0]]),
        "not one line between": b"".join(NOTES),
        "an end before the beginning": b"\n".join([NOTES[0], note(1, 9)]),
        "another size": NOTES[0].replace(b"\n10\n", b"\n11\n"),
        "a word before": b"hello\n" + CHAIN,
        "a word behind": CHAIN + b"hello\n",
        "cut": CHAIN[:-10],
        "too long": CHAIN * 80,
        "another log's": sign_rotation(
            Rotation(a_key("x.example", 1).verifier, a_key("x.example", 2).verifier, 10),
            a_key("x.example", 1),
            a_key("x.example", 2),
        ),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_forged_or_missing_link_is_refused(raw: tuple[str, bytes]) -> None:
    with pytest.raises(BadSuccession):
        follow(KEYS[0].verifier, raw[1])


def test_a_key_that_comes_back_is_refused() -> None:
    back = sign_rotation(Rotation(KEYS[1].verifier, KEYS[0].verifier, 20), KEYS[1], KEYS[0])

    with pytest.raises(BadSuccession):
        follow(KEYS[0].verifier, b"\n".join([NOTES[0], back]))


def test_a_file_of_somebody_who_verifies_is_a_key_and_what_follows() -> None:
    line = f"{KEYS[0].verifier}\n".encode()

    assert parse_trusted(line) == parse_trusted(line.rstrip()) == Succession(KEYS[0].verifier)
    assert parse_trusted(line + CHAIN) == follow(KEYS[0].verifier, CHAIN)
    for wrong in (b"", b"hello\n", CHAIN, line + b"hello\n", f"{KEYS[0].verifier}\n\n".encode(), b"\xff\n"):
        with pytest.raises((BadKey, BadSuccession, UnicodeDecodeError)):
            parse_trusted(wrong)


class Carrier:
    """A log on a disk, whose key is changed as `rotate-keys log` does it."""

    def __init__(self, folder: Path) -> None:
        self.log, self.files = folder / "log", KeyFiles(folder / "keys" / "log.key")
        self.files.current.parent.mkdir(mode=0o700)
        self.files.current.write_text(f"{a_key().encode()}\n")
        self.files.current.chmod(0o600)
        self.to(300)

    def to(self, size: int) -> None:
        outgoing = load_key(self.files.outgoing, ORIGIN) if self.files.outgoing.exists() else None
        with LogWriter.open(self.log, load_key(self.files.current, ORIGIN), outgoing=outgoing) as writer:
            writer.extend(writer.size, entries_for(size)[writer.size :])
            writer.publish()

    def rotate(self) -> Rotation:
        return rotate(self.log, self.files, ORIGIN)

    @property
    def keys(self) -> bytes:
        return (self.log / KEYS_PATH).read_bytes()

    def receipt(self, index: int, signers: Signers) -> bytes:
        signed = open_checkpoint((self.log / "checkpoint").read_bytes(), signers)
        return make_receipt(a_fact(index), a_salt(index), index, signed, read_nodes(self.log, signed.size))


@pytest.fixture
def carrier(tmp_path: Path) -> Carrier:
    return Carrier(tmp_path)


def test_after_a_change_both_keys_sign_and_each_old_receipt_still_verifies(carrier: Carrier) -> None:
    before = carrier.receipt(5, a_key().verifier)
    rotation = carrier.rotate()
    carrier.to(310)
    chain = follow(a_key().verifier, carrier.keys)
    after = carrier.receipt(305, chain)

    assert rotation.first == 301
    assert verify_receipt(before, chain).index == 5
    assert verify_receipt(after, chain).index == 305
    assert verify_receipt(after, a_key().verifier).index == 305, "who has not heard of it goes on for a while"
    assert len(parse_note((carrier.log / "checkpoint").read_bytes()).signatures) == 2
    for trusted in (a_key().verifier, rotation.new, chain):
        assert verify_log(FolderSource(carrier.log), trusted).ok


def test_once_it_is_put_away_the_old_key_counts_for_nothing(carrier: Carrier) -> None:
    rotation = carrier.rotate()
    assert put_away(carrier.log, carrier.files)
    assert not put_away(carrier.log, carrier.files)
    carrier.to(310)
    chain = follow(a_key().verifier, carrier.keys)
    after = carrier.receipt(305, chain)

    assert verify_receipt(after, rotation.new).index == 305
    with pytest.raises(BadReceipt):
        verify_receipt(after, a_key().verifier)
    stolen = a_key().sign(parse_note((carrier.log / "checkpoint").read_bytes()).text).encode()
    (carrier.log / "checkpoint").write_bytes(stolen)
    assert str(verify_log(FolderSource(carrier.log), rotation.new).refused).startswith("bad checkpoint: not signed by")


def test_a_log_that_hides_a_change_is_refused(carrier: Carrier, tmp_path: Path) -> None:
    rotation = carrier.rotate()
    carrier.to(310)
    known = follow(a_key().verifier, carrier.keys)
    export_log(FolderSource(carrier.log), tmp_path / "copy")
    assert verify_log(FolderSource(tmp_path / "copy"), a_key().verifier).ok
    (carrier.log / KEYS_PATH).unlink()

    assert "leaves out a change" in str(verify_log(FolderSource(carrier.log), known).refused)
    with pytest.raises(Refused, match="leaves out a change"):
        export_log(FolderSource(carrier.log), tmp_path / "copy")
    with pytest.raises(LogBroken):
        carrier.to(320)
    assert rotation.old == a_key().verifier


@pytest.mark.parametrize("at", ["next key made", "note written", "old key put beside"])
def test_what_was_broken_off_is_finished_and_nothing_is_signed_before(carrier: Carrier, at: str) -> None:
    new = a_key(seed=9)
    carrier.files.next.write_text(f"{new.encode()}\n")
    carrier.files.next.chmod(0o600)
    rotation = Rotation(a_key().verifier, new.verifier, 301)
    if at != "next key made":
        (carrier.log / KEYS_PATH).write_bytes(sign_rotation(rotation, a_key(), new))
        with pytest.raises(LogBroken):
            carrier.to(310)
    if at == "old key put beside":
        carrier.files.outgoing.hardlink_to(carrier.files.current)

    assert carrier.rotate() == rotation

    carrier.to(310)
    assert load_key(carrier.files.current, ORIGIN) == new
    assert load_key(carrier.files.outgoing, ORIGIN) == a_key()
    assert not carrier.files.next.exists()
    assert verify_log(FolderSource(carrier.log), a_key().verifier).ok


def test_a_second_change_waits_until_the_first_is_finished(carrier: Carrier) -> None:
    carrier.rotate()
    carrier.to(310)
    with pytest.raises(KeyRefused, match="put it away"):
        carrier.rotate()
    put_away(carrier.log, carrier.files)
    second = carrier.rotate()
    carrier.to(320)

    assert second.first == 311
    assert verify_log(FolderSource(carrier.log), a_key().verifier).ok
    assert len(follow(a_key().verifier, carrier.keys).rotations) == 2


def test_a_log_that_is_written_is_not_touched(carrier: Carrier) -> None:
    with LogWriter.open(carrier.log, a_key()), pytest.raises(LogBusy):
        carrier.rotate()


def test_a_witness_follows_the_chain_and_not_the_old_key_alone(carrier: Carrier, tmp_path: Path) -> None:
    rotation = carrier.rotate()
    put_away(carrier.log, carrier.files)
    first = (carrier.log / "checkpoint").read_bytes()
    carrier.to(310)
    grown = (carrier.log / "checkpoint").read_bytes()
    proof = tuple(consistency_proof(300, 310, read_nodes(carrier.log, 310)))
    by_the_old = a_key().sign(parse_note(grown).text).encode()
    chain = parse_trusted(f"{a_key().verifier}\n".encode() + carrier.keys)

    with Witness.open(tmp_path / "behind", a_cosigner(), [a_key().verifier], lambda: 1) as behind:
        behind.add_checkpoint(AddCheckpoint(0, (), first).encode())
        with pytest.raises(NotSigned):
            behind.add_checkpoint(AddCheckpoint(300, proof, grown).encode())
    with Witness.open(tmp_path / "behind", a_cosigner(), [chain], lambda: 1) as witness:
        with pytest.raises(NotSigned):
            witness.add_checkpoint(AddCheckpoint(300, proof, by_the_old).encode())
        with pytest.raises(NotConsistent):
            witness.add_checkpoint(AddCheckpoint(300, (), grown).encode())
        witness.add_checkpoint(AddCheckpoint(300, proof, grown).encode())
    assert rotation.new == chain.newest
