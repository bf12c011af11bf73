"""The evening: what was planted must have been caught, no more and no less."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from safehand.demo.book import DISAGREEMENTS_MAX, Book, compared
from safehand.demo.device import DeviceKey, signed
from safehand.demo.hours import OPENS_MS, Hours, hour_words, midnight_ms
from safehand.demo.phone import Answered
from safehand.demo.plan import HOUR_MS, MINUTE_MS
from safehand.events.statement import Scanned
from safehand.events.vocabulary import ExceptionKind, State
from safehand.kernel.ids import DeviceId, ParcelId, PartyId

BOX = ParcelId("pcl_01kbb4xj0000000000000000p1")
OTHER = ParcelId("pcl_01kbb4xj0000000000000000p2")


def answered(outcome: str, sequence: int = 1) -> Answered:
    said = Scanned(
        device=DeviceId("dev_01kbb4xj0000000000000000d1"),
        sequence=sequence,
        at_ms=1,
        parcel=BOX,
        party=PartyId("pty_01kbb4xj0000000000000000m1"),
        state=State.SORTED,
    )
    return Answered(signed(DeviceKey.fresh(), said), outcome, 1, (), None)


def test_what_was_planted_and_caught_agrees() -> None:
    planted = Counter({(BOX, ExceptionKind.FORK): 1, (OTHER, ExceptionKind.SEAL_MISMATCH): 1})

    assert compared(planted, planted.copy()) == []


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (Counter(), ["fork was planted 1"]),
        (Counter({(OTHER, ExceptionKind.FORK): 1}), ["fork was planted 1", "fork was raised 1"]),
        (Counter({(BOX, ExceptionKind.SEAL_MISMATCH): 1}), ["fork was planted 1", "seal_mismatch was raised 1"]),
        (Counter({(BOX, ExceptionKind.FORK): 3}), ["fork was raised 2"]),
    ],
    ids=["missed", "on another parcel", "another kind", "too often"],
)
def test_what_was_missed_and_what_is_a_false_alarm_is_said(
    raised: Counter[tuple[ParcelId, ExceptionKind]], said: list[str]
) -> None:
    words = compared(Counter({(BOX, ExceptionKind.FORK): 1}), raised)

    assert len(words) == len(said)
    assert all(part in line for part, line in zip(said, words, strict=True))


def test_a_statement_that_the_system_said_it_has_is_written_down_once() -> None:
    book = Book()
    first = answered("stored")
    book.note(first)
    book.note(Answered(first.sent, "duplicate", 1, (), None))

    assert book.acknowledged == {BOX: {first.sent.hash}}
    assert book.outcomes == {"stored": 1, "duplicate": 1}
    assert book.answers[first.sent.hash] == first
    assert book.disagreements == []


def test_what_was_set_aside_was_not_acknowledged() -> None:
    book = Book()
    forged = answered("quarantined")
    book.note(forged)

    assert book.acknowledged == {}
    assert book.set_aside == {forged.sent.hash: None}


def test_an_outcome_that_nobody_knows_disagrees() -> None:
    book = Book()
    book.note(answered("maybe"))

    assert len(book.disagreements) == 1


def test_a_flood_of_disagreements_has_an_end() -> None:
    book = Book()
    for number in range(DISAGREEMENTS_MAX + 50):
        book.check(False, f"{number}")
    book.check(True, "never said")

    assert len(book.disagreements) == DISAGREEMENTS_MAX


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 11, 22, 21, 59, tzinfo=UTC), datetime(2026, 11, 21, 22, tzinfo=UTC)),
        (datetime(2026, 11, 22, 18, 0, tzinfo=UTC), datetime(2026, 11, 21, 22, tzinfo=UTC)),
        (datetime(2026, 11, 22, 17, 59, tzinfo=UTC), datetime(2026, 11, 20, 22, tzinfo=UTC)),
        (datetime(2026, 11, 22, 22, 0, tzinfo=UTC), datetime(2026, 11, 21, 22, tzinfo=UTC)),
        (datetime(2026, 7, 1, 18, 0, tzinfo=UTC), datetime(2026, 6, 30, 21, tzinfo=UTC)),
        (datetime(2027, 3, 28, 17, 0, tzinfo=UTC), datetime(2027, 3, 27, 22, tzinfo=UTC)),
        (datetime(2027, 3, 29, 12, 0, tzinfo=UTC), datetime(2027, 3, 27, 22, tzinfo=UTC)),
    ],
    ids=[
        "just before midnight",
        "the vans are back",
        "a van is out",
        "midnight",
        "summer",
        "the clocks change",
        "the clocks have changed",
    ],
)
def test_the_day_that_is_played_is_over_and_begins_at_the_towns_midnight(now: datetime, midnight: datetime) -> None:
    assert midnight_ms(int(now.timestamp() * 1000)) == int(midnight.timestamp() * 1000)


def test_hours_are_told_as_on_a_clock() -> None:
    assert hour_words(7 * HOUR_MS + 42 * MINUTE_MS + 59_999) == "07:42"


async def test_time_passes_as_fast_as_one_likes_and_what_is_past_is_not_waited_for() -> None:
    hours = Hours(midnight_ms=1_000, speed=60_000.0)
    hours.open()
    loop_s = asyncio.get_running_loop().time
    began_s = loop_s()

    await hours.until(OPENS_MS + 6 * MINUTE_MS)
    waited_s = loop_s() - began_s
    await hours.until(OPENS_MS)

    assert 0.005 <= waited_s < 0.1
    assert loop_s() - began_s < 0.1
    assert hours.at_ms(5) == 1_005


async def test_without_a_speed_nobody_waits() -> None:
    hours = Hours(midnight_ms=0, speed=None)
    hours.open()

    await hours.until(23 * HOUR_MS)  # would be 17 hours

    assert hours.at_ms(0) == 0
