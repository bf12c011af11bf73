"""Export: a copy of a published log, complete for one checkpoint, that anybody can keep, serve and verify.

The log may grow meanwhile: its checkpoint is read first, all that this checkpoint needs is copied, and it is written
last. The copy is not verified on the way; `verification` does that, with as little trust in us as in anybody.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safehand.kernel.files import belong, make_folder
from safehand.ledger.checkpoint import SignedCheckpoint, Signers, open_checkpoint
from safehand.ledger.durable import read_regular
from safehand.ledger.merkle import BadProof, consistency_proof, verify_consistency
from safehand.ledger.note import NOTE_BYTES_MAX, VKEY_BYTES_MAX, VerifierKey
from safehand.ledger.predecessor import PREDECESSOR_PATH, named_by
from safehand.ledger.refusals import Refused, Unusable
from safehand.ledger.source import BadTileAt, Source, SourceUnusable, read_tile
from safehand.ledger.stamp import STAMPED_PATH, TOKEN_PATH, read_stamp
from safehand.ledger.succession import KEYS_BYTES_MAX, KEYS_PATH, Succession, succession_in
from safehand.ledger.tiles import CHECKPOINT_PATH, TILE_WIDTH, VKEY_PATH, Tile, last_tiles, node_reader, tiles_for
from safehand.ledger.verification import Progress

TEMPORARY_NAME = ".copying"
UNFINISHED = frozenset({TEMPORARY_NAME, "tile", VKEY_PATH, PREDECESSOR_PATH, KEYS_PATH, STAMPED_PATH, TOKEN_PATH})
"""What an export that was broken off may have left: it is simply made again."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was copied: the checkpoint, and the number of files beside it."""

    signed: SignedCheckpoint
    files: int


def export_log(source: Source, folder: Path, progress: Progress = lambda _done: None) -> Exported:
    """Copy the log to `folder`, which is new or empty, or holds an earlier export of the same log.

    Errors
        Unusable  no log there, or something else stands in the folder.
        Refused   the checkpoint is not properly signed, a file is missing, or the earlier export is of another
                  history.
    """
    try:
        key, line = _key(source)
        signers, notes = _keys(source, key, folder)
        stamp = _stamp(source)  # before the checkpoint: it is of nothing that the copy lacks
        signed = _checkpoint(source, signers)
        earlier = _earlier(folder, signers)
        if earlier is not None:
            _refuse_other_history(source, earlier, signed)
        statement = _statement(source, signed)
        files = _copy_tiles(source, signed.size, folder, progress)
    except BadTileAt as error:
        raise Refused(f"tile {error.tile.path}", str(error)) from error
    except SourceUnusable as error:
        raise Unusable(str(error)) from error
    _place(folder / VKEY_PATH, line)
    beside = {path: raw for path, raw in ((PREDECESSOR_PATH, statement), (KEYS_PATH, notes)) if raw is not None}
    for path, content in (beside | stamp).items():
        _place(folder / path, content)
    _place(folder / CHECKPOINT_PATH, signed.note)
    if earlier is not None:
        _drop_superseded(folder, earlier.size, signed.size)
    return Exported(signed, files + 2 + len(beside) + len(stamp))


def _key(source: Source) -> tuple[VerifierKey, bytes]:
    try:
        raw = source.read(VKEY_PATH, VKEY_BYTES_MAX)
        if raw is None:
            raise Unusable("no log there: it has no vkey")
        return VerifierKey.parse(raw.decode().removesuffix("\n")), raw
    except ValueError as error:
        raise Unusable(f"the vkey beside the log is none: {error}") from error


def _stamp(source: Source) -> dict[str, bytes]:
    try:
        return read_stamp(source)
    except ValueError as error:
        raise Refused("timestamp", str(error)) from error


def _keys(source: Source, key: VerifierKey, folder: Path) -> tuple[Succession, bytes | None]:
    """All keys of the log, and its own notes about them; those that the earlier export has may not be gone."""
    try:
        found = succession_in(source, key)
        raw = source.read(KEYS_PATH, KEYS_BYTES_MAX)
        kept = read_regular(folder / KEYS_PATH, KEYS_BYTES_MAX)
    except FileNotFoundError:
        return found, raw
    except ValueError as error:
        raise Refused("keys", str(error)) from error
    except OSError as error:
        raise Unusable(f"{folder / KEYS_PATH}: {error.strerror or error}") from error
    if not (raw or b"").startswith(kept):
        raise Refused("keys", "the log leaves out a change of keys that the earlier export has")
    return found, raw


def _checkpoint(source: Source, key: Signers) -> SignedCheckpoint:
    try:
        raw = source.read(CHECKPOINT_PATH, NOTE_BYTES_MAX)
        if raw is None:
            raise Unusable("no log there: it has no checkpoint yet")
        return open_checkpoint(raw, key)
    except ValueError as error:
        raise Refused("checkpoint", str(error)) from error


def _statement(source: Source, signed: SignedCheckpoint) -> bytes | None:
    """What the log says of the one before it, where its checkpoint names that."""
    try:
        if named_by(signed.checkpoint) is None:
            return None
        raw = source.read(PREDECESSOR_PATH, NOTE_BYTES_MAX)
    except ValueError as error:
        raise Refused("predecessor", str(error)) from error
    if raw is None:
        raise Refused("predecessor", "the checkpoint names one, and there is no statement")
    return raw


def _earlier(folder: Path, key: Signers) -> SignedCheckpoint | None:
    """The checkpoint of the export that stands there already; None where there is nothing at all."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise Unusable(f"{folder} is not a folder")
    try:
        return open_checkpoint(read_regular(folder / CHECKPOINT_PATH, NOTE_BYTES_MAX), key)
    except FileNotFoundError:
        if any(entry.name not in UNFINISHED for entry in folder.iterdir()):
            raise Unusable(f"{folder} is not empty, and not an export") from None
        return None
    except (OSError, ValueError) as error:
        raise Unusable(f"{folder} holds something else than an earlier export of this log: {error}") from error


def _refuse_other_history(source: Source, earlier: SignedCheckpoint, signed: SignedCheckpoint) -> None:
    """The export that stands there must be the beginning of the log of today."""
    if earlier.size > signed.size:
        raise Refused("checkpoint", f"the earlier export has {earlier.size} entries, the log {signed.size}: it was cut")

    def tile(wanted: Tile) -> bytes:
        raw = read_tile(source, wanted)
        if raw is None:
            raise BadTileAt(wanted, "missing")
        return raw

    try:
        proof = consistency_proof(earlier.size, signed.size, node_reader(signed.size, tile))
        verify_consistency(earlier.size, signed.size, earlier.root, signed.root, proof)
    except BadProof as error:
        raise Refused("checkpoint", f"the earlier export is of another history: {error}") from error


def _copy_tiles(source: Source, size: int, folder: Path, progress: Progress) -> int:
    files = 0
    for tile, raw in source.read_tiles(tiles_for(size)):
        if raw is None:
            raise BadTileAt(tile, "missing")
        _place(folder / tile.path, raw)
        files += 1
        if tile.level == 0:
            progress(min(size, (tile.index + 1) * TILE_WIDTH))
    return files


def _place(path: Path, content: bytes) -> None:
    """A file is there whole or not at all. It is not synced: a copy that a crash has spoilt is made again."""
    try:
        make_folder(path.parent)
        beside = path.with_name(TEMPORARY_NAME)
        with beside.open("wb") as file:
            belong(file.fileno(), path.parent)
            file.write(content)
        beside.replace(path)
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}") from error


def _drop_superseded(folder: Path, earlier: int, size: int) -> None:
    needed = set(_partial(size))
    for tile in _partial(earlier):
        if tile not in needed:
            path = folder / tile.path
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # a wider one stands there now
                path.parent.rmdir()


def _partial(size: int) -> Iterator[Tile]:
    """The tiles that a log of `size` has only for now."""
    for tile in last_tiles(size):
        yield tile
        if tile.level == 0:
            yield Tile(None, tile.index, tile.width)
