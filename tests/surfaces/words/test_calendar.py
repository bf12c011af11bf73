"""Days and hours as people say them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from safehand.kernel.catalogue import load_catalogue
from safehand.surfaces.words.calendar import Calendar
from tests.surfaces.day import HELSINKI, NOW_MS, at


def a_calendar(language: str = "en", now_ms: int = NOW_MS, zone: ZoneInfo = HELSINKI) -> Calendar:
    return Calendar(load_catalogue(language), zone, now_ms)


@pytest.mark.parametrize(
    ("day", "english", "finnish"),
    [
        (date(2026, 11, 24), "today", "tänään"),
        (date(2026, 11, 25), "tomorrow", "huomenna"),
        (date(2026, 11, 23), "yesterday", "eilen"),
        (date(2026, 11, 30), "Mon 30 Nov", "ma 30.11."),
        (date(2027, 1, 4), "Mon 4 Jan 2027", "ma 4.1.2027"),
    ],
)
def test_a_day_is_named_when_it_is_near_and_dated_when_it_is_not(day: date, english: str, finnish: str) -> None:
    assert a_calendar("en").day(day) == english
    assert a_calendar("fi").day(day) == finnish


def test_an_hour_is_written_as_the_language_writes_it() -> None:
    assert a_calendar("en").moment(at(24, 8, 5)) == "today 08:05"
    assert a_calendar("fi").moment(at(24, 8, 5)) == "tänään klo 08.05"


def test_an_hour_is_told_by_the_clock_of_the_place() -> None:
    assert a_calendar().hour(at(24, 0, 30), "Europe/Stockholm") == "23:30"
    assert a_calendar().hour(at(24, 0, 30), "Europe/Atlantis") == "00:30"
    assert a_calendar().hour(at(24, 0, 30), "../../etc/passwd") == "00:30"


def test_today_begins_at_local_midnight() -> None:
    just_before = a_calendar(now_ms=at(24, 0, 0) - 1)
    assert just_before.today == date(2026, 11, 23)
    assert a_calendar(now_ms=at(24, 0, 0)).today == date(2026, 11, 24)


def test_the_margin_of_a_timeline_names_a_day_once() -> None:
    calendar = a_calendar()

    assert calendar.stamp(at(23, 17, 40), None) == "Mon 17:40"
    assert calendar.stamp(at(23, 18, 0), at(23, 17, 40)) == "18:00"
    assert calendar.stamp(at(24, 6, 48), at(23, 18, 0)) == "Tue 06:48"
    assert calendar.stamp(at(24, 6, 48), None) == "06:48"
    assert calendar.stamp(at(3, 6, 48), None) == "3 Nov 06:48"
