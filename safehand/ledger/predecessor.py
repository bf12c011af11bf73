"""The log before this one: when a log cannot go on, a new one under a new name says which, and where it ended.

Keeps true  The statement is signed by both logs' keys, and every checkpoint of the new log names its hash: whoever
            cosigns one of them has seen it.
            Where the carrier says that both logs begin alike, anybody with a copy of the old one can see whether so.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from safehand.ledger.checkpoint import Checkpoint, Signers, parse_decimal
from safehand.ledger.merkle import HASH_BYTES
from safehand.ledger.note import Note, VerifierKey, decode_base64, open_note, parse_note
from safehand.ledger.places import log_folder
from safehand.ledger.signing import SigningKey
from safehand.ledger.source import BadTileAt, FolderSource, Source, SourceUnusable, read_tile
from safehand.ledger.succession import BadSuccession, Succession, succession_in
from safehand.ledger.tiles import TILE_WIDTH, Tile, split_bundle

PREDECESSOR_PATH = "predecessor"
FIRST_LINE = "safehand/predecessor/v1"
EXTENSION = "predecessor "
LINES = 7


class BadPredecessor(ValueError):
    """The statement is none, is not signed by both logs, or does not fit the log beside it."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """What a new log says of the one before it.

    Shapes
        name  the new log's.
        key   the old log's, which signed its last checkpoint.
        size  entries that the old log had when it ended, with `root` over them.
        same  so many of the first entries are the same in both; the others of the old log are in its own files only.
    """

    name: str
    key: VerifierKey
    size: int
    root: bytes
    same: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a statement.

        Errors
            BadPredecessor  another form.
        """
        lines = text.split("\n")
        if len(lines) != LINES or lines[0] != FIRST_LINE or lines[-1]:
            raise BadPredecessor(f"it is not {LINES - 1} lines that begin with {FIRST_LINE}")
        root = decode_base64(lines[4], BadPredecessor)
        if len(root) != HASH_BYTES:
            raise BadPredecessor("its root is not 32 bytes")
        try:
            key = VerifierKey.parse(lines[2])
        except ValueError as error:
            raise BadPredecessor(str(error)) from None
        size, same = parse_decimal(lines[3], BadPredecessor), parse_decimal(lines[5], BadPredecessor)
        if same > size or key.name == lines[1]:
            raise BadPredecessor("it shares more than the old log had, or names itself")
        return cls(lines[1], key, size, root, same)

    @property
    def text(self) -> str:
        """The lines that are signed."""
        root = base64.b64encode(self.root).decode()
        return "".join(
            f"{line}\n" for line in (FIRST_LINE, self.name, str(self.key), str(self.size), root, str(self.same))
        )

    @property
    def checkpoint(self) -> Checkpoint:
        """The old log's last checkpoint, as this statement names it."""
        return Checkpoint(self.key.name, self.size, self.root)


def sign_predecessor(said: Predecessor, new: SigningKey, old: SigningKey) -> bytes:
    """The statement as a file, signed by both logs."""
    return Note(said.text, (*new.sign(said.text).signatures, *old.sign(said.text).signatures)).encode()


def extension_of(raw: bytes) -> str:
    """The line by which every checkpoint of the new log names the statement.

    Errors
        BadNote  not a note.
    """
    digest = hashlib.sha256(parse_note(raw).text.encode()).digest()
    return EXTENSION + base64.b64encode(digest).decode()


def open_predecessor(raw: bytes, checkpoint: Checkpoint, signers: Signers) -> Predecessor:
    """The statement beside a log, whose `checkpoint` names it.

    Errors
        BadPredecessor  another form, of another log, not the one that the checkpoint names, or not signed by both.
    """
    said = read_predecessor(raw, signers.at(0))
    if said.name != checkpoint.origin:
        raise BadPredecessor(f"it is of the log {said.name[:80]!a}")
    if named_by(checkpoint) != extension_of(raw):
        raise BadPredecessor("the checkpoint names another statement, or none")
    return said


def read_predecessor(raw: bytes, first: VerifierKey) -> Predecessor:
    """The statement of the log whose first key this is.

    Errors
        BadPredecessor  another form, or not signed by both.
    """
    try:
        said = Predecessor.parse(parse_note(raw).text)
        for signer in (first, said.key):
            open_note(raw, [signer])
    except ValueError as error:
        raise BadPredecessor(str(error)) from None
    return said


def keys_of(ended: Predecessor, data: Path) -> Succession | None:
    """Every key of the log that ended, as its own files under `data` tell; None if they are gone or contradict it."""
    try:
        return succession_in(FolderSource(log_folder(data, ended.key.name)), ended.key)
    except (BadSuccession, SourceUnusable):
        return None


def named_by(checkpoint: Checkpoint) -> str | None:
    """The line by which a checkpoint names a statement; None where its log has no predecessor.

    Errors
        BadPredecessor  it names several.
    """
    named = [line for line in checkpoint.extensions if line.startswith(EXTENSION)]
    if len(named) > 1:
        raise BadPredecessor("the checkpoint names several statements")
    return named[0] if named else None


def check_same(said: Predecessor, old: Source, new: Source, new_size: int) -> None:
    """Hold the beginnings of both logs against each other, which must each have been verified.

    A new log that has not yet repeated all of them is compared as far as it goes.

    Errors
        BadPredecessor            an entry below `same` is another one in the new log.
        BadTileAt, SourceUnusable  a file is missing or damaged, or the place cannot be reached.
    """
    end = min(said.same, new_size)
    for start in range(0, end, TILE_WIDTH):
        ours, theirs = _entries(new, start, new_size), _entries(old, start, said.size)
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False), start):
            if one != other and index < end:
                raise BadPredecessor(f"entry {index} is another one than in the log before")


def _entries(source: Source, start: int, size: int) -> list[bytes]:
    """The bundle that begins with entry `start`, of a log of that size."""
    bundle = Tile(None, start // TILE_WIDTH, min(TILE_WIDTH, size - start))
    raw = read_tile(source, bundle)
    if raw is None:
        raise BadTileAt(bundle, "missing")
    return split_bundle(raw, bundle.width)
