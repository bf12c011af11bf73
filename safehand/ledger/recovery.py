"""Recovery: a database restored behind the log. It shows what is lost, and declares the log that goes on.

The published log holds entries that the database has no facts for. They are never taken back: the old log ends as it
stands, its files and its key are kept, and a new log under a new name repeats what the database still has.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from safehand.kernel.files import sync_folder
from safehand.ledger.checkpoint import SignedCheckpoint, open_checkpoint
from safehand.ledger.durable import DurableFolder, read_regular
from safehand.ledger.entry import entry_of
from safehand.ledger.errors import LogBroken, LogDeclared, NoGap, SameLogName
from safehand.ledger.ledger import Ledger
from safehand.ledger.note import NOTE_BYTES_MAX
from safehand.ledger.places import declared_folder, declared_key_file
from safehand.ledger.predecessor import PREDECESSOR_PATH, Predecessor, sign_predecessor
from safehand.ledger.signing import SigningKey, load_or_create_key
from safehand.ledger.source import FolderSource, SourceUnusable, require_tile
from safehand.ledger.succession import succession_in
from safehand.ledger.tiles import CHECKPOINT_PATH, TILE_WIDTH, VKEY_PATH, Tile, split_bundle
from safehand.store.database import Tx

READ_BUNDLES = 16
"""Entries are compared in pieces of so many bundles."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What the published log has and the database has not.

    Shapes
        same  so many of the first entries are in both; the log's others have no facts any more.
        held  how many positions the database has given.
    """

    signed: SignedCheckpoint
    same: int
    held: int

    @property
    def lost(self) -> int:
        """Entries whose facts are gone."""
        return self.signed.size - self.same


async def find_gap(tx: Tx, ledger: Ledger, folder: Path, key: SigningKey) -> Gap:
    """Hold the published log against the database, entry by entry.

    Errors
        NoGap      the database has a fact for every entry, or nothing is published.
        LogBroken  a file of the log is missing, damaged, or signed by another key.
    """
    signed = _published(folder, key)
    held, same = await ledger.size(tx), 0
    while signed is not None and same < min(held, signed.size):
        facts = await ledger.read_log(tx, same, READ_BUNDLES * TILE_WIDTH)
        if not facts:
            break
        published = _entries(folder, same, same + len(facts), signed.size)
        for fact, entry in zip(facts, published, strict=False):
            if entry_of(fact.salt, fact.fact) != entry:
                return Gap(signed, same, held)
            same += 1
    if signed is None or same == signed.size:
        raise NoGap(size=same)
    return Gap(signed, same, held)


def declare(data: Path, keys: Path, gap: Gap, old: SigningKey, name: str) -> Predecessor:
    """Lay down the new log's key, its folder, and the statement that names the old log's end.

    The folder appears whole, by one rename, and the old log is not touched. Made again, it finds what it made.

    Errors
        SameLogName   the new name is the old one.
        LogDeclared   a log of the new name is there already, with another statement.
    """
    if name == old.name:
        raise SameLogName(name=name)
    new = load_or_create_key(declared_key_file(keys, name), name)
    said = Predecessor(name, old.verifier, gap.signed.size, gap.signed.root, gap.same)
    files = {VKEY_PATH: f"{new.verifier}\n".encode(), PREDECESSOR_PATH: sign_predecessor(said, new, old)}
    place = declared_folder(data, name)
    if place.exists():
        found = {path: read_regular(place / path, NOTE_BYTES_MAX) for path in files}
        if found != files:  # Ed25519 signs the same text alike each time
            raise LogDeclared(name=name, path=str(place))
        return said
    unfinished = place.with_name(f".{place.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    disk = DurableFolder(unfinished)
    disk.create()
    disk.write(files)
    unfinished.rename(place)
    sync_folder(place.parent)
    return said


def _published(folder: Path, key: SigningKey) -> SignedCheckpoint | None:
    try:
        signers = succession_in(FolderSource(folder), key.verifier)
        return open_checkpoint(read_regular(folder / CHECKPOINT_PATH, NOTE_BYTES_MAX), signers)
    except (FileNotFoundError, SourceUnusable):
        return None
    except (OSError, ValueError) as error:
        raise LogBroken(path=CHECKPOINT_PATH, reason=str(error)) from error


def _entries(folder: Path, first: int, end: int, size: int) -> list[bytes]:
    """Entries from `first`, a bundle's first, to `end` and beyond, of the log of that size."""
    source = FolderSource(folder)
    found: list[bytes] = []
    for start in range(first, min(end, size), TILE_WIDTH):
        bundle = Tile(None, start // TILE_WIDTH, min(TILE_WIDTH, size - start))
        found += split_bundle(require_tile(source, bundle), bundle.width)
    return found
