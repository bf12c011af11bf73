"""The published log: static files in a folder that only ever grows, and a signed checkpoint that vouches for them.

Keeps true  Whatever moment the machine dies at, the folder verifies: as it was, or as it became.
            Nothing is signed that does not continue what was signed before.
            Nothing already published is hashed again, whatever the size of the log.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from safehand.kernel.files import belong
from safehand.ledger.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint, sign_checkpoint
from safehand.ledger.durable import DurableFolder, read_regular
from safehand.ledger.entry import check_entry
from safehand.ledger.errors import (
    EntryContradicted,
    EntryGap,
    LogBehind,
    LogBroken,
    LogBusy,
    LogForked,
    LogUnwritable,
)
from safehand.ledger.frontier import Frontier
from safehand.ledger.merkle import EMPTY_ROOT, BadProof, consistency_proof, leaf_hash, root_over, verify_consistency
from safehand.ledger.note import NOTE_BYTES_MAX, VKEY_BYTES_MAX
from safehand.ledger.predecessor import PREDECESSOR_PATH, BadPredecessor, extension_of, named_by, open_predecessor
from safehand.ledger.signing import SigningKey
from safehand.ledger.source import FolderSource, SourceUnusable, require_tile
from safehand.ledger.succession import KEYS_PATH, Succession, succession_in
from safehand.ledger.tiles import (
    CHECKPOINT_PATH,
    TILE_HEIGHT,
    TILE_WIDTH,
    VKEY_PATH,
    BadTile,
    Tile,
    encode_bundle,
    last_tiles,
    node_reader,
    split_bundle,
)

LOCK_NAME = ".writer"
ENTRIES_UNPUBLISHED_MAX = 200_000
"""More than this must be published in pieces, so that a writer's memory stays small."""


class LogWriter:
    """The one writer of the log in `folder`. Open it, extend it, publish; close it, or use `with`.

    It holds the right edge of the tree and the entries that are not published yet. Its calls block on the disk:
    from an event loop, run them in a thread, one at a time.
    """

    def __init__(self, folder: Path, key: SigningKey, outgoing: SigningKey | None, lock: int) -> None:
        """For `open` only: it has taken the lock."""
        self.folder = folder
        self._key = key
        self._outgoing = outgoing
        self._signers = Succession(key.verifier)
        self._lock = lock
        self._source = FolderSource(folder)
        self._disk = DurableFolder(folder)
        self._published: SignedCheckpoint | None = None
        self._shown: set[bytes] = set()  # notes that may stand on the disk: the published, and ones that failed late
        self._frontier = Frontier()
        self._entries: list[bytes] = []  # from the start of the bundle that the published size ends in
        self._extensions: tuple[str, ...] = ()  # names the log before this one, where there is one
        self._filled: list[tuple[Tile, bytes]] = []  # tiles that became full since the last publication

    @classmethod
    def open(
        cls,
        folder: Path,
        key: SigningKey,
        remembered: Checkpoint | None = None,
        outgoing: SigningKey | None = None,
    ) -> Self:
        """Take the log over where its last signed checkpoint left it; begin a new one where there is none.

        Shapes
            remembered  the newest checkpoint that somebody else noted (the database): the log must continue it.
            outgoing    the key before this one, which signs too as long as others may not have heard of the new one.
        Errors
            LogBusy        another process writes it.
            LogBroken      what is needed of it is missing or damaged, or another key signed it.
            LogBehind      it ends before `remembered`: it was restored from an older copy.
            LogForked      it does not continue `remembered`.
            LogUnwritable  the disk does not take the folder.
        """
        writer = cls(folder, key, outgoing, take_lock(folder))
        try:
            writer._read_keys()
            writer._load()
            writer._read_predecessor()
            writer._continue(remembered)
            writer._show_key()
            writer._prune_edges()
        except BaseException:
            writer.close()
            raise
        return writer

    @property
    def size(self) -> int:
        """How many entries the log has, published or not: the position of the next one."""
        return self._frontier.size

    @property
    def published(self) -> SignedCheckpoint | None:
        """The last checkpoint that was signed and is on the disk; None before the first."""
        return self._published

    def extend(self, first: int, entries: Sequence[bytes]) -> None:
        """Add entries, the first of them at position `first`. Those that the log has already are compared with it.

        Nothing is on the disk until `publish`. Positions and their entries are fixed by whoever calls: the same
        position must always bring the same entry.

        Errors
            EntryGap           `first` is beyond the end.
            EntryContradicted  the log holds another entry there. Nothing of the call was taken.
            BadEntry           an entry in another form: the caller is broken.
            ValueError         more than ENTRIES_UNPUBLISHED_MAX would wait: publish first.
        """
        known = self.size - first
        if known < 0:
            raise EntryGap(expected=self.size, given=first)
        for entry in entries:
            check_entry(entry)
        self._compare(first, entries[:known])
        fresh = entries[known:]
        if len(self._entries) + len(fresh) > ENTRIES_UNPUBLISHED_MAX:
            raise ValueError(f"more than {ENTRIES_UNPUBLISHED_MAX} entries wait to be published")
        self._entries += fresh
        self._filled += self._frontier.extend(b"".join(map(leaf_hash, fresh)))

    def publish(self) -> SignedCheckpoint:
        """Put what was added on the disk, prove that it continues what was signed before, and sign it.

        Returns the published checkpoint, the old one if nothing was added. After an error the same call may be
        made again: what it wrote so far is invisible or right.

        Errors
            LogUnwritable  the disk did not take it.
            LogForked      somebody else wrote to the folder meanwhile, or what is on the disk is not what we hold.
        """
        before = self._published
        if before is not None and before.size == self.size:
            return before
        self._refuse_foreign_checkpoint()
        self._write_tiles()
        signed = sign_checkpoint(self.size, self._frontier.root(), self._key, self._extensions, self._outgoing)
        self._prove(before, signed)
        self._write_checkpoint(signed)
        self._published, self._shown, self._filled = signed, {signed.note}, []
        self._entries = self._entries[len(self._entries) - signed.size % TILE_WIDTH :]
        if before is not None:
            self._prune(before.size)
        return signed

    def close(self) -> None:
        """Let another process write. What was not published is forgotten."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Loading

    def _load(self) -> None:
        """Take over frontier and entries of the last signed checkpoint, if they are what it vouches for."""
        raw = self._read_checkpoint()
        if raw is None:
            return
        try:
            published = open_checkpoint(raw, self._signers)
        except ValueError as error:
            raise LogBroken(path=CHECKPOINT_PATH, reason=str(error)) from error
        self._frontier = Frontier.load(published.size, self._tile)
        if self._frontier.root() != published.root:
            raise LogBroken(path="tile", reason="the last tiles do not give the checkpoint's root")
        if width := published.size % TILE_WIDTH:
            bundle = Tile(None, published.size // TILE_WIDTH, width)
            self._entries = self._bundle(bundle)
            if b"".join(map(leaf_hash, self._entries)) != self._frontier.tails[0]:
                raise LogBroken(path=bundle.path, reason="its entries are not those of the tile")
        self._published, self._shown = published, {raw}

    def _read_keys(self) -> None:
        """Who signed before us: the notes beside the log must lead to our key."""
        try:
            self._signers = succession_in(self._source, self._key.verifier)
        except (ValueError, SourceUnusable) as error:
            raise LogBroken(path=KEYS_PATH, reason=str(error)) from error
        if self._signers.newest != self._key.verifier:
            raise LogBroken(path=KEYS_PATH, reason="the key changed after ours: a change of keys was not finished")
        if self._outgoing is not None and self._outgoing.verifier not in [one.old for one in self._signers.rotations]:
            raise LogBroken(path=KEYS_PATH, reason="it does not name the key before ours: it was lost or changed")

    def _read_predecessor(self) -> None:
        """Every checkpoint names the statement about the log before this one, from the first on, or none does."""
        raw = self._read(PREDECESSOR_PATH, NOTE_BYTES_MAX)
        checkpoint = self._published.checkpoint if self._published else None
        try:
            self._extensions = () if raw is None else (extension_of(raw),)
            if checkpoint is not None and named_by(checkpoint) != (self._extensions or (None,))[0]:
                raise BadPredecessor("it is not the one that the checkpoint names")
            if raw is not None:
                named = checkpoint or Checkpoint(self._key.name, 0, EMPTY_ROOT, self._extensions)
                open_predecessor(raw, named, self._signers)
        except ValueError as error:
            raise LogBroken(path=PREDECESSOR_PATH, reason=str(error)) from error

    def _continue(self, remembered: Checkpoint | None) -> None:
        """Refuse to go on from anything that does not continue the remembered checkpoint."""
        if remembered is None:
            return
        if remembered.origin != self._key.name:
            raise LogForked(size=remembered.size, expected=remembered.origin, found=self._key.name)
        if remembered.size > self.size:
            raise LogBehind(remembered=remembered.size, found=self.size)
        root = EMPTY_ROOT if self._published is None else self._published.root
        self._prove_growth(remembered.size, remembered.root, self.size, root)

    def _tile(self, tile: Tile) -> bytes:
        """A tile from the disk, which must be there."""
        return require_tile(self._source, tile)

    def _bundle(self, tile: Tile) -> list[bytes]:
        """The entries of a bundle from the disk."""
        try:
            return split_bundle(self._tile(tile), tile.width)
        except BadTile as error:
            raise LogBroken(path=tile.path, reason=str(error)) from error

    def _read_checkpoint(self) -> bytes | None:
        return self._read(CHECKPOINT_PATH, NOTE_BYTES_MAX)

    def _read(self, path: str, bytes_max: int) -> bytes | None:
        try:
            return read_regular(self.folder / path, bytes_max)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogBroken(path=path, reason=error.strerror or str(error)) from error

    # Comparing

    def _compare(self, first: int, entries: Sequence[bytes]) -> None:
        """Refuse entries that are not the ones that the log holds from position `first` on."""
        base = self.size - len(self._entries)
        bundle: list[bytes] = []
        for index, entry in enumerate(entries, first):
            if index >= base:
                held = self._entries[index - base]
            else:
                if not bundle or index % TILE_WIDTH == 0:
                    bundle = self._bundle(Tile(None, index // TILE_WIDTH))
                held = bundle[index % TILE_WIDTH]
            if held != entry:
                raise EntryContradicted(index=index)

    def _refuse_foreign_checkpoint(self) -> None:
        found = self._read_checkpoint()
        if found is None and self._published is None:
            return
        if found not in self._shown:
            raise LogForked(
                size=0 if self._published is None else self._published.size,
                expected="the checkpoint that this writer signed last",
                found="another one" if found else "none",
            )

    def _prove(self, before: SignedCheckpoint | None, signed: SignedCheckpoint) -> None:
        """From the very files that were just written: the new tree begins with the old one."""
        if root_over(signed.size, node_reader(signed.size, self._tile)) != signed.root:
            raise LogForked(
                size=signed.size, expected=signed.root.hex(), found="the files on the disk give another root"
            )
        old, root = (0, EMPTY_ROOT) if before is None else (before.size, before.root)
        self._prove_growth(old, root, signed.size, signed.root)

    def _prove_growth(self, old: int, old_root: bytes, new: int, new_root: bytes) -> None:
        try:
            proof = consistency_proof(old, new, node_reader(new, self._tile))
            verify_consistency(old, new, old_root, new_root, proof)
        except BadProof as error:
            raise LogForked(size=old, expected=old_root.hex(), found=str(error)) from error

    # Writing

    def _write_tiles(self) -> None:
        """Every tile and bundle that the published checkpoint did not need."""
        size, old = self.size, 0 if self._published is None else self._published.size
        had = set(last_tiles(old))
        files = {tile.path: raw for tile, raw in self._filled}
        files |= {tile.path: raw for tile, raw in self._frontier.partial_tiles() if tile not in had}
        for start in range(0, len(self._entries), TILE_WIDTH):
            some = self._entries[start : start + TILE_WIDTH]
            index = (size - len(self._entries) + start) // TILE_WIDTH
            files[Tile(None, index, len(some)).path] = encode_bundle(some)
        self._write(files)

    def _write_checkpoint(self, signed: SignedCheckpoint) -> None:
        self._shown.add(signed.note)  # should the last fsync fail, it stands there all the same
        self._write({CHECKPOINT_PATH: signed.note})

    def _show_key(self) -> None:
        """Lay the verifier key beside the log, for whoever has no better source of it."""
        line = f"{self._key.verifier}\n".encode()
        if self._read(VKEY_PATH, VKEY_BYTES_MAX) != line:
            self._write({VKEY_PATH: line})

    def _write(self, files: dict[str, bytes]) -> None:
        try:
            self._disk.write(files)
        except OSError as error:
            path = error.filename or self.folder
            raise LogUnwritable(path=str(path), reason=error.strerror or str(error)) from error

    # Pruning: what a full tile has made superfluous. A leftover is harmless, so no error matters here.

    def _prune(self, old: int) -> None:
        for tile in last_tiles(old):
            if tile.level is not None and tile.index < (self.size >> TILE_HEIGHT * tile.level) // TILE_WIDTH:
                self._drop_partials(tile.full)
                if tile.level == 0:
                    self._drop_partials(Tile(None, tile.index))

    def _prune_edges(self) -> None:
        """What a crash between checkpoint and pruning left behind, as far as it lies beside the right edge."""
        level, count = 0, self.size
        while count:
            for kind in (0, None) if level == 0 else (level,):
                edge = self.folder / Tile(kind, count // TILE_WIDTH).path
                with contextlib.suppress(OSError):
                    for partials in edge.parent.glob("[0-9][0-9][0-9].p"):
                        if partials.name < edge.name and partials.with_suffix("").is_file():
                            shutil.rmtree(partials, ignore_errors=True)
            level, count = level + 1, count >> TILE_HEIGHT

    def _drop_partials(self, full: Tile) -> None:
        shutil.rmtree(self.folder / f"{full.path}.p", ignore_errors=True)


def take_lock(folder: Path) -> int:
    """An open file that holds the lock of the log's one writer; the system lets go of it if the process dies.

    Errors
        LogBusy        another process has it.
        LogUnwritable  the disk does not take the folder.
    """
    try:
        DurableFolder(folder).create()
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        belong(handle, folder)
    except OSError as error:
        raise LogUnwritable(path=str(folder), reason=error.strerror or str(error)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise LogBusy(path=str(folder)) from error
    return handle
