"""Holidays from a file: iCalendar as calendars are published, or JSON. Pure.

Source
    RFC 5545 (iCalendar), of which events of whole days are read: DTSTART, DTEND, SUMMARY, STATUS, RRULE:FREQ=YEARLY.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from safehand.places.calendars import SET_AT_ONCE_MAX, Day, DayKind
from safehand.places.errors import BadDay, FileTooLarge, FileUnreadable, HalfFile
from safehand.places.reading import text_of

LINES_MAX = 50_000
EVENT_DAYS_MAX = 60
"""Days of one event: longer is no holiday."""
YEARS_REPEATED = 3
"""A holiday that comes every year is taken for so many, from its first."""
NAME_CHARS_MAX = 80


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    day: date
    kind: DayKind = DayKind.CLOSED
    name: str = ""


def read_days(raw: bytes, today: date) -> list[Day]:
    """The days of a file, iCalendar or JSON by how it begins; those that are closed twice are named after the first.

    Errors
        WrongEncoding, HalfFile, FileUnreadable, FileTooLarge, BadDay
    """
    text = text_of(raw)
    if text.lstrip()[:1] in {"[", "{"}:
        return _from_json(text)
    if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        return _from_ical(text, today)
    raise FileUnreadable("iCalendar, JSON", text.lstrip()[:20].splitlines()[0] if text.strip() else "")


def _from_json(text: str) -> list[Day]:
    if text.lstrip()[0] + text.rstrip()[-1] not in {"[]", "{}"}:
        raise HalfFile(len(text))
    try:
        told = msgspec.json.decode(text, type=list[_Told])
    except (msgspec.DecodeError, RecursionError) as error:
        raise FileUnreadable("JSON", str(error)) from None
    _few(len(told))
    return [Day(one.day, one.kind, _name(one.name)) for one in told]


def _from_ical(text: str, today: date) -> list[Day]:
    lines = list(_unfolded(text))
    if not any(line.strip().upper() == "END:VCALENDAR" for line in lines[-1:]):
        raise HalfFile(len(text))
    days: dict[date, Day] = {}
    event: dict[str, str] | None = None
    for line in lines:
        name, _, value = line.partition(":")
        match name.upper(), value.strip().upper():
            case "BEGIN", "VEVENT":
                event = {}
            case "END", "VEVENT":
                for day in _days(event or {}, today):
                    days.setdefault(day, Day(day, DayKind.CLOSED, _name(_unescaped((event or {}).get("SUMMARY", "")))))
                    _few(len(days))
                event = None
            case _ if event is not None:
                event.setdefault(name.partition(";")[0].upper(), value.strip())
    return sorted(days.values())


def _unfolded(text: str) -> Iterator[str]:
    """Lines with their continuations, empty ones left out."""
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise FileTooLarge("lines", len(lines), LINES_MAX)
    kept = ""
    for line in lines:
        if line[:1] in {" ", "\t"}:
            kept += line[1:]
            continue
        if kept:
            yield kept
        kept = line
    if kept:
        yield kept


def _days(event: dict[str, str], today: date) -> Iterator[date]:
    """The days of one event: from its first up to its end, which is the day after the last."""
    if event.get("STATUS", "").upper() == "CANCELLED":
        return
    first = _date(event.get("DTSTART", ""))
    last = _date(event["DTEND"]) - timedelta(days=1) if event.get("DTEND") else first
    count = (last - first).days + 1
    if not 0 < count <= EVENT_DAYS_MAX:
        raise BadDay(f"{first}..{last}")
    repeats = event.get("RRULE", "").upper()
    if repeats not in {"", "FREQ=YEARLY"}:
        raise FileUnreadable("RRULE:FREQ=YEARLY", repeats)
    begun = max(first.year, today.year)
    years = range(begun, begun + YEARS_REPEATED) if repeats else [first.year]
    for year in years:
        try:
            begins = first.replace(year=year)
        except ValueError:  # the 29th of February
            continue
        yield from (begins + timedelta(days=n) for n in range(count))


def _date(told: str) -> date:
    if len(told) != 8 or not told.isascii() or not told.isdigit():
        raise BadDay(told)
    try:
        return date(int(told[:4]), int(told[4:6]), int(told[6:]))
    except ValueError:
        raise BadDay(told) from None


def _unescaped(told: str) -> str:
    for said, meant in (("\\n", " "), ("\\N", " "), ("\\,", ","), ("\\;", ";"), ("\\\\", "\\")):
        told = told.replace(said, meant)
    return told


def _name(told: str) -> str:
    shown = "".join(char for char in told if char.isprintable())
    return " ".join(shown.split())[:NAME_CHARS_MAX].strip()


def _few(count: int) -> None:
    if count > SET_AT_ONCE_MAX:
        raise FileTooLarge("days", count, SET_AT_ONCE_MAX)
