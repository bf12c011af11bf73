"""The journal of erasures: a file outside the database and its backups, so that nobody who was forgotten comes back.

One line of JSON an erasure, appended and flushed to the disk before the erasure takes effect. Each line names the hash
of the one before, so a line that was taken out or changed is noticed. It holds ids, times and words of ours, no names.
"""

import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from safehand.kernel.files import belong, sync_folder
from safehand.kernel.ids import PERSON, PersonId, is_id
from safehand.privacy.errors import JournalUnusable, NotYetApplied, TooManyPersons

FILE = "erasures.jsonl"
PERSONS_MAX = 2_000
"""Persons of one line."""
LINE_BYTES_MAX = 128 * 1024
JOURNAL_BYTES_MAX = 1 << 30
"""A gibibyte: about 20 million persons."""


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One erasure as it is written down. The first line of a journal names the journal and erases nobody."""

    number: Annotated[int, msgspec.Meta(ge=0)]
    at_ms: int
    persons: tuple[str, ...]
    by: str
    after: str
    """Hex SHA-256 of the line before; of the first, the journal's own random name."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal ends: its name, how many erasures it holds, and the hash of its last line."""

    journal: str
    count: int
    last: str


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal in one folder. Several processes, and several machines on one shared folder, may append."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    def open(self, now_ms: int) -> Head:
        """Make the journal if there is none; where it ends.

        Errors
            JournalUnusable
        """
        with self._locked() as handle:
            lines, _ = _read(handle, self.path)
            if not lines:
                first = Line(number=0, at_ms=now_ms, persons=(), by="", after=secrets.token_hex(16))
                self._add(handle, first)
                lines = [(first, _hash(first))]
            return _head(lines)

    def append(self, persons: Sequence[PersonId], by: str, now_ms: int, *, known: int) -> Head:
        """Write an erasure down, as the one after number `known`. When this returns, it survives a loss of power.

        Errors
            NotYetApplied    the journal holds more than the caller knows: do that first.
            JournalUnusable, TooManyPersons
        """
        if len(persons) > PERSONS_MAX:
            raise TooManyPersons(count=len(persons), limit=PERSONS_MAX)
        with self._locked() as handle:
            lines, end = _read(handle, self.path)
            if not lines:
                raise JournalUnusable(path=str(self.path), why="it has vanished since the start")
            if lines[-1][0].number != known:
                raise NotYetApplied(count=lines[-1][0].number - known, path=str(self.path))
            # A line that a crash tore was never acknowledged, and what it says has not happened.
            os.ftruncate(handle, end)
            line = Line(number=known + 1, at_ms=now_ms, persons=tuple(persons), by=by, after=lines[-1][1])
            self._add(handle, line)
            return _head([*lines, (line, _hash(line))])

    def read(self, behind: int = 0) -> list[Line]:
        """The erasures from behind that number, oldest first.

        Errors
            JournalUnusable  it cannot be read, or a line was changed or taken out.
        """
        with self._locked() as handle:
            return [line for line, _ in _read(handle, self.path)[0] if line.number > behind]

    def head(self, number: int) -> Head:
        """Where the journal ended when it held that many erasures; where it ends now if it never did.

        Errors
            JournalUnusable
        """
        with self._locked() as handle:
            lines, _ = _read(handle, self.path)
        return _head(lines[: number + 1]) if lines else Head("none", 0, "")

    def _add(self, handle: int, line: Line) -> None:
        raw = msgspec.json.encode(line) + b"\n"
        try:
            os.lseek(handle, 0, os.SEEK_END)
            if os.write(handle, raw) != len(raw):
                raise JournalUnusable(path=str(self.path), why="the disk is full")
            os.fsync(handle)
        except OSError as error:
            raise JournalUnusable(path=str(self.path), why=error.strerror or "cannot be written") from None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The open file, held by us alone; made, durably, if it is not there."""
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            there = os.path.lexists(self.path)
            handle = os.open(self.path, flags | os.O_CREAT, 0o600)
        except OSError as error:
            raise JournalUnusable(path=str(self.path), why=error.strerror or "cannot be opened") from None
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise JournalUnusable(path=str(self.path), why="not a plain file")
            if not there:
                belong(handle, self.folder)
                sync_folder(self.folder)
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)


def _read(handle: int, path: Path) -> tuple[list[tuple[Line, str]], int]:
    """Every whole line with its hash, and where the last of them ends."""
    size = os.fstat(handle).st_size
    if size > JOURNAL_BYTES_MAX:
        raise JournalUnusable(path=str(path), why=f"larger than {JOURNAL_BYTES_MAX} bytes")
    raw = os.pread(handle, size, 0)
    whole = raw[: raw.rfind(b"\n") + 1]
    lines: list[tuple[Line, str]] = []
    for place, text in enumerate(whole.split(b"\n")[:-1]):
        try:
            line = msgspec.json.decode(text, type=Line)
        except msgspec.DecodeError:
            raise JournalUnusable(path=str(path), why=f"line {place + 1} cannot be read") from None
        known = lines[-1][1] if lines else line.after
        if len(text) > LINE_BYTES_MAX or line.number != place or line.after != known:
            raise JournalUnusable(path=str(path), why=f"line {place + 1} does not follow from the one before")
        if not all(is_id(PERSON, person) for person in line.persons):
            raise JournalUnusable(path=str(path), why=f"line {place + 1} names what is no person")
        lines.append((line, hashlib.sha256(text).hexdigest()))
    return lines, len(whole)


def _hash(line: Line) -> str:
    return hashlib.sha256(msgspec.json.encode(line)).hexdigest()


def _head(lines: Sequence[tuple[Line, str]]) -> Head:
    return Head(lines[0][0].after, lines[-1][0].number, lines[-1][1])
