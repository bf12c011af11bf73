"""Reading: a file at the machine, bounded, becomes rows of named cells."""

from collections.abc import Iterator
from pathlib import Path

from safehand.app.cutover.errors import FileUnusable
from safehand.kernel.rows import Columns, Fault, Row, RowsUnusable, csv_rows, json_rows, text_of
from safehand.ledger.durable import NotRegular, read_regular

FILE_BYTES_MAX = 64 * 1024 * 1024
ROWS_MAX = 100_000


def read_rows(path: Path, columns: Columns) -> Iterator[Row | Fault]:
    """The rows of a file, in order, with what cannot be read as one.

    Errors
        FileUnusable  packed, too large, not UTF-8, of another form, with other columns, or with too many rows.
    """
    try:
        text = text_of(_bytes(path))
        match path.suffix.lower():
            case ".csv":
                yield from csv_rows(text, columns, ROWS_MAX)
            case ".jsonl" | ".ndjson":
                yield from json_rows(text, columns, ROWS_MAX)
            case _:
                raise FileUnusable(str(path), "its name ends neither with .csv nor with .jsonl")
    except RowsUnusable as error:
        raise FileUnusable(str(path), error.reason) from None


def _bytes(path: Path) -> bytes:
    try:
        raw = read_regular(path, FILE_BYTES_MAX)
    except (OSError, NotRegular) as error:
        raise FileUnusable(str(path), f"it cannot be read ({error})") from None
    if len(raw) > FILE_BYTES_MAX:
        raise FileUnusable(str(path), f"it has more than {FILE_BYTES_MAX} bytes: split it")
    return raw
