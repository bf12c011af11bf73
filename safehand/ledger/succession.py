"""Succession: which key signs the log from which size on, told by notes that the old key and the new one both sign.

Whoever trusts one key of a log trusts, through these notes, the ones before and after it, each for its own stretch of
sizes: what the old key signs beyond its end counts for nothing, even if somebody has stolen it.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from safehand.ledger.checkpoint import parse_decimal
from safehand.ledger.note import Note, VerifierKey, open_note, parse_note
from safehand.ledger.signing import SigningKey
from safehand.ledger.source import Source
from safehand.ledger.tiles import BadTile

KEYS_PATH = "keys"
FIRST_LINE = "safehand/log-key/v1"
LINES = 6
ROTATIONS_MAX = 64
KEYS_BYTES_MAX = 128 * 1024


class BadSuccession(ValueError):
    """A note is missing, forged, or does not follow the one before."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """One change of keys: `new` signs checkpoints of `first` entries and more, `old` those of fewer."""

    old: VerifierKey
    new: VerifierKey
    first: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note.

        Errors
            BadSuccession  another form, two names, or one key twice.
        """
        lines = text.split("\n")
        if len(lines) != LINES or lines[0] != FIRST_LINE or lines[-1]:
            raise BadSuccession(f"it is not {LINES - 1} lines that begin with {FIRST_LINE}")
        try:
            old, new = VerifierKey.parse(lines[2]), VerifierKey.parse(lines[3])
        except ValueError as error:
            raise BadSuccession(str(error)) from None
        if not lines[1] == old.name == new.name or old.public == new.public:
            raise BadSuccession("its two keys are not two of one log")
        return cls(old, new, parse_decimal(lines[4], BadSuccession))

    @property
    def text(self) -> str:
        """The lines that are signed."""
        lines = (FIRST_LINE, self.old.name, str(self.old), str(self.new), str(self.first))
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Succession:
    """All keys of a log, from the first to the newest; a log whose key never changed has one."""

    first: VerifierKey
    rotations: tuple[Rotation, ...] = ()

    @property
    def name(self) -> str:
        """The log's origin."""
        return self.first.name

    @property
    def newest(self) -> VerifierKey:
        """Who signs now."""
        return self.rotations[-1].new if self.rotations else self.first

    def at(self, size: int, /) -> VerifierKey:
        """Whose signature a checkpoint of that size must bear."""
        key = self.first
        for rotation in self.rotations:
            if size >= rotation.first:
                key = rotation.new
        return key


def sign_rotation(rotation: Rotation, old: SigningKey, new: SigningKey) -> bytes:
    """The note, signed by both."""
    text = rotation.text
    return Note(text, (*old.sign(text).signatures, *new.sign(text).signatures)).encode()


def follow(trusted: VerifierKey, raw: bytes) -> Succession:
    """All keys of the log that `trusted` is one of, by the notes that lie beside the log, oldest first.

    Errors
        BadSuccession  a note is in another form, not signed by both keys, or does not follow the one before; or
                       `trusted` is none of the keys.
    """
    rotations = tuple(_opened(note) for note in _split(raw))
    for before, after in pairwise(rotations):
        if before.new != after.old:
            raise BadSuccession("a link is missing: a note is by a key that the one before does not name")
        if before.first > after.first:
            raise BadSuccession("a key ends before it begins")
    if not rotations:
        return Succession(trusted)
    keys = (rotations[0].old, *(one.new for one in rotations))
    if trusted not in keys or len(set(keys)) < len(keys):
        raise BadSuccession("none of its keys is the one that you trust, or one comes back")
    return Succession(rotations[0].old, rotations)


def parse_trusted(raw: bytes) -> Succession:
    """The keys in a file of somebody who verifies: a verifier key, and below it, if any, the log's own notes.

    Errors
        ValueError  the first line is no key, or the notes do not follow.
    """
    line, _, notes = raw.partition(b"\n")
    return follow(VerifierKey.parse(line.decode()), notes)


def succession_in(source: Source, trusted: VerifierKey | Succession) -> Succession:
    """All keys of the log in `source`, by its own notes and what is trusted.

    Errors
        BadSuccession    as `follow`; or the log leaves out a change of keys that we know of.
        SourceUnusable   the place cannot be reached.
    """
    known = trusted if isinstance(trusted, Succession) else Succession(trusted)
    try:
        raw = source.read(KEYS_PATH, KEYS_BYTES_MAX)
    except BadTile as error:
        raise BadSuccession(str(error)) from error
    found = follow(known.newest, raw or b"")
    if not set(known.rotations) <= set(found.rotations):
        raise BadSuccession("the log leaves out a change of keys that is known")
    return found


def _split(raw: bytes) -> list[bytes]:
    if len(raw) > KEYS_BYTES_MAX:
        raise BadSuccession(f"longer than {KEYS_BYTES_MAX} bytes")
    mark = f"{FIRST_LINE}\n".encode()
    head, *texts = raw.split(mark)
    if head or len(texts) > ROTATIONS_MAX:
        raise BadSuccession(f"it does not begin with {FIRST_LINE}, or has more than {ROTATIONS_MAX} notes")
    last = len(texts) - 1
    notes = []
    for number, text in enumerate(texts):
        if number < last and not text.endswith(b"\n\n"):
            raise BadSuccession("no empty line between two notes")
        notes.append(mark + (text if number == last else text[:-1]))
    return notes


def _opened(raw: bytes) -> Rotation:
    try:
        rotation = Rotation.parse(parse_note(raw).text)
        for key in (rotation.old, rotation.new):
            open_note(raw, [key])
    except ValueError as error:
        raise BadSuccession(str(error)) from None
    return rotation
