"""What people wrote on a fallback sheet, keyed in later: lines become rows, and a line that cannot says why in words.

A line is `number, code, time, initials` and, if it was written, the lane or route:

    SH 4829 1057 3345, R, 05:40, VV
    364141411234567891; L; 7.05; VV; HEL 3
    CE123456785FI XT 0712 VV

Fields are set apart by commas, semicolons or tabs; by spaces only where there are four. Empty lines and those that
begin with # are passed over. Nothing is guessed: a wrong digit, an hour that came twice and a time to come are refused,
by line, and the other lines stand. Pure.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from safehand.kernel.catalogue import Catalogue
from safehand.kernel.errors import SafehandError, shown
from safehand.labels.errors import (
    CodeUnknown,
    FieldInvalid,
    KeyedTooLong,
    KeyedTwice,
    RowShape,
    TimeAhead,
    TimeSkipped,
    TimeTwice,
    TimeUnreadable,
)
from safehand.labels.model import ROUTE_CHARS_MAX, clean
from safehand.labels.numbers import Number, read_number
from safehand.labels.paper.codes import CODES, Step, Wrong

KEYED_CHARS_MAX = 256 * 1024
KEYED_LINES_MAX = 2_000
LINE_CHARS_MAX = 200
INITIALS_CHARS_MAX = 8
FIELDS = (4, 5)

_APART = re.compile(r"[,;\t]")
_TIME = re.compile(r"(\d{1,2})[:.]?(\d{2}) ?([ab])?", re.ASCII | re.IGNORECASE)
_INITIALS = re.compile(r"\w[\w.-]*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """One thing that was done or found, as it was written down.

    Shapes
        line   of what was keyed in, from 1.
        at_ms  the moment that the depot's clock showed.
        where  the lane or route that was written; empty if none was.
    """

    line: int
    number: Number
    does: Step | Wrong
    at_ms: int
    initials: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line that is no row, with what is wrong with it."""

    line: int
    text: str
    error: SafehandError

    def told(self, words: Catalogue) -> str:
        """What is wrong and what to do, in the reader's language."""
        return " ".join(words.say(f"{self.error.code}.{part}", **self.error.params) for part in ("detail", "remedy"))


@dataclass(frozen=True, slots=True)
class Keyed:
    """All lines, in order: each is in one of the two."""

    rows: tuple[KeyedRow, ...]
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheetday:
    """The day of a sheet by its depot's clock, and how late it is now."""

    day: date
    zone: ZoneInfo
    now_ms: int

    def moment_ms(self, told: str) -> int:
        """The moment that the depot's clock showed, of `5:40`, `05.40`, `0540`; of two `3:30a` is the first.

        Errors
            TimeUnreadable  it is no time of a day.
            TimeSkipped     the clock was put forward over it.
            TimeTwice       the clock was put back over it, and neither `a` nor `b` says which one is meant.
            TimeAhead       it is still to come.
        """
        found = _TIME.fullmatch(told)
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise TimeUnreadable(told)
        wall = datetime.combine(self.day, time(int(found[1]), int(found[2])), self.zone)
        first, second = wall.replace(fold=0), wall.replace(fold=1)
        clock = f"{wall:%H:%M}"
        if first.utcoffset() != second.utcoffset():
            if first.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
                raise TimeSkipped(clock, self.day)
            if not found[3]:
                raise TimeTwice(clock, self.day)
        elif found[3]:
            raise TimeUnreadable(told)
        meant = second if (found[3] or "").lower() == "b" else first
        at_ms = (meant.astimezone(UTC) - _EPOCH) // _MILLISECOND
        if at_ms > self.now_ms:
            raise TimeAhead(clock, self.day, self._now())
        return at_ms

    def _now(self) -> str:
        now = (_EPOCH + self.now_ms * _MILLISECOND).astimezone(self.zone)
        return f"{now:%Y-%m-%d %H:%M}"


def read_keyed(text: str, sheet: Sheetday) -> Keyed:
    """Every line of what was keyed in.

    Shapes
        text  up to KEYED_LINES_MAX lines and KEYED_CHARS_MAX characters.
    Errors
        KeyedTooLong  more than that: nothing of it is read. All else that is wrong is told by line.
    """
    if len(text) > KEYED_CHARS_MAX:
        raise KeyedTooLong("characters", len(text), KEYED_CHARS_MAX)
    lines = text.splitlines()
    if len(lines) > KEYED_LINES_MAX:
        raise KeyedTooLong("lines", len(lines), KEYED_LINES_MAX)
    rows: list[KeyedRow] = []
    refused: list[RefusedRow] = []
    seen: dict[tuple[str, Step | Wrong, int], int] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            row = _row(place, line, sheet)
            first = seen.setdefault((row.number.text, row.does, row.at_ms), place)
            if first != place:
                raise KeyedTwice(first)
        except SafehandError as error:
            refused.append(RefusedRow(place, shown(line.strip()), error))
        else:
            rows.append(row)
    return Keyed(tuple(rows), tuple(refused))


def _row(place: int, line: str, sheet: Sheetday) -> KeyedRow:
    if len(line) > LINE_CHARS_MAX:
        raise RowShape(len(line), "characters")
    fields = _fields(unicodedata.normalize("NFKC", line))
    number = read_number(fields[0])
    letters = fields[1].upper()
    if letters not in CODES:
        raise CodeUnknown(fields[1], ", ".join(CODES))
    return KeyedRow(
        place,
        number,
        CODES[letters],
        sheet.moment_ms(fields[2]),
        _initials(fields[3]),
        _where(fields[4]) if len(fields) == FIELDS[1] else "",
    )


def _fields(line: str) -> list[str]:
    """Four or five; between spaces alone the last three are code, time and initials, and the number may have some."""
    if _APART.search(line):
        fields = [clean(part) for part in _APART.split(line)]
        while len(fields) > FIELDS[0] and not fields[-1]:
            fields.pop()
    else:
        fields = clean(line).rsplit(" ", 3)
    if len(fields) not in FIELDS:
        raise RowShape(len(fields), "fields")
    return fields


def _initials(told: str) -> str:
    if not _INITIALS.fullmatch(told) or len(told) > INITIALS_CHARS_MAX:
        raise FieldInvalid("initials", told, f"1-{INITIALS_CHARS_MAX} letters or digits")
    return told.upper()


def _where(told: str) -> str:
    if len(told) > ROUTE_CHARS_MAX:
        raise FieldInvalid("lane or route", told, f"<= {ROUTE_CHARS_MAX}")
    return told
