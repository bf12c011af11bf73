"""Verification of a whole published log: every entry, every tile, the root, the signature, and receipts against it.

Keeps true  A log that is accepted holds exactly the entries that the checkpoint vouches for, each once, each in its
            form; and it continues every receipt that was given.
            A log of any size is read once, front to back, with about eight bytes of memory an entry.
Not shown   That what a fact says is so. A log that its own key's owner made anew from the first entry on, or cut,
            is as good as the old one to whoever has no receipt and no earlier checkpoint.

`LogVerifier` is one check a method, so that a test can leave one out and see what then slips through.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from safehand.ledger.checkpoint import SignedCheckpoint, Signers, open_checkpoint
from safehand.ledger.crew import Crew, crew_for, members_for
from safehand.ledger.duplicates import Duplicates, fingerprints
from safehand.ledger.entry import bundle_holds_entries, bundle_leaf_hashes, check_entry
from safehand.ledger.frontier import Frontier
from safehand.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from safehand.ledger.note import NOTE_BYTES_MAX, VKEY_BYTES_MAX, VerifierKey
from safehand.ledger.predecessor import (
    PREDECESSOR_PATH,
    BadPredecessor,
    Predecessor,
    check_same,
    named_by,
    open_predecessor,
)
from safehand.ledger.receipt import BadReceipt, Verified, verify_receipt
from safehand.ledger.refusals import Refused, Unusable
from safehand.ledger.source import BadTileAt, Source, SourceUnusable
from safehand.ledger.succession import BadSuccession, Succession, succession_in
from safehand.ledger.tiles import (
    CHECKPOINT_PATH,
    TILE_HEIGHT,
    TILE_WIDTH,
    VKEY_PATH,
    BadTile,
    Tile,
    tiles_as_filled,
)

RECEIPTS_MAX = 10_000

type Progress = Callable[[int], None]
"""Told how many of the entries are through."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out. `refused` is None if all is well; size and root are then those of the checkpoint."""

    refused: Refused | None
    authenticated: bool
    origin: str = ""
    size: int = 0
    root: bytes = EMPTY_ROOT
    receipts: tuple[Verified, ...] = ()
    predecessor: Predecessor | None = None
    """What the log says of the one before it, where there was one."""
    keys: Succession | None = None
    """Every key that the log had."""

    @property
    def ok(self) -> bool:
        """Whether the log is accepted."""
        return self.refused is None

    @property
    def line(self) -> str:
        """The verdict in one line."""
        return f"ok {self.size} {base64.b64encode(self.root).decode()}" if self.ok else str(self.refused)


@dataclass(frozen=True, slots=True)
class NamedReceipt:
    """A receipt's file, and what to call it."""

    name: str
    raw: bytes


def verify_log(
    source: Source,
    trusted: VerifierKey | Succession | None = None,
    receipts: Sequence[NamedReceipt] = (),
    progress: Progress = lambda _done: None,
    processes: int | None = None,
) -> Verdict:
    """Read a whole log and say whether it is what its checkpoint vouches for, and continues the receipts.

    Shapes
        trusted    the log's key from a source that you trust. Without it the key that lies beside the log is used:
                   then the log agrees with itself, and nobody knows whose it is.
        processes  how many more to hash with; None lets the machine and the log decide.
    Errors
        Unusable  no log there, no key, no answer.
    """
    return LogVerifier(source, trusted, receipts, progress, processes).run()


def verify_predecessor(new: Source, found: Verdict, old: Source, progress: Progress = lambda _done: None) -> Verdict:
    """Read a kept copy of the log before, whole, and hold it against what the new log says of its end and beginning.

    Shapes
        found  the verdict on the new log.
    Errors
        Unusable  no log there, none is named, or a copy from before its end: it cannot tell.
    """
    if (said := found.predecessor) is None:
        raise Unusable("this log names no predecessor")
    verdict = verify_log(old, said.key, (), progress)
    if not verdict.ok:
        return verdict
    if verdict.size < said.size:
        raise Unusable(f"the copy has {verdict.size} entries, and the log before ended at {said.size}: too old a copy")
    try:
        if (verdict.size, verdict.root) != (said.size, said.root):
            raise BadPredecessor(f"the log before has {verdict.size} entries, not the {said.size} that are declared")
        check_same(said, old, new, found.size)
    except (BadPredecessor, BadTileAt) as error:
        return replace(verdict, refused=Refused("predecessor", str(error)))
    except SourceUnusable as error:
        raise Unusable(str(error)) from error
    return verdict


class LogVerifier:
    """One verification. Its checks raise `Refused`; they are methods so that each can be seen to matter."""

    def __init__(
        self,
        source: Source,
        trusted: VerifierKey | Succession | None,
        receipts: Sequence[NamedReceipt],
        progress: Progress,
        processes: int | None = None,
    ) -> None:
        self.source = source
        self.trusted = trusted
        self.receipts = receipts
        self.progress = progress
        self.processes = processes
        self.frontier = Frontier()
        self.duplicates = Duplicates()
        self.due: dict[int, list[tuple[NamedReceipt, Verified]]] = {}  # receipts by the bundles that concern them
        self.filled: dict[int, bytes] = {}  # by level, the tile that became full last: it is the next to be read
        self.leaves = b""
        self.first_off: tuple[Tile, int] | None = None  # the first tile that disagrees, and at which of its hashes

    def run(self) -> Verdict:
        """Do it all, once."""
        authenticated = self.trusted is not None
        if len(self.receipts) > RECEIPTS_MAX:
            raise Unusable(f"more than {RECEIPTS_MAX} receipts at once")
        try:
            key = self.check_keys(self.trusted or self.key_beside())
            signed = self.check_signature(self.checkpoint_note(), key)
            predecessor = self.check_predecessor(signed, key)
            proven = [self.check_receipt(receipt, key, signed) for receipt in self.receipts]
            self.schedule(proven)
            self.read_tiles(signed.size)
            self.check_root(signed)
            self.check_tiles()
            self.check_duplicates()
        except Refused as refused:
            return Verdict(refused, authenticated)
        except SourceUnusable as error:
            raise Unusable(str(error)) from error
        checkpoint = signed.checkpoint
        return Verdict(
            None, authenticated, checkpoint.origin, signed.size, signed.root, tuple(proven), predecessor, key
        )

    # What is signed

    def key_beside(self) -> VerifierKey:
        """The key that lies beside the log."""
        try:
            raw = self.source.read(VKEY_PATH, VKEY_BYTES_MAX)
            if raw is None:
                raise Unusable("no key: none was given and no vkey lies beside the log")
            return VerifierKey.parse(raw.decode().removesuffix("\n"))
        except ValueError as error:
            raise Unusable(f"the vkey beside the log is none: {error}") from error

    def checkpoint_note(self) -> bytes:
        """The checkpoint's bytes."""
        try:
            raw = self.source.read(CHECKPOINT_PATH, NOTE_BYTES_MAX)
        except BadTile as error:
            raise Refused("checkpoint", str(error)) from error
        if raw is None:
            raise Unusable("no log there: it has no checkpoint")
        return raw

    def check_keys(self, trusted: VerifierKey | Succession) -> Succession:
        """All keys of the log, each vouched for by the one before: from the trusted one, by the log's own notes."""
        try:
            return succession_in(self.source, trusted)
        except BadSuccession as error:
            raise Refused("keys", str(error)) from error

    def check_signature(self, raw: bytes, key: Signers) -> SignedCheckpoint:
        """The checkpoint, if the key of its size signed it."""
        try:
            return open_checkpoint(raw, key)
        except ValueError as error:
            raise Refused("checkpoint", str(error)) from error

    def check_predecessor(self, signed: SignedCheckpoint, key: Signers) -> Predecessor | None:
        """What the checkpoint names as the log before, as both logs signed it."""
        try:
            if named_by(signed.checkpoint) is None:
                return None
            raw = self.source.read(PREDECESSOR_PATH, NOTE_BYTES_MAX)
            if raw is None:
                raise BadPredecessor("the checkpoint names one, and there is no statement")
            return open_predecessor(raw, signed.checkpoint, key)
        except (BadPredecessor, BadTile) as error:
            raise Refused("predecessor", str(error)) from error

    # Receipts

    def check_receipt(self, receipt: NamedReceipt, key: Signers, signed: SignedCheckpoint) -> Verified:
        """What the receipt proves by itself, by the same key, at a size that the log has reached."""
        try:
            verified = verify_receipt(receipt.raw, key)
        except BadReceipt as error:
            raise Refused(f"receipt {receipt.name}", str(error)) from error
        self.check_reach(receipt, verified, signed)
        return verified

    def check_reach(self, receipt: NamedReceipt, verified: Verified, signed: SignedCheckpoint) -> None:
        """A log that ends before the receipt's checkpoint was cut, or is an older copy."""
        if verified.checkpoint.size > signed.size:
            reason = f"it was given at {verified.checkpoint.size} entries, the log ends at {signed.size}: it was cut"
            raise Refused(f"receipt {receipt.name}", reason)

    def schedule(self, proven: Sequence[Verified]) -> None:
        """Note at which bundles each receipt is to be looked at: its entry's, and the one that its size ends in."""
        for receipt, verified in zip(self.receipts, proven, strict=True):
            for bundle in {verified.index // TILE_WIDTH, (verified.checkpoint.size - 1) // TILE_WIDTH}:
                self.due.setdefault(bundle, []).append((receipt, verified))

    def check_receipts_here(self, leaves: list[bytes]) -> None:
        """Hold the receipts whose entry or whose size lies in these leaves, the next ones, against the log itself."""
        start, end = self.frontier.size, self.frontier.size + len(leaves)
        for receipt, verified in self.due.get(start // TILE_WIDTH, ()):
            if start <= verified.index < end:
                self.check_receipt_entry(receipt, verified, leaves[verified.index - start])
            size = verified.checkpoint.size
            if start < size <= end:
                grown = self.frontier.copy()
                grown.extend(b"".join(leaves[: size - start]))
                self.check_receipt_root(receipt, verified, grown.root())

    def check_receipt_entry(self, receipt: NamedReceipt, verified: Verified, leaf: bytes) -> None:
        """The log has the receipt's entry where the receipt says."""
        if leaf != verified.leaf:
            raise Refused(f"receipt {receipt.name}", f"entry {verified.index} of the log is another one")

    def check_receipt_root(self, receipt: NamedReceipt, verified: Verified, root: bytes) -> None:
        """At the receipt's size the log had the root that was signed then: it is the same history."""
        if root != verified.checkpoint.root:
            reason = f"at {verified.checkpoint.size} entries the log had another root: two histories were signed"
            raise Refused(f"receipt {receipt.name}", reason)

    # Entries and tiles

    def read_tiles(self, size: int) -> None:
        """Read every file that a checkpoint of `size` needs, once, and let the tree grow out of the entries alone."""
        members = members_for(self.source, size) if self.processes is None else self.processes
        try:
            with crew_for(self.source, size, members) as crew:
                for tile, raw in self.source.read_tiles(self._left_by(crew, size)):
                    if raw is None:
                        raise self._about(tile, f"{tile.path} is missing")
                    self._fold(tile, raw)
        except BadTileAt as error:
            raise self._about(error.tile, str(error)) from error

    def _left_by(self, crew: Crew, size: int) -> Iterator[Tile]:
        """The tiles to read here, in order. What the crew has found right is folded in on the way.

        Receipts are held against leaves, which the crew does not hand over: those bundles are read here.
        """
        passed = -1
        for tile in tiles_as_filled(size):
            if tile.level is None and (hashed := crew.take(tile.index)) and tile.index not in self.due:
                self.duplicates.add(hashed.prints)
                self._note_filled(self.frontier.extend(hashed.root, level=1))
                passed = tile.index
            elif tile.level != 0 or tile.index != passed:
                yield tile

    def _fold(self, tile: Tile, raw: bytes) -> None:
        if tile.level is None:
            self.check_form(tile, raw)
            leaves = bundle_leaf_hashes(raw)
            self.check_receipts_here(leaves)
            self.leaves = b"".join(leaves)
            self.duplicates.add(fingerprints(self.leaves))
            self._note_filled(self.frontier.extend(self.leaves))
        elif tile.level == 0:
            self.check_leaf_tile(tile, raw, self.leaves)
        elif tile.width == TILE_WIDTH:
            self.check_upper_tile(tile, raw, self.filled[tile.level])
        else:
            self.check_upper_tile(tile, raw, bytes(self.frontier.tails[tile.level]))

    def _note_filled(self, filled: list[tuple[Tile, bytes]]) -> None:
        for tile, hashes in filled:
            self.filled[tile.level or 0] = hashes
        self.progress(self.frontier.size)

    def check_form(self, tile: Tile, raw: bytes) -> None:
        """A bundle is exactly its entries, each in its form."""
        if bundle_holds_entries(raw, tile.width):
            return
        first, at = tile.index * TILE_WIDTH, 0
        for index in range(first, first + tile.width):
            start = at + 2
            at = start + int.from_bytes(raw[at:start])
            if start > len(raw) or at > len(raw):
                raise Refused(f"entry {index}", f"{tile.path} ends before it does")
            try:
                check_entry(raw[start:at])
            except ValueError as error:
                raise Refused(f"entry {index}", str(error)) from error
        raise Refused(f"entry {first + tile.width}", f"{tile.path} goes on behind its {tile.width} entries")

    def check_leaf_tile(self, tile: Tile, raw: bytes, expected: bytes) -> None:
        """A tile of level 0 holds the hashes of its entries."""
        self._note_difference(tile, raw, expected)

    def check_upper_tile(self, tile: Tile, raw: bytes, expected: bytes) -> None:
        """A tile above holds the roots of the full tiles below it."""
        self._note_difference(tile, raw, expected)

    def _note_difference(self, tile: Tile, raw: bytes, expected: bytes) -> None:
        """Which of the two is wrong, the entry or the tile, only the root tells, at the end."""
        if raw != expected and self.first_off is None:
            pairs = ((raw[at : at + 32], expected[at : at + 32]) for at in range(0, len(raw), HASH_BYTES))
            self.first_off = tile, [one == other for one, other in pairs].index(False)

    def check_root(self, signed: SignedCheckpoint) -> None:
        """The entries give the root that was signed."""
        found = self.frontier.root()
        if found == signed.root:
            return
        if self.first_off is None:
            reason = f"the entries give the root {base64.b64encode(found).decode()}, which is not the one signed"
            raise Refused("checkpoint", reason)
        tile, offset = self.first_off
        entry = (tile.index * TILE_WIDTH + offset) << TILE_HEIGHT * (tile.level or 0)
        raise Refused(f"entry {entry}", f"it is not the entry that {tile.path} and the checkpoint vouch for")

    def check_tiles(self) -> None:
        """The entries are right, so what disagrees with them is a tile."""
        if self.first_off is not None:
            tile, offset = self.first_off
            raise Refused(f"tile {tile.path}", f"its hash {offset} is not that of the entries")

    def check_duplicates(self) -> None:
        """Every entry stands there once: each has a salt of its own, so two equal ones are one fact counted twice."""
        for entry, original in self.duplicates.find(self.source, self.frontier.size):
            raise Refused(f"entry {entry}", f"it is entry {original} once more")

    def _about(self, tile: Tile, reason: str) -> Refused:
        if tile.level is None:
            return Refused(f"entry {tile.index * TILE_WIDTH}", reason)
        return Refused(f"tile {tile.path}", reason)
