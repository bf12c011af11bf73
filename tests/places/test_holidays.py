"""Holidays from files as they are published, and from files that are broken."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.errors import SafehandError
from safehand.places.calendars import Day, DayKind
from safehand.places.errors import BadDay, FileTooLarge, FileUnreadable, HalfFile, WrongEncoding
from safehand.places.holidays import read_days

TODAY = date(2026, 11, 28)
ICS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
UID:1\r
DTSTART;VALUE=DATE:20261224\r
DTEND;VALUE=DATE:20261227\r
SUMMARY:Jouluaatto\\, joulu\r
  ja tapani\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20171206\r
RRULE:FREQ=YEARLY\r
SUMMARY:Itsenäisyyspäivä\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20270101\r
STATUS:CANCELLED\r
END:VEVENT\r
END:VCALENDAR\r
"""


def event(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]).encode()


def test_a_published_calendar_is_read() -> None:
    name = "Jouluaatto, joulu ja tapani"
    assert read_days(ICS.encode(), TODAY) == [
        Day(date(2026, 12, 6), DayKind.CLOSED, "Itsenäisyyspäivä"),
        Day(date(2026, 12, 24), DayKind.CLOSED, name),
        Day(date(2026, 12, 25), DayKind.CLOSED, name),
        Day(date(2026, 12, 26), DayKind.CLOSED, name),
        Day(date(2027, 12, 6), DayKind.CLOSED, "Itsenäisyyspäivä"),
        Day(date(2028, 12, 6), DayKind.CLOSED, "Itsenäisyyspäivä"),
    ]


def test_json_says_opened_and_usual_too() -> None:
    raw = b'\xef\xbb\xbf[{"day":"2026-12-19","kind":"opened","name":"Sale"},{"day":"2026-12-25"}]'

    assert read_days(raw, TODAY) == [
        Day(date(2026, 12, 19), DayKind.OPENED, "Sale"),
        Day(date(2026, 12, 25), DayKind.CLOSED),
    ]


def test_the_29th_of_february_comes_when_it_comes() -> None:
    raw = event("DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY")

    assert [one.day for one in read_days(raw, TODAY)] == [date(2028, 2, 29)]


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (ICS.encode()[:200], HalfFile),
        (ICS.encode("utf-16"), WrongEncoding),
        (ICS.encode("latin-1"), WrongEncoding),
        (b"", FileUnreadable),
        (b"<html>", FileUnreadable),
        (b'[{"day":"2026-12-25"}', HalfFile),
        (b'[{"day":"2026-13-25"}]', FileUnreadable),
        (b'[{"day":"2026-12-25","kind":"shut"}]', FileUnreadable),
        (b'{"day":"2026-12-25"}', FileUnreadable),
        (b"[" * 100_000 + b"]", FileUnreadable),
        (b'[{"day":"2026-12-25"}' + b',{"day":"2026-12-25"}' * 1_000 + b"]", FileTooLarge),
        (event("SUMMARY:x"), BadDay),
        (event("DTSTART:20261224T080000Z"), BadDay),
        (event("DTSTART;VALUE=DATE:20261324"), BadDay),
        (event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261224"), BadDay),
        (event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20271224"), BadDay),
        (event("DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=DAILY"), FileUnreadable),
        (b"BEGIN:VCALENDAR\n" + b"\n" * 60_000 + b"END:VCALENDAR", FileTooLarge),
    ],
)
def test_a_broken_file_is_named_for_what_it_is(raw: bytes, error: type[SafehandError]) -> None:
    with pytest.raises(error):
        read_days(raw, TODAY)


@given(st.integers(0, len(ICS.encode())), st.binary(max_size=8))
def test_whatever_is_cut_or_put_in_it_is_read_or_refused(cut: int, junk: bytes) -> None:
    raw, refused = ICS.encode(), 0
    try:
        days = read_days(raw[:cut] + junk + raw[cut:], TODAY)
    except SafehandError as error:
        days, refused = [], error.status
    assert refused in {0, 400, 413, 422}
    assert all(one.name.isprintable() for one in days)
