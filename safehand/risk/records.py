"""Records of incidents: a CSV, packed or not, read row by row into arrays. Everything in it is hostile."""

import csv
import gzip
import io
import zlib
from array import array
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from safehand.risk.errors import ColumnMissing, RecordTooLarge, RecordUnusable, RowUnreadable, TypeUnknown
from safehand.risk.ground import F64, I64

COLUMNS = ("type", "ts", "lat", "lon")
ROWS_MAX = 10_000_000
LINE_CHARS_MAX = 64 * 1024
TYPES_TOLD_MAX = 12
TYPES_KEPT_MAX = 1_000
GZIP = b"\x1f\x8b"
REPORT_ROWS = 20_000

type Report = Callable[[int], None]
"""Is told how many rows were read."""


@dataclass(frozen=True, slots=True)
class Record:
    """Incidents in the order of their time.

    Shapes
        at_ms     n, since 1970 in UTC; a time without a zone is taken for UTC.
        lat, lon  n, degrees, WGS 84.
        placeless  rows that were passed over, for they name no place.
    """

    at_ms: I64
    lat: F64
    lon: F64
    placeless: int = 0

    def __len__(self) -> int:
        return len(self.at_ms)


def read_record(path: Path, types: Collection[str] = (), report: Report | None = None) -> Record:
    """Read the incidents of these types, of all where none are named.

    Errors
        RecordUnusable  no such file, empty, half a gzip, not UTF-8, no CSV.
        ColumnMissing, RowUnreadable, TypeUnknown, RecordTooLarge
    Cost
        24 bytes a row; about 3 s for a million rows.
    """
    with _lines(path) as lines:
        try:
            return _read(path, csv.reader(lines, strict=True), frozenset(types), report)
        except UnicodeDecodeError as error:
            raise RecordUnusable(str(path), f"it is not UTF-8 (byte {error.object[error.start]:#04x})") from None
        except csv.Error as error:
            raise RecordUnusable(str(path), f"it is no CSV ({error})") from None
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise RecordUnusable(str(path), "its gzip data is damaged or ends in the middle") from None


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    try:
        with path.open("rb") as file:
            packed = file.peek(len(GZIP))[: len(GZIP)] == GZIP
            raw = gzip.GzipFile(fileobj=file) if packed else file
            with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
                yield _bounded(path, text)
    except OSError as error:
        raise RecordUnusable(str(path), f"it cannot be read ({error.strerror or error})") from None


def _bounded(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LINE_CHARS_MAX + 1):
        if len(line) > LINE_CHARS_MAX:
            raise RecordUnusable(str(path), f"a line has more than {LINE_CHARS_MAX} characters")
        yield line


def _read(path: Path, rows: "Iterator[list[str]]", types: frozenset[str], report: Report | None) -> Record:
    heading = next(rows, None)
    if heading is None:
        raise RecordUnusable(str(path), "it is empty")
    kind, when, lat, lon = _places(path, heading)
    last = max(kind, when, lat, lon)
    at_ms, lats, lons = array("q"), array("d"), array("d")
    placeless = 0
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        if number > ROWS_MAX + 1:
            raise RecordTooLarge("rows", ROWS_MAX, "split the record by years")
        if report is not None and number % REPORT_ROWS == 0:
            report(number)
        if not row:
            continue
        if len(row) <= last:
            raise RowUnreadable(str(path), number, heading[len(row)], "", f"{len(heading)} cells, not {len(row)}")
        if len(seen) < TYPES_KEPT_MAX:
            seen.add(row[kind])
        if types and row[kind] not in types:
            continue
        if not row[lat].strip() and not row[lon].strip():
            placeless += 1
            continue
        at_ms.append(_time_ms(path, number, row[when]))
        lats.append(_degrees(path, number, "lat", row[lat], 90))
        lons.append(_degrees(path, number, "lon", row[lon], 180))
    if seen and len(seen) < TYPES_KEPT_MAX and (unknown := sorted(types - seen)):
        raise TypeUnknown(unknown[0], ", ".join(sorted(seen)[:TYPES_TOLD_MAX]))
    return _sorted(at_ms, lats, lons, placeless)


def _places(path: Path, heading: list[str]) -> tuple[int, int, int, int]:
    names = [name.strip().lower() for name in heading]
    for column in COLUMNS:
        if column not in names:
            raise ColumnMissing(str(path), column, ", ".join(names))
    kind, when, lat, lon = (names.index(column) for column in COLUMNS)
    return kind, when, lat, lon


def _time_ms(path: Path, number: int, given: str) -> int:
    try:
        at = datetime.fromisoformat(given.strip())
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        expected = "a date and time such as 2026-03-01 14:30:00"
        raise RowUnreadable(str(path), number, "ts", given, expected) from None


def _degrees(path: Path, number: int, column: str, given: str, most: int) -> float:
    try:
        degrees = float(given)
    except ValueError:
        degrees = float("nan")
    if not -most <= degrees <= most:
        raise RowUnreadable(str(path), number, column, given, f"degrees from -{most} to {most}")
    return degrees


def _sorted(at_ms: "array[int]", lats: "array[float]", lons: "array[float]", placeless: int) -> Record:
    when = np.frombuffer(at_ms, np.int64) if at_ms else np.zeros(0, np.int64)
    order = np.argsort(when, kind="stable")
    lat, lon = (np.frombuffer(one, np.float64) if one else np.zeros(0) for one in (lats, lons))
    return Record(when[order], lat[order], lon[order], placeless)
