"""The witness: every answer of the specification, and never a cosignature on two histories."""

import threading
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safehand.ledger.checkpoint import Checkpoint
from safehand.ledger.note import Note, parse_note
from safehand.ledger.witness.cosignature import Cosigner, cosignatures
from safehand.ledger.witness.request import AddCheckpoint, BadRequest
from safehand.ledger.witness.witness import (
    NotConsistent,
    NotLatest,
    NotSigned,
    UnknownLog,
    Witness,
    WitnessUnusable,
)
from tests.ledger.logs import a_key
from tests.ledger.witness.scenes import NOW_S, Growing, a_cosigner, a_witness


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Growing:
    return Growing(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Growing:
    """The same log's second history."""
    return Growing(tmp_path_factory.mktemp("other"), seed=1)


def vouched(body: bytes, line: bytes) -> Checkpoint:
    """What a witness vouches for by its answer."""
    note = parse_note(AddCheckpoint.parse(body).note + line)
    [cosigned] = cosignatures(note, [a_cosigner().public])
    assert cosigned.at_s == NOW_S
    return Checkpoint.parse(note.text)


def test_it_follows_a_log_from_nothing(tmp_path: Path, log: Growing) -> None:
    with a_witness(tmp_path) as witness:
        for old, new in [(0, 1), (1, 7), (7, 7), (7, 256), (256, 300), (300, 301)]:
            body = log.body(old, new)
            assert vouched(body, witness.add_checkpoint(body)) == log.to(new).checkpoint
        assert [one.size for one in witness.latest()] == [301]


def test_it_says_where_it_is_to_who_has_forgotten(tmp_path: Path, log: Growing) -> None:
    with a_witness(tmp_path) as witness:
        witness.add_checkpoint(log.body(0, 7))
        for old, new in [(0, 9), (3, 9), (8, 9), (0, 7), (0, 3), (3, 3)]:
            with pytest.raises(NotLatest) as told:
                witness.add_checkpoint(log.body(old, new))
            assert told.value.size == 7


def test_a_fork_is_never_cosigned(tmp_path: Path, log: Growing, other: Growing) -> None:
    with a_witness(tmp_path) as witness:
        witness.add_checkpoint(log.body(0, 7))
        with pytest.raises(NotConsistent):  # the same size with another root
            witness.add_checkpoint(other.body(7, 7))
        for new in (8, 9, 300):
            with pytest.raises(NotConsistent):
                witness.add_checkpoint(other.body(7, new))
        assert witness.latest() == [log.to(7).checkpoint]


def test_a_wrong_proof_is_refused(tmp_path: Path, log: Growing) -> None:
    good = log.request(7, 300)
    wrong = {
        "none": (),
        "short": good.proof[:-1],
        "long": (*good.proof, good.proof[0]),
        "another order": good.proof[::-1],
        "a bit": (bytes([good.proof[0][0] ^ 1]) + good.proof[0][1:], *good.proof[1:]),
    }
    with a_witness(tmp_path) as witness:
        with pytest.raises(NotConsistent):  # from nothing there is nothing to prove
            witness.add_checkpoint(AddCheckpoint(0, good.proof, log.to(7).note).encode())
        witness.add_checkpoint(log.body(0, 7))
        for proof in wrong.values():
            with pytest.raises(NotConsistent):
                witness.add_checkpoint(AddCheckpoint(7, proof, good.note).encode())
        witness.add_checkpoint(good.encode())


def test_only_the_log_itself_is_believed(tmp_path: Path, log: Growing) -> None:
    text = log.to(7).checkpoint.text
    stranger = a_key("stranger.example/log", 3)
    strange = stranger.sign(Checkpoint(stranger.name, 7, log.to(7).root).text)
    other_key = a_key(seed=3)
    forged = parse_note(log.to(7).note)
    changed = Note(text.replace("\n7\n", "\n8\n"), forged.signatures)
    with a_witness(tmp_path) as witness:
        with pytest.raises(UnknownLog):
            witness.add_checkpoint(AddCheckpoint(0, (), strange.encode()).encode())
        for note in (other_key.sign(text), changed, Note(text, (a_cosigner().cosign(text, NOW_S),))):
            with pytest.raises(NotSigned):
                witness.add_checkpoint(AddCheckpoint(0, (), note.encode()).encode())
        assert witness.latest() == []


def test_lines_of_others_are_passed_over_and_not_kept(tmp_path: Path, log: Growing) -> None:
    note = parse_note(log.to(7).note)
    crowded = Note(note.text, (*note.signatures, *a_key("x.example", 9).sign(note.text).signatures))
    with a_witness(tmp_path) as witness:
        witness.add_checkpoint(AddCheckpoint(0, (), crowded.encode()).encode())
    [kept] = tmp_path.glob("*.checkpoint")

    assert [line.name for line in parse_note(kept.read_bytes()).signatures] == [a_key().name, a_cosigner().key.name]


@pytest.mark.parametrize(
    "spoil",
    {
        "nothing": lambda body: b"",
        "no gap": lambda body: body.replace(b"\n\n", b"\n", 1),
        "no old": lambda body: body.replace(b"old ", b"new ", 1),
        "a sign": lambda body: body.replace(b"old 7", b"old +7", 1),
        "a zero": lambda body: body.replace(b"old 7", b"old 07", 1),
        "beyond": lambda body: body.replace(b"old 7", b"old 301", 1),
        "huge": lambda body: body.replace(b"old 7", b"old 9" + b"9" * 30, 1),
        "not base 64": lambda body: body.replace(b"\n", b"\n!!!\n", 1),
        "a short hash": lambda body: body.replace(b"\n", b"\nAAAA\n", 1),
        "too many hashes": lambda body: body.replace(b"\n", b"\n" + (b"A" * 43 + b"=\n") * 64, 1),
        "no checkpoint": lambda body: body.partition(b"\n\n")[0] + b"\n\nhello\n",
        "a tail": lambda body: body + b"tail",
        "not UTF-8": lambda body: body + b"\xff\n",
        "too long": lambda body: body + b"\n" * 70_000,
    }.items(),
    ids=lambda item: item[0],
)
def test_what_is_not_a_request_changes_nothing(tmp_path: Path, log: Growing, spoil: tuple) -> None:  # type: ignore[type-arg]
    with a_witness(tmp_path) as witness:
        witness.add_checkpoint(log.body(0, 7))
        with pytest.raises(BadRequest):
            witness.add_checkpoint(spoil[1](log.body(7, 300)))
        witness.add_checkpoint(log.body(7, 300))


def test_what_was_cosigned_is_remembered_by_the_next_start(tmp_path: Path, log: Growing, other: Growing) -> None:
    with a_witness(tmp_path) as witness:
        witness.add_checkpoint(log.body(0, 7))
    with a_witness(tmp_path) as again:
        with pytest.raises(NotLatest):
            again.add_checkpoint(other.body(0, 8))
        with pytest.raises(NotConsistent):
            again.add_checkpoint(other.body(7, 8))
        again.add_checkpoint(log.body(7, 8))


def test_one_witness_has_the_folder(tmp_path: Path) -> None:
    with a_witness(tmp_path), pytest.raises(WitnessUnusable, match="in use"):
        a_witness(tmp_path)
    a_witness(tmp_path).close()


@pytest.mark.parametrize("damage", ["cut", "bit", "another's", "empty"])
def test_a_damaged_record_is_no_reason_to_begin_anew(tmp_path: Path, log: Growing, damage: str) -> None:
    with a_witness(tmp_path) as witness:
        witness.add_checkpoint(log.body(0, 7))
    [kept] = tmp_path.glob("*.checkpoint")
    raw = kept.read_bytes()
    text = log.to(9).checkpoint.text
    kept.write_bytes(
        {
            "cut": raw[:-20],
            "bit": raw.replace(b"\n7\n", b"\n6\n"),
            "another's": Note(text, (a_cosigner("w", 99).cosign(text, NOW_S),)).encode(),
            "empty": b"",
        }[damage]
    )

    with pytest.raises(WitnessUnusable):
        a_witness(tmp_path)


def test_what_the_disk_does_not_take_is_not_cosigned(tmp_path: Path, log: Growing, other: Growing) -> None:
    folder = tmp_path / "state"
    with a_witness(folder) as witness:
        folder.rename(tmp_path / "gone")
        with pytest.raises(OSError, match="No such file"):
            witness.add_checkpoint(log.body(0, 7))
        (tmp_path / "gone").rename(folder)
        assert witness.latest() == []
        witness.add_checkpoint(other.body(0, 7))


def is_one_history(lines: dict[int, set[bytes]]) -> bool:
    return all(len(roots) == 1 for roots in lines.values())


def raced(witness: Witness, bodies: list[bytes]) -> dict[int, set[bytes]]:
    """The roots that were cosigned, by size, when these are all asked at one moment."""
    cosigned: dict[int, set[bytes]] = defaultdict(set)
    start = threading.Barrier(len(bodies))

    def ask(body: bytes) -> None:
        start.wait()
        try:
            line = witness.add_checkpoint(body)
        except (NotLatest, NotConsistent):
            return
        seen = vouched(body, line)
        cosigned[seen.size].add(seen.root)

    threads = [threading.Thread(target=ask, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return cosigned


def test_of_many_at_once_none_is_of_another_history(tmp_path: Path, log: Growing, other: Growing) -> None:
    sizes = [1, 2, 3, 5, 8, 13]
    for number in range(15):
        with a_witness(tmp_path / str(number)) as witness:
            bodies = [which.body(0, size) for size in sizes for which in (log, other)]
            cosigned = raced(witness, bodies)
            assert len(cosigned) == 1, "the first one moved it, and the others did not know"
            assert is_one_history(cosigned)


class Forgetful(Witness):
    """A planted fault: checks under no lock, and keeps nothing."""

    def add_checkpoint(self, body: bytes) -> bytes:
        note, _ = self._opened(AddCheckpoint.parse(body).note)
        return f"{self.cosigner.cosign(note.text, NOW_S)}\n".encode()


def test_the_race_finds_a_witness_that_forgets(tmp_path: Path, log: Growing, other: Growing) -> None:
    with Forgetful.open(tmp_path, a_cosigner(), [a_key().verifier], lambda: NOW_S) as witness:
        cosigned = raced(witness, [which.body(0, size) for size in (1, 2) for which in (log, other)])

    assert not is_one_history(cosigned)


SIZES = st.integers(0, 12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.booleans(), SIZES, SIZES, st.booleans()), max_size=12))
def test_whatever_is_asked_in_whatever_order_it_vouches_for_one_history(
    tmp_path_factory: pytest.TempPathFactory,
    log: Growing,
    other: Growing,
    asked: list[tuple[bool, int, int, bool]],
) -> None:
    folder = tmp_path_factory.mktemp("witness")
    witness, cosigned, newest = a_witness(folder), defaultdict[int, set[bytes]](set), 0
    for honest, old, new, restarts in asked:
        if restarts:
            witness.close()
            witness = a_witness(folder)
        body = (log if honest else other).body(old, new)
        try:
            seen = vouched(body, witness.add_checkpoint(body))
        except (BadRequest, NotLatest, NotConsistent):
            continue
        assert seen.size >= newest
        newest = seen.size
        cosigned[seen.size].add(seen.root)
    witness.close()

    histories = [
        all(roots == {which.to(size).root} for size, roots in cosigned.items() if size) for which in (log, other)
    ]
    assert any(histories)


def test_a_cosigners_secret_is_in_no_words_about_it() -> None:
    cosigner: Cosigner = a_cosigner()
    assert cosigner.key.seed.hex() not in repr(cosigner)
    assert str(cosigner.key.seed) not in repr(cosigner)
