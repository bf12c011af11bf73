"""Rows: the text of a CSV or JSON-lines file, bounded, becomes rows of named cells, or says line by line why not."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from safehand.kernel.errors import Invalid, SafehandError

CELL_CHARS_MAX = 2_000
SEPARATORS = ",;\t"
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd", b"Rar!")
"""How packed files begin. None is unpacked: a small one may hold a very large one."""
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How text in UTF-16 begins."""


class RowUnreadable(Invalid):
    """The row has more or fewer cells than the heading, or is no object."""

    code = "rows.row_unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class RowsUnusable(Invalid):
    """The text is none that is read: packed, in another encoding, with other columns, or with too many rows."""

    code = "rows.unusable"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason=reason)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a kind of file has for columns."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, and its cells by column, stripped; what is left out is empty."""

    line: int
    cells: dict[str, str]

    @property
    def hash(self) -> bytes:
        """What the row says, whatever the order of its columns or the form of its file (32 bytes)."""
        said = {name: cell for name, cell in self.cells.items() if cell}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, and in which column; no column if it is the row itself."""

    line: int
    column: str | None
    error: SafehandError


class Table:
    """The rows of a CSV as its lines come, the heading first; the separator is found in the heading.

    `begins` is the line at which the row that was read last begins, or what could not be read.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        waiting = iter(lines)
        heading = next(waiting, "")
        separator = max(SEPARATORS, key=heading[: CELL_CHARS_MAX * 4].count)
        self._rows = csv.reader(chain((heading,), waiting), delimiter=separator, strict=True)
        self.begins = 0

    def next(self) -> list[str] | None:
        """One more row; None at the end, and no cells for a line without any.

        Errors
            csv.Error  what follows cannot be told apart.
        """
        self.begins = self._rows.line_num + 1
        return next(self._rows, None)


def no_text(head: bytes) -> str | None:
    """Why a file that begins so holds no text that is read; None if it may."""
    if head.startswith(ARCHIVES):
        return "it is packed"
    return "it is UTF-16: save it as UTF-8" if head.startswith(WIDE) else None


def text_of(raw: bytes) -> str:
    """The text of a file.

    Errors
        RowsUnusable  it is packed, or not UTF-8.
    """
    if (reason := no_text(raw)) is not None:
        raise RowsUnusable(reason)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RowsUnusable(f"byte {error.start}, in line {line}, is not UTF-8: save it as UTF-8") from None
    if "\0" in text:
        raise RowsUnusable("it holds NUL bytes")
    return text


def csv_rows(text: str, columns: Columns, rows_max: int) -> Iterator[Row | Fault]:
    """The rows of a CSV file, in order, with what cannot be read as one; the separator is found in the heading.

    Errors
        RowsUnusable  the columns are others, or there are too many rows.
    """
    return _counted(_csv_rows(text, columns), rows_max)


def json_rows(text: str, columns: Columns, rows_max: int) -> Iterator[Row | Fault]:
    """The same of a file with one JSON object a line.

    Errors
        RowsUnusable  there are too many rows.
    """
    return _counted(_json_rows(text, columns), rows_max)


def _counted(rows: Iterator[Row | Fault], rows_max: int) -> Iterator[Row | Fault]:
    for count, row in enumerate(rows, 1):
        if count > rows_max:
            raise RowsUnusable(f"more than {rows_max} rows: split it")
        yield row


def _csv_rows(text: str, columns: Columns) -> Iterator[Row | Fault]:
    table = Table(io.StringIO(text, newline=""))
    names = [name.strip().lower() for name in table.next() or ()]
    _check_heading(names, columns)
    while True:
        try:
            cells = table.next()
        except csv.Error as error:  # nothing after it can be told apart
            yield Fault(table.begins, None, RowUnreadable(f"{error}; what follows was not read"))
            return
        if cells is None:
            return
        if any(cells):
            yield _row(table.begins, names, cells)


def _check_heading(names: Sequence[str], columns: Columns) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    unknown = sorted(set(names) - set(columns.known))
    missing = [name for name in columns.required if name not in names]
    for words, found in (("stands twice", twice), ("is unknown", unknown), ("is missing", missing)):
        if found:
            raise RowsUnusable(f"column {found[0][:40] or 'without a name'} {words}")


def _row(line: int, names: Sequence[str], cells: Sequence[str]) -> Row | Fault:
    if len(cells) != len(names):
        return Fault(line, None, RowUnreadable(f"{len(cells)} cells under a heading of {len(names)}"))
    return _bounded(line, dict(zip(names, cells, strict=True)))


def _bounded(line: int, cells: dict[str, str]) -> Row | Fault:
    for name, cell in cells.items():
        if len(cell) > CELL_CHARS_MAX:
            return Fault(line, name, RowUnreadable(f"{len(cell)} characters, at most {CELL_CHARS_MAX}"))
    return Row(line, {name: cell.strip() for name, cell in cells.items()})


def _json_rows(text: str, columns: Columns) -> Iterator[Row | Fault]:
    for line, said in enumerate(io.StringIO(text), 1):
        if said.strip():
            yield _object(line, said, columns)


def _object(line: int, said: str, columns: Columns) -> Row | Fault:
    try:
        given = json.loads(said)
    except (ValueError, RecursionError):
        return Fault(line, None, RowUnreadable("the line is not JSON"))
    if not isinstance(given, dict):
        return Fault(line, None, RowUnreadable("the line is not an object"))
    cells: dict[str, str] = {}
    for name, value in given.items():
        if name not in columns.known:
            return Fault(line, None, RowUnreadable(f"unknown column {name[:40]}"))
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            return Fault(line, name, RowUnreadable("neither text, whole number nor null"))
        cells[name] = "" if value is None else str(value)
    for name in columns.required:
        cells.setdefault(name, "")
    return _bounded(line, cells)
