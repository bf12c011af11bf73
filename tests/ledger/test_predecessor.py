"""A log that follows another: both sign where the old one ended, and every checkpoint of the new one names it."""

from dataclasses import replace
from pathlib import Path

import pytest

from safehand.ledger.checkpoint import Checkpoint, open_checkpoint
from safehand.ledger.errors import LogBroken
from safehand.ledger.export import export_log
from safehand.ledger.merkle import EMPTY_ROOT
from safehand.ledger.note import Note, parse_note
from safehand.ledger.predecessor import (
    PREDECESSOR_PATH,
    BadPredecessor,
    Predecessor,
    extension_of,
    open_predecessor,
    sign_predecessor,
)
from safehand.ledger.publication import LogWriter
from safehand.ledger.receipt import make_receipt, verify_receipt
from safehand.ledger.refusals import Refused, Unusable
from safehand.ledger.source import FolderSource, read_nodes
from safehand.ledger.verification import Verdict, verify_log, verify_predecessor
from tests.ledger.logs import a_fact, a_key, a_log, a_salt, entries_for, published

NEW = a_key("log.example/helsinki-2", 2)
OLD_SIZE, SAME, NEW_SIZE = 700, 600, 650


def said_of(old: Path, **changes: object) -> Predecessor:
    end = published(old)
    said = Predecessor(NEW.name, a_key().verifier, end.size, end.root, SAME)
    return replace(said, **changes)  # type: ignore[arg-type]


def a_successor(folder: Path, raw: bytes, same: int = SAME) -> Path:
    """A log of NEW that begins like the old one and goes on with other entries."""
    folder.mkdir(parents=True)
    (folder / PREDECESSOR_PATH).write_bytes(raw)
    with LogWriter.open(folder, NEW) as writer:
        writer.extend(0, entries_for(same))
        writer.publish()
        writer.extend(same, entries_for(NEW_SIZE, seed=1)[same:])
        writer.publish()
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return a_log(tmp_path / "old", OLD_SIZE)


@pytest.fixture
def new(tmp_path: Path, old: Path) -> Path:
    return a_successor(tmp_path / "new", sign_predecessor(said_of(old), NEW, a_key()))


def verdict_of(folder: Path) -> Verdict:
    return verify_log(FolderSource(folder), NEW.verifier)


def held(new: Path, old: Path) -> Verdict:
    return verify_predecessor(FolderSource(new), verdict_of(new), FolderSource(old))


def test_the_new_log_verifies_and_names_the_end_of_the_old_one(new: Path, old: Path) -> None:
    verdict = verdict_of(new)

    assert verdict.ok
    assert verdict.predecessor == said_of(old)
    assert held(new, old).ok


def test_a_restart_goes_on_naming_it(new: Path) -> None:
    with LogWriter.open(new, NEW) as writer:
        writer.extend(NEW_SIZE, entries_for(NEW_SIZE + 1, seed=1)[NEW_SIZE:])
        writer.publish()

    assert verdict_of(new).size == NEW_SIZE + 1
    assert verdict_of(new).predecessor is not None


def test_an_export_takes_the_statement_along(new: Path, tmp_path: Path) -> None:
    export_log(FolderSource(new), tmp_path / "copy")

    assert verdict_of(tmp_path / "copy").predecessor is not None


def test_a_statement_that_is_gone_or_another_is_seen_by_all(new: Path, old: Path, tmp_path: Path) -> None:
    place = new / PREDECESSOR_PATH
    other = sign_predecessor(said_of(old, same=1), NEW, a_key())
    for raw in (other, b"", b"hello\n", None):
        place.unlink(missing_ok=True)
        if raw is not None:
            place.write_bytes(raw)

        assert str(verdict_of(new).refused).startswith("bad predecessor: ")
        with pytest.raises(LogBroken):
            LogWriter.open(new, NEW)
    with pytest.raises(Refused, match="there is no statement"):
        export_log(FolderSource(new), tmp_path / "copy")


def test_a_log_that_began_without_one_gets_none_later(old: Path) -> None:
    (old / PREDECESSOR_PATH).write_bytes(
        sign_predecessor(replace(said_of(old), name=a_key().name, key=NEW.verifier), a_key(), NEW)
    )

    with pytest.raises(LogBroken):
        LogWriter.open(old, a_key())


def test_both_logs_must_have_signed_it(old: Path) -> None:
    said = said_of(old)
    whole = parse_note(sign_predecessor(said, NEW, a_key()))
    named = Checkpoint(NEW.name, 0, EMPTY_ROOT, (extension_of(whole.encode()),))
    assert open_predecessor(whole.encode(), named, NEW.verifier) == said

    thief = a_key(seed=9)
    for signatures in (whole.signatures[:1], whole.signatures[1:], thief.sign(said.text).signatures):
        with pytest.raises(BadPredecessor, match="not signed by"):
            open_predecessor(Note(said.text, signatures).encode(), named, NEW.verifier)
    with pytest.raises(BadPredecessor, match="names another"):
        open_predecessor(whole.encode(), replace(named, extensions=()), NEW.verifier)
    with pytest.raises(BadPredecessor, match="several"):
        open_predecessor(whole.encode(), replace(named, extensions=named.extensions * 2), NEW.verifier)


@pytest.mark.parametrize(
    ("old_text", "new_text"),
    [
        ("safehand/predecessor/v1", "safehand/predecessor/v2"),
        ("\n700\n", "\n0700\n"),
        ("\n600\n", "\n701\n"),
        (f"{NEW.name}\n", f"{a_key().name}\n"),
        ("\n600\n", "\n600\nmore\n"),
        ("=\n", "\n"),
    ],
    ids=["version", "spelling", "more than there was", "itself", "a line more", "root"],
)
def test_another_form_is_none(old: Path, old_text: str, new_text: str) -> None:
    text = said_of(old).text
    assert old_text in text

    with pytest.raises(BadPredecessor):
        Predecessor.parse(text.replace(old_text, new_text, 1))


def test_a_copy_that_contradicts_the_statement_is_told(tmp_path: Path, old: Path, new: Path) -> None:
    longer = a_log(tmp_path / "longer", OLD_SIZE + 1)
    forked = a_log(tmp_path / "forked", OLD_SIZE, seed=5)
    lying = a_successor(tmp_path / "lying", sign_predecessor(said_of(old, same=SAME + 1), NEW, a_key()))

    assert "701 entries, not the 700" in str(held(new, longer).refused)
    assert not held(new, forked).ok
    assert "entry 600 is another one" in str(held(lying, old).refused)
    with pytest.raises(Unusable, match="too old a copy"):
        held(new, a_log(tmp_path / "older", 10))


def test_receipts_of_the_new_log_verify_like_any(new: Path) -> None:
    signed = open_checkpoint((new / "checkpoint").read_bytes(), NEW.verifier)
    raw = make_receipt(a_fact(5), a_salt(5), 5, signed, read_nodes(new, signed.size))

    assert verify_receipt(raw, NEW.verifier).checkpoint.extensions == signed.checkpoint.extensions != ()
