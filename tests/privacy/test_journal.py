"""The journal of erasures: whole lines, in order, on the disk, or nothing."""

from pathlib import Path

import pytest

from safehand.kernel.ids import PartyId, PersonId, derived_id
from safehand.privacy.errors import JournalUnusable, NotYetApplied, TooManyPersons
from safehand.privacy.journal import PERSONS_MAX, Journal


def person(number: int) -> PersonId:
    return PersonId(PartyId(derived_id("per", bytes([1]) + number.to_bytes(15))))


def a_journal(folder: Path, lines: int = 3) -> Journal:
    journal = Journal(folder / "erasures")
    journal.open(1)
    for number in range(lines):
        journal.append([person(number)], "usr", 1, known=number)
    return journal


def test_what_was_appended_is_read_in_order_and_from_behind_a_number(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)

    assert [line.persons for line in journal.read()] == [(person(0),), (person(1),), (person(2),)]
    assert [line.number for line in journal.read(2)] == [3]
    assert journal.open(9) == journal.head(3) == journal.head(99)
    assert journal.path.stat().st_mode & 0o077 == 0


def test_only_who_knows_all_of_it_appends(tmp_path: Path) -> None:
    with pytest.raises(NotYetApplied):
        a_journal(tmp_path).append([person(7)], "usr", 1, known=2)


def test_a_line_that_a_crash_tore_has_not_happened(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    whole = journal.path.read_bytes()
    for cut in range(whole.rindex(b"\n", 0, -1) + 2, len(whole)):
        journal.path.write_bytes(whole[:cut])
        assert len(journal.read()) == 2
        journal.append([person(9)], "usr", 1, known=2)
        assert [line.persons for line in journal.read(2)] == [(person(9),)]


@pytest.mark.parametrize("line", range(4))
def test_a_line_that_was_changed_or_taken_out_is_noticed(tmp_path: Path, line: int) -> None:
    journal = a_journal(tmp_path)
    whole = journal.head(3)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    changed = lines[line].replace(b'"at_ms":1', b'"at_ms":2')
    last = line == len(lines) - 1  # nothing follows it that would contradict: the database's own mark does

    for forged in ([*lines[:line], changed, *lines[line + 1 :]], [*lines[:line], *lines[line + 1 :]]):
        journal.path.write_bytes(b"".join(forged))
        if last:
            assert journal.head(3) != whole
        else:
            with pytest.raises(JournalUnusable):
                journal.read()


def test_noise_a_link_and_too_many_persons_are_refused(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    with pytest.raises(TooManyPersons):
        journal.append([person(n) for n in range(PERSONS_MAX + 1)], "usr", 1, known=3)
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + b"\x00\xff\n")
    with pytest.raises(JournalUnusable):
        journal.read()
    journal.path.unlink()
    journal.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalUnusable):
        journal.read()
