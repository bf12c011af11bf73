"""The timeline as staff read it: who, what, how it is proved, what is next."""

from dataclasses import replace

import pytest

from safehand.custody.timeline import Entry, EntryKind, Signed
from safehand.events.vocabulary import ExceptionKind, ExceptionState, Resolution, State, Way
from safehand.kernel.catalogue import load_catalogue
from safehand.surfaces.views import ParcelView
from safehand.surfaces.words.calendar import Calendar
from safehand.surfaces.words.people import People
from safehand.surfaces.words.rows import Row
from safehand.surfaces.words.staff_line import StaffLine
from tests.surfaces.day import (
    BOX,
    DEPOT,
    DONE,
    HELSINKI,
    KIMMO,
    MIKKO,
    NAMES,
    NOW_MS,
    OLD_CASE,
    RITVA,
    SANNA,
    SEAL,
    SEAL_CASE,
    SHOP,
    an_entry,
    at,
    parcels,
)


def rows(view: ParcelView, language: str = "en") -> list[Row]:
    words = load_catalogue(language)
    return StaffLine(words, Calendar(words, HELSINKI, NOW_MS), People(words, NAMES)).rows(view)


def a_row(entry: Entry, **changes: object) -> Row:
    box = replace(parcels()[BOX], entries=(entry,), **changes)  # type: ignore[arg-type]
    return rows(box)[0]


def test_a_handover_says_from_whom_to_whom_where_and_that_the_seal_is_the_same() -> None:
    row = rows(parcels()[BOX])[4]

    assert row.title == "Pasila depot → driver Mikko Virtanen"
    assert row.notes == ("Loaded. Gate 3, Pasila. Seal 0731488 read, as on record.",)
    assert (row.joint, row.proof, row.seal) == (Signed.BOTH, "Two signatures", True)
    assert row.now == "Driver Mikko Virtanen has it now"


def test_evidence_is_named_and_never_called_a_signature() -> None:
    row = rows(parcels()[DONE])[-1]

    assert (row.joint, row.proof) == (Signed.EVIDENCE, "PIN")
    assert row.notes == ("Delivered. Fredrikinkatu. Seal 0731488 read, as on record.", "With the PIN.")


def test_another_seal_is_told_beside_the_one_on_record() -> None:
    half_signed = rows(parcels()[BOX])[8]

    assert "Seal 0731433 read; on record 0731488." in half_signed.notes[0]
    assert half_signed.notes[0].startswith("Half signed: driver Mikko Virtanen has, Pasila depot has not.")
    assert (half_signed.joint, half_signed.seal) == (Signed.GIVER, False)


def test_what_was_told_late_says_when_it_reached_us() -> None:
    assert rows(parcels()[BOX])[7].notes[-1] == "Told offline; it reached us today 13:20."
    assert not any("offline" in note for note in rows(parcels()[BOX])[6].notes)


def test_an_exception_breaks_the_line_and_names_both_facts_and_its_owner() -> None:
    row = rows(parcels()[BOX])[7]
    assert (row.title, row.status, row.joint, row.proof) == ("Seal does not match", "exception", None, "")
    assert row.notes[:2] == ("On record 0731488, read 0731433.", "Nobody looks after it yet.")

    owned = replace(SEAL, owner=KIMMO, state=ExceptionState.ASSIGNED)
    assert rows(replace(parcels()[BOX], cases=(owned,)))[7].notes[1] == "Looked after by Kimmo Ranta."


@pytest.mark.parametrize(
    ("entry", "title", "note"),
    [
        (
            an_entry(1, EntryKind.CORRECTION, at(24, 9, 0), giver=MIKKO, taker=SANNA, by=RITVA, exception=SEAL_CASE),
            "Driver Mikko Virtanen → driver Sanna Korhonen",
            "Ritva Salo recorded who really has it. The earlier record stays.",
        ),
        (
            an_entry(1, EntryKind.ASSIGNMENT, at(24, 9, 0), told=KIMMO, by=RITVA, exception=SEAL_CASE),
            "Kimmo Ranta looks after the exception",
            "Seal does not match.",
        ),
        (
            an_entry(
                1,
                EntryKind.RESOLUTION,
                at(24, 9, 0),
                resolution=Resolution.EXPLAINED,
                by=RITVA,
                exception=SEAL_CASE,
            ),
            "Exception closed: Explained",
            "Seal does not match. The two facts agree after all.",
        ),
        (
            an_entry(1, EntryKind.OVERRIDE, at(24, 9, 0), seal="0731433", recorded="0731488", by=RITVA),
            "Seal 0731433 accepted",
            "Ritva Salo read it again with a second person. On record before: 0731488.",
        ),
        (
            an_entry(1, EntryKind.OFFER, at(24, 9, 0), giver=SHOP, taker=DEPOT, signed=Signed.TAKER),
            "Akateeminen → Pasila depot",
            "Half signed: Pasila depot has, Akateeminen has not. It stays with Akateeminen until both have.",
        ),
        (
            an_entry(1, EntryKind.HANDOVER, at(24, 9, 0), giver=MIKKO, taker="pty_gone", way=Way.COUNTER),
            "Driver Mikko Virtanen → unknown hands",
            "Over the counter.",
        ),
        (an_entry(1, EntryKind.CANCELLED, at(24, 9, 0), state=State.CANCELLED, by=RITVA), "Cancelled", None),
    ],
)
def test_each_kind_of_line_has_its_words(entry: Entry, title: str, note: str | None) -> None:
    row = a_row(entry)

    assert row.title == title
    assert note is None or note in row.notes


@pytest.mark.parametrize("kind", EntryKind)
@pytest.mark.parametrize("language", ["en", "fi"])
def test_a_line_that_lacks_everything_still_has_words(kind: EntryKind, language: str) -> None:
    bare = an_entry(1, kind, at(24, 9, 0), cause=None)
    row = rows(replace(parcels()[BOX], entries=(bare,), cases=()), language)[0]

    assert row.title.strip()
    assert "line." not in row.title
    assert not any("None" in words or "{" in words for words in (row.title, *row.notes))


@pytest.mark.parametrize("kind", ExceptionKind)
def test_ids_and_hashes_in_an_exception_become_names(kind: ExceptionKind) -> None:
    row = a_row(
        an_entry(
            1,
            EntryKind.EXCEPTION,
            at(24, 9, 0),
            exception=OLD_CASE,
            exception_kind=kind,
            recorded=MIKKO,
            told="ab" * 32,
        ),
        cases=(),
    )

    assert "pty_" not in "".join(row.notes)
    assert "abab" * 4 not in "".join(row.notes)


def a_handover(minute: int, taker: str, handover: str, **fields: object) -> Entry:
    return an_entry(
        minute, EntryKind.HANDOVER, at(24, 9, minute), giver=DEPOT, taker=taker, handover=handover, **fields
    )  # fmt: skip


def an_offer(minute: int, taker: str, handover: str, signed: Signed) -> Entry:
    return an_entry(
        minute, EntryKind.OFFER, at(24, 9, minute), giver=DEPOT, taker=taker, handover=handover, signed=signed
    )  # fmt: skip


def test_a_half_that_was_completed_is_a_reading_and_one_that_was_overtaken_says_so() -> None:
    entries = (
        an_offer(1, MIKKO, "aa" * 32, Signed.GIVER),
        a_handover(2, MIKKO, "aa" * 32, signed=Signed.BOTH),
        an_offer(3, SANNA, "bb" * 32, Signed.TAKER),
        a_handover(4, SANNA, "cc" * 32, signed=Signed.BOTH),
    )
    told = rows(replace(parcels()[BOX], entries=entries, cases=()))

    assert (told[0].title, told[0].joint) == ("Pasila depot signs the handover to driver Mikko Virtanen", None)
    assert told[2].joint is Signed.TAKER
    assert told[2].notes == (
        "Half signed: driver Sanna Korhonen has, Pasila depot has not. Without effect so far.",
    )  # fmt: skip


def test_two_handovers_from_one_moment_are_told_by_their_takers() -> None:
    entries = (
        a_handover(1, MIKKO, "aa" * 32, signed=Signed.BOTH),
        an_offer(2, SANNA, "bb" * 32, Signed.TAKER),
        an_entry(
            3, EntryKind.EXCEPTION, at(24, 9, 3), exception=OLD_CASE, exception_kind=ExceptionKind.FORK,
            recorded="aa" * 32, told="bb" * 32,
        ),
    )  # fmt: skip
    told = rows(replace(parcels()[BOX], entries=entries, cases=()))[2]

    claim = rows(replace(parcels()[BOX], entries=entries, cases=()))[1]
    assert claim.notes[0].endswith("Without effect so far.")
    assert told.notes[0] == (
        "The first recorded stands: driver Mikko Virtanen. The second is kept as told: driver Sanna Korhonen."
    )


def test_what_comes_next_follows_from_where_the_parcel_stands() -> None:
    views = parcels()
    calm = replace(views[BOX], cases=(), entries=views[BOX].entries[:6])

    assert rows(views[BOX])[-1].title == "A person decides"
    assert rows(replace(views[BOX], cases=()))[-1].title == "Pasila depot signs, or a person decides"
    assert rows(calm)[-1].title == "Driver Mikko Virtanen → the recipient"
    assert not any(row.ahead for row in rows(views[DONE]))
