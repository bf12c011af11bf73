"""Manifests: what a base and a piece of archived WAL are made of; signed, so that nobody can slip us another."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from safehand.app.backup.errors import Damaged, NotOurs
from safehand.app.backup.sealing import Part
from safehand.ledger.durable import read_regular
from safehand.ledger.note import NOTE_BYTES_MAX, BadNote, VerifierKey, open_note
from safehand.ledger.signing import SigningKey

BASE_MARK = "safehand/backup/base/v1"
WAL_MARK = "safehand/backup/wal/v1"
HASH = re.compile(r"[0-9a-f]{64}")
SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
PARTIAL_SUFFIX = ".partial"
ERASURES = "erasures"
SIZE_MAX = 2**53
PARTS = ("base", "passwords", "blobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One base: when, of what, and its parts. Times are Unix milliseconds.

    Shapes
        wal         the segment that replaying begins with.
        log_size, log_root  the newest checkpoint of the public log when the base had ended (root in hex).
    """

    id: str
    log_name: str
    system: int
    major: int
    schema: str
    began_ms: int
    ended_ms: int
    wal: str
    log_size: int
    log_root: str
    blob_count: int
    parts: Mapping[str, Part]

    def sign(self, key: SigningKey) -> bytes:
        """The manifest as a signed note."""
        said = asdict(self) | {"parts": [asdict(part) for part in self.parts.values()]}
        return _signed(BASE_MARK, said, key)

    @classmethod
    def read(cls, path: Path, key: VerifierKey) -> Self:
        """The manifest in a file.

        Errors
            NotOurs  `key` has not signed it.
            Damaged  it is missing, or says something impossible.
        """
        said = _opened(path, BASE_MARK, key)
        try:
            parts = {one["name"]: _part(one) for one in said.pop("parts")}
            made = cls(**said, parts=parts)
            _require(set(parts) == set(PARTS), "parts")
            _require(SEGMENT.fullmatch(made.wal) is not None, "wal")
            _require(made.id == path.parent.name, "id")
            for name in ("system", "major", "began_ms", "ended_ms", "log_size", "blob_count"):
                _require(_is_size(getattr(made, name)) or name == "system", name)
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(name=str(path), why=f"the manifest makes no sense: {error}") from None
        return made


@dataclass(frozen=True, slots=True)
class WalNote:
    """One archived file of WAL. What was committed until `at_ms` is in it, or before it."""

    system: int
    at_ms: int
    part: Part

    @property
    def is_partial(self) -> bool:
        """Whether its segment was still being written."""
        return self.part.name.endswith(PARTIAL_SUFFIX)

    @property
    def segment(self) -> str:
        """The name that PostgreSQL asks for it by."""
        return self.part.name.removesuffix(PARTIAL_SUFFIX)

    def sign(self, key: SigningKey) -> bytes:
        """The note, signed."""
        return _signed(WAL_MARK, {"system": self.system, "at_ms": self.at_ms, "part": asdict(self.part)}, key)

    @classmethod
    def read(cls, path: Path, key: VerifierKey) -> Self:
        """The note in a file.

        Errors
            NotOurs, Damaged
        """
        said = _opened(path, WAL_MARK, key)
        try:
            note = cls(int(said["system"]), int(said["at_ms"]), _part(said["part"]))
            _require(f"{note.part.name}.note" == path.name, "name")
            known = SEGMENT.fullmatch(note.segment) or HISTORY.fullmatch(note.part.name)
            _require(known is not None or note.part.name == ERASURES, "name")
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(name=str(path), why=f"the note makes no sense: {error}") from None
        return note


def _signed(mark: str, said: Mapping[str, Any], key: SigningKey) -> bytes:
    # The first line tells it from everything else that a key may sign: a checkpoint's is the log's origin.
    return key.sign(f"{mark}\n{json.dumps(said, sort_keys=True)}\n").encode()


def _opened(path: Path, mark: str, key: VerifierKey) -> dict[str, Any]:
    try:
        raw = read_regular(path, NOTE_BYTES_MAX)
    except OSError as error:
        raise Damaged(name=str(path), why=error.strerror or str(error)) from error
    try:
        first, _, rest = open_note(raw, [key]).text.partition("\n")
    except BadNote as error:
        raise NotOurs(name=str(path), why=str(error), signer=key.name) from None
    if first != mark:
        raise NotOurs(name=str(path), why="it is something else", signer=key.name)
    try:
        said = json.loads(rest)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Damaged(name=str(path), why="it is not what we write")
    return said


def _part(said: Any) -> Part:
    part = Part(**said)
    _require(isinstance(part.name, str), "part")
    _require(bool(HASH.fullmatch(part.sha256) and HASH.fullmatch(part.plain_sha256)), "hash")
    _require(_is_size(part.bytes) and _is_size(part.plain_bytes), "bytes")
    return part


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= SIZE_MAX


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)
