"""The witness: takes a log's new checkpoint, if it continues the last one, writes that down, and cosigns.

Keeps true  What was cosigned is on the disk before anybody hears of it, and the next is held against that. One process
            has the folder, one request at a time is decided, so two histories never both pass.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from safehand.ledger.checkpoint import BadCheckpoint, BadEmptyRoot, Checkpoint, Signers
from safehand.ledger.durable import DurableFolder, read_regular
from safehand.ledger.merkle import EMPTY_ROOT, BadProof, verify_consistency
from safehand.ledger.note import NOTE_BYTES_MAX, BadNote, Note, open_note, parse_note
from safehand.ledger.witness.cosignature import Cosigner
from safehand.ledger.witness.request import AddCheckpoint, BadRequest

LOCK_NAME = ".witness"
STATE_SUFFIX = ".checkpoint"


class WitnessUnusable(Exception):
    """The folder is in use, or what it holds is not what this witness wrote."""


class UnknownLog(Exception):
    """The checkpoint is of a log that this witness does not watch."""


class NotSigned(Exception):
    """No key that this witness knows for the log has signed the checkpoint."""


class NotLatest(Exception):
    """The log is not where this witness saw it last."""

    def __init__(self, size: int) -> None:
        self.size = size


class NotConsistent(Exception):
    """It is not shown that the checkpoint continues the last one, or it is another one of the same size."""


@dataclass(slots=True)
class Witness:
    """One witness over its folder. Open it with `open`, and close it."""

    folder: Path
    cosigner: Cosigner
    logs: dict[str, tuple[Signers, ...]]
    now_s: Callable[[], int]
    _lock: int
    _latest: dict[str, Checkpoint] = field(default_factory=dict)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, folder: Path, cosigner: Cosigner, logs: Iterable[Signers], now_s: Callable[[], int]) -> Self:
        """Take the folder, and read what was cosigned before.

        Shapes
            logs   the keys of the logs to watch; several for one origin are all of that log.
            now_s  the time, in seconds since 1970.
        Errors
            WitnessUnusable  another process has it, or a record in it is damaged: to begin anew from nothing would
                             let a log show us a second history.
        """
        known: dict[str, tuple[Signers, ...]] = {}
        for key in logs:
            known[key.name] = (*known.get(key.name, ()), key)
        witness = cls(folder, cosigner, known, now_s, _take_lock(folder))
        try:
            for origin in known:
                witness._remember(origin)
        except BaseException:
            witness.close()
            raise
        return witness

    def add_checkpoint(self, body: bytes) -> bytes:
        """Cosign a log's new checkpoint; the cosignature line with its end. Safe from several threads.

        Errors
            BadRequest     not in the form, or the old size is beyond the new one.
            UnknownLog, NotSigned, NotLatest, NotConsistent
            OSError        the disk did not take the record: nothing was cosigned.
        """
        asked = AddCheckpoint.parse(body)
        note, new = self._opened(asked.note)
        if asked.old > new.size:
            raise BadRequest("the old size is beyond the checkpoint's")
        with self._one_at_a_time:
            last = self._latest.get(new.origin) or Checkpoint(new.origin, 0, EMPTY_ROOT)
            if asked.old != last.size:
                raise NotLatest(last.size)
            if new.size == last.size and new.root != last.root:
                raise NotConsistent("another root at the same size")
            try:
                verify_consistency(last.size, new.size, last.root, new.root, asked.proof)
            except BadProof as error:
                raise NotConsistent(str(error)) from None
            line = self.cosigner.cosign(note.text, self.now_s())
            kept = Note(note.text, (*note.signatures, line))
            DurableFolder(self.folder).write({_state_name(new.origin): kept.encode()})
            self._latest[new.origin] = new
        return f"{line}\n".encode()

    def latest(self) -> list[Checkpoint]:
        """The newest checkpoint that was cosigned of each log that has shown one."""
        with self._one_at_a_time:
            return [self._latest[origin] for origin in sorted(self._latest)]

    def kept(self, origin_hash: str) -> bytes | None:
        """The newest checkpoint of the log whose origin has that hex SHA-256, as it was cosigned; None if none is.

        Errors
            OSError  the record cannot be read.
        """
        with self._one_at_a_time:
            for origin in self._latest:
                if hashlib.sha256(origin.encode()).hexdigest() == origin_hash:
                    return read_regular(self.folder / _state_name(origin), NOTE_BYTES_MAX)
        return None

    def close(self) -> None:
        """Give the folder back."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self, raw: bytes) -> tuple[Note, Checkpoint]:
        """The checkpoint that is asked for, with the signatures of its log alone."""
        try:
            claimed = parse_note(raw)
            checkpoint = Checkpoint.parse(claimed.text)
        except BadEmptyRoot as error:
            raise NotConsistent(str(error)) from None
        except (BadNote, BadCheckpoint) as error:
            raise BadRequest(str(error)) from None
        signers = self.logs.get(checkpoint.origin)
        if signers is None:
            raise UnknownLog(checkpoint.origin)
        keys = [one.at(checkpoint.size) for one in signers]
        try:
            note = open_note(raw, keys)
        except BadNote as error:
            raise NotSigned(str(error)) from None
        ours = {(key.name, key.key_id) for key in keys}
        return Note(note.text, tuple(one for one in note.signatures if (one.name, one.key_id) in ours)), checkpoint

    def _remember(self, origin: str) -> None:
        path = self.folder / _state_name(origin)
        try:
            raw = read_regular(path, NOTE_BYTES_MAX)
        except FileNotFoundError:
            return
        except OSError as error:
            raise WitnessUnusable(f"{path}: {error.strerror or error}") from error
        try:
            note = open_note(raw, [self.cosigner.public])
            checkpoint = Checkpoint.parse(note.text)
        except (BadNote, BadCheckpoint) as error:
            raise WitnessUnusable(f"{path}: {error}; restore it, or begin again under a new name and key") from error
        if checkpoint.origin != origin:
            raise WitnessUnusable(f"{path} is of the log {checkpoint.origin!a}")
        self._latest[origin] = checkpoint


def _state_name(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()[:32] + STATE_SUFFIX


def _take_lock(folder: Path) -> int:
    try:
        DurableFolder(folder).create()
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise WitnessUnusable(f"{folder}: {error.strerror or error}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise WitnessUnusable(f"{folder} is in use by another witness") from None
    return handle
