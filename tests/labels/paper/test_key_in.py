import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.kernel.errors import SafehandError
from safehand.labels.errors import (
    CodeUnknown,
    FieldInvalid,
    KeyedTooLong,
    KeyedTwice,
    NumberUnreadable,
    RowShape,
    TimeAhead,
    TimeSkipped,
    TimeTwice,
    TimeUnreadable,
    WrongCheckDigit,
)
from safehand.labels.numbers import read_number
from safehand.labels.paper.codes import CODES, Step, Wrong
from safehand.labels.paper.key_in import KEYED_CHARS_MAX, KEYED_LINES_MAX, KeyedRow, Sheetday, read_keyed
from tests.labels.paper.sheets import DAY, HELSINKI
from tests.labels.samples import S10, SSCC, TRACKING

NOON = int(datetime(2026, 11, 28, 12, tzinfo=HELSINKI).timestamp()) * 1000
ZONES = ["Europe/Helsinki", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"]
TODAY = Sheetday(day=DAY, zone=HELSINKI, now_ms=NOON)


def at_ms(hour: int, minute: int) -> int:
    return int(datetime(2026, 11, 28, hour, minute, tzinfo=HELSINKI).timestamp()) * 1000


def refused(line: str, sheet: Sheetday = TODAY) -> SafehandError:
    """What is wrong with a line that is keyed in alone."""
    keyed = read_keyed(line, sheet)
    assert keyed.rows == ()
    return keyed.refused[0].error


def test_lines_are_read_as_people_write_them() -> None:
    keyed = read_keyed(
        f"""# Helsinki, sheet 2
SH 4829 1057 3345, R, 05:40, VV

(00) {SSCC}; l; 7.05; vv; HEL 3
{S10.lower()}\tXT\t0712\tÄÖ\tL3\t
SH 4829-1057-3345 S 9:00 V.V
""",
        TODAY,
    )
    assert keyed.refused == ()
    assert keyed.rows == (
        KeyedRow(2, read_number(TRACKING), Step.RECEIVED, at_ms(5, 40), "VV"),
        KeyedRow(4, read_number(SSCC), Step.LOADED, at_ms(7, 5), "VV", "HEL 3"),
        KeyedRow(5, read_number(S10), Wrong.TAMPERED, at_ms(7, 12), "ÄÖ", "L3"),
        KeyedRow(6, read_number(TRACKING), Step.SORTED, at_ms(9, 0), "V.V"),
    )


def test_the_operations_guide_names_every_code_and_its_rows_are_read() -> None:
    guide = Path("docs/operations.md").read_text("utf-8").split("## Hours without power\n")[1].split("\n## ")[0]
    assert re.findall(r"`([A-Z]{1,2})`", guide) == list(CODES)
    rows = "\n".join(line.strip() for line in guide.splitlines() if line.startswith("    "))
    keyed = read_keyed(rows, TODAY)
    assert (len(keyed.rows), keyed.refused) == (2, ())


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_that_stands_on_a_sheet_can_be_keyed_in(code: str) -> None:
    (row,) = read_keyed(f"{TRACKING},{code.lower()},0600,VV", TODAY).rows
    assert row.does is CODES[code]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"{TRACKING[:-1]}9,R,05:40,VV", WrongCheckDigit),
        ("parcel,R,05:40,VV", NumberUnreadable),
        (",R,05:40,VV", NumberUnreadable),
        (f"{TRACKING},Q,05:40,VV", CodeUnknown),
        (f"{TRACKING},,05:40,VV", CodeUnknown),
        (f"{TRACKING},R,25:40,VV", TimeUnreadable),
        (f"{TRACKING},R,05:60,VV", TimeUnreadable),
        (f"{TRACKING},R,24:00,VV", TimeUnreadable),
        (f"{TRACKING},R,540a,VV", TimeUnreadable),
        (f"{TRACKING},R,soon,VV", TimeUnreadable),
        (f"{TRACKING},R,12:01,VV", TimeAhead),
        (f"{TRACKING},R,05:40,", FieldInvalid),
        (f"{TRACKING},R,05:40,<script>", FieldInvalid),
        (f"{TRACKING},R,05:40,VV,{'W' * 13}", FieldInvalid),
        (f"{TRACKING},R,05:40", RowShape),
        (f"{TRACKING},R,05:40,VV,L3,more", RowShape),
        (f"{TRACKING} R", RowShape),
        (f"{TRACKING},R,05:40,VV{' ' * 200}", RowShape),
    ],
)
def test_a_line_that_is_no_row_says_what_is_wrong_in_every_language(line: str, kind: type[SafehandError]) -> None:
    error = refused(line)
    assert type(error) is kind
    for language in LANGUAGES:
        told = read_keyed(line, TODAY).refused[0].told(load_catalogue(language))
        assert "labels." not in told
        assert "{" not in told


def test_one_bad_line_spoils_no_other_and_is_told_by_its_place() -> None:
    keyed = read_keyed(f"{TRACKING},R,05:40,VV\nnonsense\n{SSCC},R,05:41,VV", TODAY)
    assert [row.line for row in keyed.rows] == [1, 3]
    assert [(row.line, row.text) for row in keyed.refused] == [(2, "nonsense")]


def test_the_same_thing_keyed_in_twice_is_told_with_its_first_line() -> None:
    keyed = read_keyed(f"{TRACKING},R,05:40,VV\n{SSCC},R,05:40,VV\n{TRACKING.lower()},r,0540,AB", TODAY)
    assert [row.line for row in keyed.rows] == [1, 2]
    assert type(keyed.refused[0].error) is KeyedTwice
    assert keyed.refused[0].error.params == {"first_line": 1}


def test_a_time_to_come_is_refused_and_so_is_all_of_tomorrows_sheet() -> None:
    assert read_keyed(f"{TRACKING},R,12:00,VV", TODAY).rows
    error = refused(f"{TRACKING},R,12:01,VV")
    assert error.params == {"given": "12:01", "day": "2026-11-28", "now": "2026-11-28 12:00"}
    tomorrow = Sheetday(day=date(2026, 11, 29), zone=HELSINKI, now_ms=NOON)
    assert type(refused(f"{TRACKING},R,00:00,VV", tomorrow)) is TimeAhead


def test_an_hour_that_came_twice_is_asked_for_and_one_that_never_was_is_refused() -> None:
    autumn = Sheetday(day=date(2026, 10, 25), zone=HELSINKI, now_ms=NOON)
    assert type(refused(f"{TRACKING},R,03:30,VV", autumn)) is TimeTwice
    first, second = read_keyed(f"{TRACKING},R,03:30a,VV\n{TRACKING},R,3.30 B,VV", autumn).rows
    assert second.at_ms - first.at_ms == 3_600_000
    assert first.at_ms == int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()) * 1000
    spring = Sheetday(day=date(2026, 3, 29), zone=HELSINKI, now_ms=NOON)
    assert type(refused(f"{TRACKING},R,03:30,VV", spring)) is TimeSkipped
    assert type(refused(f"{TRACKING},R,03:30b,VV", spring)) is TimeSkipped


@given(st.sampled_from(ZONES), st.integers(0, 366 * 24 * 60 * 3))
def test_every_minute_of_three_years_that_a_clock_shows_reads_back_as_that_minute(zone: str, minute: int) -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    wall = moment.astimezone(ZoneInfo(zone))
    twice = wall.utcoffset() != wall.replace(fold=1 - wall.fold).utcoffset()
    told = f"{wall:%H:%M}{'ab'[wall.fold] if twice else ''}"
    sheet = Sheetday(day=wall.date(), zone=ZoneInfo(zone), now_ms=int(moment.timestamp()) * 1000)
    assert sheet.moment_ms(told) == sheet.now_ms


@given(st.text(max_size=400) | st.text("0123456789SH,;:. \n#RLXab", max_size=400))
def test_whatever_is_keyed_in_each_line_is_a_row_a_refusal_or_nothing(text: str) -> None:
    keyed = read_keyed(text, TODAY)
    places = [row.line for row in keyed.rows] + [row.line for row in keyed.refused]
    said = [at for at, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")]
    assert sorted(places) == said


@pytest.mark.parametrize("text", ["x" * (KEYED_CHARS_MAX + 1), "\n" * (KEYED_LINES_MAX + 1)])
def test_too_much_at_once_is_refused_unread(text: str) -> None:
    with pytest.raises(KeyedTooLong):
        read_keyed(text, TODAY)
