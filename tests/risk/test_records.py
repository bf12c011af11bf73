"""Records of incidents: what is read, and what is told of what cannot be."""

import gzip
from pathlib import Path

import pytest

from safehand.kernel.errors import SafehandError
from safehand.risk.errors import ColumnMissing, RecordUnusable, RowUnreadable, TypeUnknown
from safehand.risk.records import LINE_CHARS_MAX, read_record
from tests.risk.town import HEADING, a_file

GOOD = "theft,2026-03-01 06:00:00,60.17,24.94\nfraud,2026-02-01T06:00:00+02:00,60.18,24.95\n"


@pytest.mark.parametrize("packed", [False, True])
def test_incidents_come_in_the_order_of_their_time(tmp_path: Path, packed: bool) -> None:
    record = read_record(a_file(tmp_path / "r.csv", GOOD, packed=packed))

    assert record.at_ms.tolist() == [1_769_918_400_000, 1_772_344_800_000]
    assert record.lat.tolist() == [60.18, 60.17]


def test_columns_may_stand_anywhere_and_others_are_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("premise,LON,lat,ts,type\nhouse,24.94,60.17,2026-03-01,theft\n")

    record = read_record(path)

    assert (record.lat.tolist(), record.lon.tolist()) == ([60.17], [24.94])


def test_only_the_types_that_were_asked_for_are_read(tmp_path: Path) -> None:
    assert len(read_record(a_file(tmp_path / "r.csv", GOOD), ["theft"])) == 1


def test_a_type_that_no_row_has_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(TypeUnknown) as refused:
        read_record(a_file(tmp_path / "r.csv", GOOD), ["thefts"])

    assert refused.value.params == {"given": "thefts", "found": "fraud, theft"}


def test_a_row_without_a_place_is_passed_over_and_counted(tmp_path: Path) -> None:
    record = read_record(a_file(tmp_path / "r.csv", GOOD + "theft,2026-03-01,,\n"))

    assert (len(record), record.placeless) == (2, 1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("theft,yesterday,60,24", "ts"),
        ("theft,2026-13-01,60,24", "ts"),
        ("theft,2026-03-01,90.1,24", "lat"),
        ("theft,2026-03-01,60,-180.5", "lon"),
        ("theft,2026-03-01,nan,24", "lat"),
        ("theft,2026-03-01,60,inf", "lon"),
        ("theft,2026-03-01,60°,24", "lat"),
        ("theft,2026-03-01,60,", "lon"),
        ("theft,2026-03-01,60", "lon"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_column(tmp_path: Path, row: str, column: str) -> None:
    with pytest.raises(RowUnreadable) as refused:
        read_record(a_file(tmp_path / "r.csv", GOOD + row + "\n"))

    assert (refused.value.params["row"], refused.value.params["column"]) == (4, column)


@pytest.mark.parametrize("column", ["type", "ts", "lat", "lon"])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(HEADING.replace(column, "other") + GOOD)

    with pytest.raises(ColumnMissing) as refused:
        read_record(path)

    assert refused.value.params["column"] == column


WHOLE = gzip.compress((HEADING + GOOD * 500).encode())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (WHOLE[: len(WHOLE) // 2], "gzip"),
        (WHOLE[:-8] + bytes(8), "gzip"),
        (HEADING.encode() + "vôl,2026-03-01,60,24\n".encode("latin-1"), "UTF-8"),
        ((HEADING + GOOD).encode("utf-16"), "UTF-8"),
        (HEADING.encode() + b'"theft,2026-03-01,60,24\n', "CSV"),
        (HEADING.encode() + b"x" * (LINE_CHARS_MAX + 1), "characters"),
    ],
)
def test_a_file_that_is_no_record_is_told_so(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "r.csv.gz"
    path.write_bytes(raw)

    with pytest.raises(RecordUnusable) as refused:
        read_record(path)

    assert said in str(refused.value.params["reason"])


def test_a_folder_or_nothing_is_told_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(SafehandError) as refused:
            read_record(path)
        assert isinstance(refused.value, RecordUnusable)
