"""Checkpoints: the size and the root of the log at one moment, signed.

Source
    C2SP tlog-checkpoint.
"""

import base64
import re
from dataclasses import dataclass
from typing import Protocol, Self

from safehand.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from safehand.ledger.note import Note, VerifierKey, decode_base64, open_note, parse_note
from safehand.ledger.signing import SigningKey

SIZE_MAX = 2**63 - 1
"""Other people's tools hold a size in a signed 64-bit integer."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class BadCheckpoint(ValueError):
    """The text is not a checkpoint, or not one of this log."""


class BadEmptyRoot(BadCheckpoint):
    """A checkpoint of no entries has a root that is not the empty tree's."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: whose it is, how many entries it has, and the root over them.

    Shapes
        root        32 bytes.
        extensions  further lines; we write one, where the log has a predecessor.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note as a checkpoint.

        Errors
            BadCheckpoint  a line is missing or empty, or is not in its one spelling.
            BadEmptyRoot   no entries, and a root.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise BadCheckpoint("a checkpoint has at least three lines, none of them empty")
        root = decode_base64(lines[2], BadCheckpoint)
        if len(root) != HASH_BYTES:
            raise BadCheckpoint("the root is not 32 bytes")
        size = parse_decimal(lines[1], BadCheckpoint)
        if size == 0 and root != EMPTY_ROOT:
            raise BadEmptyRoot("an empty log with a root that is not the empty tree's")
        return cls(lines[0], size, root, tuple(lines[3:]))

    @property
    def text(self) -> str:
        """The lines that are signed."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), root, *self.extensions))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint together with the very bytes that carry its signatures."""

    checkpoint: Checkpoint
    note: bytes

    @property
    def size(self) -> int:
        """How many entries it covers."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The root over them."""
        return self.checkpoint.root


class Signers(Protocol):
    """Who may sign the checkpoints of one log: a key, or several, each for its stretch of sizes."""

    @property
    def name(self) -> str:
        """The log's origin."""
        ...

    def at(self, size: int, /) -> VerifierKey:
        """Whose signature a checkpoint of that size must bear."""
        ...


def sign_checkpoint(
    size: int, root: bytes, key: SigningKey, extensions: tuple[str, ...] = (), outgoing: SigningKey | None = None
) -> SignedCheckpoint:
    """The checkpoint of a log whose origin is the key's name; where its key has just changed, by the old one too."""
    checkpoint = Checkpoint(key.name, size, root, extensions)
    note = key.sign(checkpoint.text)
    if outgoing is not None:
        note = Note(note.text, (*note.signatures, *outgoing.sign(checkpoint.text).signatures))
    return SignedCheckpoint(checkpoint, note.encode())


def open_checkpoint(raw: bytes, signers: Signers) -> SignedCheckpoint:
    """The checkpoint in `raw`, if whoever may at its size has signed it, and it is of the log of that name.

    Errors
        BadNote        not a note, or not properly signed.
        BadCheckpoint  signed, but not a checkpoint, or one of another origin.
    """
    try:
        size = Checkpoint.parse(parse_note(raw).text).size  # nobody vouches for it yet: it only picks the key
    except BadCheckpoint:
        size = 0
    note = open_note(raw, [signers.at(size)])
    return SignedCheckpoint(_named(note, signers.name), raw)


def read_unverified(raw: bytes) -> SignedCheckpoint:
    """The checkpoint in `raw`, of which nobody has checked the signature; somebody named like its origin claims it.

    Errors
        BadNote        not a note.
        BadCheckpoint  not a checkpoint, or no signature line bears its origin's name.
    """
    note = parse_note(raw)
    checkpoint = Checkpoint.parse(note.text)
    if all(signature.name != checkpoint.origin for signature in note.signatures):
        raise BadCheckpoint("no signature line bears the name of the log")
    return SignedCheckpoint(checkpoint, raw)


def parse_decimal(text: str, error: type[ValueError]) -> int:
    """A decimal number with one spelling: ASCII digits, no sign, no leading zero, below 2**63.

    Errors
        `error`  another spelling, or too large.
    """
    if not _DECIMAL.fullmatch(text) or int(text) > SIZE_MAX:
        raise error(f"{text[:40]!a} is not a number in its one spelling")
    return int(text)


def _named(note: Note, name: str) -> Checkpoint:
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != name:
        raise BadCheckpoint(f"it is of the log {checkpoint.origin[:80]!a}, not of {name!a}")
    return checkpoint
