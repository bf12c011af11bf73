"""Records of incidents: a CSV, packed or not, read row by row into arrays. Everything in it is hostile."""

import csv
import gzip
import io
import zlib
from array import array
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from safehand.kernel.rows import Fault, Table, no_text
from safehand.risk.errors import ColumnMissing, RecordTooLarge, RecordUnusable, RowUnreadable, TypeUnknown
from safehand.risk.ground import F64, I64

COLUMNS = ("type", "ts", "lat", "lon")
ROWS_MAX = 10_000_000
LINE_CHARS_MAX = 64 * 1024
TYPES_TOLD_MAX = 12
TYPES_KEPT_MAX = 1_000
GZIP, HEAD_BYTES = b"\x1f\x8b", 8
FAULTS_KEPT_MAX = 1_000
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


@dataclass(slots=True)
class Faults:
    """The rows that cannot be read, in order; of more than FAULTS_KEPT_MAX their number alone."""

    kept: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, error: RowUnreadable) -> None:
        """One more."""
        self.count += 1
        if len(self.kept) < FAULTS_KEPT_MAX:
            self.kept.append(Fault(line, str(error.params["column"]), error))


@dataclass(frozen=True, slots=True)
class _Wanted:
    types: frozenset[str]
    report: Report | None
    until_ms: int | None
    faults: Faults | None


def read_record(
    path: Path,
    types: Collection[str] = (),
    report: Report | None = None,
    *,
    until_ms: int | None = None,
    faults: Faults | None = None,
) -> Record:
    """Read the incidents of these types, of all where none are named.

    Shapes
        until_ms  no incident is later than this.
        faults    takes the rows that cannot be read; without it the first of them is refused.
    Errors
        RecordUnusable  no such file, empty, half a gzip, not UTF-8, no CSV.
        ColumnMissing, RowUnreadable, TypeUnknown, RecordTooLarge
    Cost
        24 bytes a row; about 3 s for a million rows.
    """
    with _lines(path) as lines:
        try:
            return _read(path, Table(lines), _Wanted(frozenset(types), report, until_ms, faults))
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
            head = file.peek(HEAD_BYTES)[:HEAD_BYTES]
            packed = head.startswith(GZIP)
            if not packed and (reason := no_text(head)) is not None:
                raise RecordUnusable(str(path), reason)
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


def _read(path: Path, table: Table, wanted: _Wanted) -> Record:
    heading = table.next()
    if not heading:
        raise RecordUnusable(str(path), "it is empty")
    found = _Found(path, heading, _places(path, heading), wanted)
    number = 0
    while (row := table.next()) is not None:
        number += 1
        if number > ROWS_MAX:
            raise RecordTooLarge("rows", ROWS_MAX, "split the record by years")
        if wanted.report is not None and number % REPORT_ROWS == 0:
            wanted.report(number)
        try:
            found.take(table.begins, row)
        except RowUnreadable as error:
            if wanted.faults is None:
                raise
            wanted.faults.add(table.begins, error)
    seen = found.seen
    if seen and len(seen) < TYPES_KEPT_MAX and (unknown := sorted(wanted.types - seen)):
        raise TypeUnknown(unknown[0], ", ".join(sorted(seen)[:TYPES_TOLD_MAX]))
    return _sorted(found.at_ms, found.lats, found.lons, found.placeless)


@dataclass(slots=True)
class _Found:
    """What the rows so far have said."""

    path: Path
    heading: list[str]
    places: tuple[int, int, int, int]
    wanted: _Wanted
    at_ms: "array[int]" = field(default_factory=lambda: array("q"))
    lats: "array[float]" = field(default_factory=lambda: array("d"))
    lons: "array[float]" = field(default_factory=lambda: array("d"))
    seen: set[str] = field(default_factory=set)
    placeless: int = 0

    def take(self, line: int, row: list[str]) -> None:
        """One more row. Errors: RowUnreadable, and nothing of it is kept."""
        if not row:
            return
        path, heading = self.path, self.heading
        kind, when, lat, lon = self.places
        if len(row) <= max(self.places):
            raise RowUnreadable(str(path), line, heading[len(row)], "", f"{len(heading)} cells, not {len(row)}")
        if len(self.seen) < TYPES_KEPT_MAX:
            self.seen.add(row[kind])
        if self.wanted.types and row[kind] not in self.wanted.types:
            return
        if not row[lat].strip() and not row[lon].strip():
            self.placeless += 1
            return
        at_ms = _time_ms(path, line, row[when])
        if self.wanted.until_ms is not None and at_ms > self.wanted.until_ms:
            raise RowUnreadable(str(path), line, "ts", row[when], "a time that has passed")
        place = _degrees(path, line, "lat", row[lat], 90), _degrees(path, line, "lon", row[lon], 180)
        self.at_ms.append(at_ms)
        self.lats.append(place[0])
        self.lons.append(place[1])


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
