"""The timeline as the recipient reads it: few words, first names, nothing about staff matters."""

from dataclasses import replace

import pytest

from safehand.custody.timeline import EntryKind, Signed
from safehand.events.vocabulary import Evidence, ExceptionKind, State, Way
from safehand.kernel.catalogue import load_catalogue
from safehand.surfaces.views import RecipientView
from safehand.surfaces.words.calendar import Calendar
from safehand.surfaces.words.people import People
from safehand.surfaces.words.recipient_line import TOLD, RecipientLine
from safehand.surfaces.words.rows import Row
from tests.surfaces.day import (
    AINO,
    BOX,
    DONE,
    HELSINKI,
    KIMMO,
    MIKKO,
    NAMES,
    NOW_MS,
    OLD_CASE,
    RITVA,
    SEAL_CASE,
    an_entry,
    at,
    for_recipient,
    parcels,
)


def rows(view: RecipientView, language: str = "en") -> list[Row]:
    words = load_catalogue(language)
    return RecipientLine(words, Calendar(words, HELSINKI, NOW_MS), People(words, NAMES, you=AINO)).rows(view)


def everything(found: list[Row]) -> str:
    return "\n".join(" ".join((row.title, row.at, row.now, *row.notes)) for row in found)


@pytest.mark.parametrize("parcel", [BOX, DONE])
@pytest.mark.parametrize("language", ["en", "fi"])
def test_only_first_names_and_no_other_recipient_is_named(parcel: str, language: str) -> None:
    said = everything(rows(for_recipient(parcels()[parcel]), language))  # type: ignore[index]

    assert "Mikko" in said
    for private in ("Virtanen", "Ritva", "Salo", "Laine", "pty_", "usr_", "per_"):
        assert private not in said


def test_who_has_it_now_is_said_once() -> None:
    now = [row.now for row in rows(for_recipient(parcels()[BOX])) if row.now]
    assert now == ["Mikko has it now."]

    assert [row.now for row in rows(for_recipient(parcels()[DONE])) if row.now] == ["You have it."]


@pytest.mark.parametrize(
    ("way", "evidence", "signed", "words"),
    [
        (Way.PIN, (Evidence.PIN,), Signed.EVIDENCE, "your PIN was given as evidence"),
        (Way.DRAWING, (Evidence.DRAWING,), Signed.EVIDENCE, "a name was drawn as evidence"),
        (Way.PHOTO, (Evidence.PHOTO,), Signed.EVIDENCE, "a photo was taken as evidence"),
        (Way.SAFE_PLACE, (Evidence.PHOTO,), Signed.EVIDENCE, "left it at the agreed place"),
        (Way.COUNTER, (), Signed.GIVER, "Over the counter; our side signed."),
        (Way.DEVICES, (), Signed.BOTH, "Both signed."),
    ],
)
def test_evidence_is_called_evidence(way: Way, evidence: tuple[Evidence, ...], signed: Signed, words: str) -> None:
    given = an_entry(
        1, EntryKind.HANDOVER, at(24, 9, 0), giver=MIKKO, taker=AINO, way=way, evidence=evidence, signed=signed
    )
    [row] = rows(replace(for_recipient(parcels()[DONE]), entries=(given,)))

    assert words in row.notes[0]
    assert row.title == "Driver Mikko to you"


def test_offers_and_who_looks_after_what_stay_inside() -> None:
    inside = (
        an_entry(1, EntryKind.OFFER, at(24, 9, 0), giver=MIKKO, taker=AINO),
        an_entry(2, EntryKind.ASSIGNMENT, at(24, 9, 1), told=KIMMO, by=RITVA, exception=SEAL_CASE),
    )
    shown = rows(replace(for_recipient(parcels()[BOX]), entries=inside))

    assert [row for row in shown if not row.ahead] == []


@pytest.mark.parametrize("kind", ExceptionKind)
def test_an_exception_is_told_if_it_concerns_the_recipient_and_then_so_is_its_end(kind: ExceptionKind) -> None:
    told = (
        an_entry(1, EntryKind.EXCEPTION, at(24, 9, 0), exception=OLD_CASE, exception_kind=kind, recorded=MIKKO),
        an_entry(2, EntryKind.RESOLUTION, at(24, 9, 1), exception=OLD_CASE, by=RITVA),
    )
    shown = [row for row in rows(replace(for_recipient(parcels()[BOX]), entries=told)) if not row.ahead]

    assert len(shown) == (2 if kind in TOLD else 0)
    assert all("Mikko" not in row.title for row in shown)


def test_the_next_step_names_the_pin_and_the_day() -> None:
    ahead = rows(for_recipient(parcels()[BOX]))[-1]
    assert (ahead.title, ahead.notes, ahead.ahead) == ("Driver Mikko to you", ("With your PIN. Today.",), True)

    lost = for_recipient(parcels()[BOX])
    assert not rows(replace(lost, head=replace(lost.head, state=State.LOST)))[-1].ahead
