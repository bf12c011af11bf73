"""A crew of processes that read and hash full bundles ahead of the one that verifies.

Hashing is what a verification costs, and one Python process does it on one core. The crew only ever says that a bundle
and its tile are in order, and what the verifier then needs of them. Whatever is not, or if a member is gone, the
verifier looks at itself: so every refusal, and its words, come from one place.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from safehand.ledger.duplicates import fingerprints
from safehand.ledger.entry import bundle_holds_entries, bundle_leaf_hashes
from safehand.ledger.merkle import HASH_BYTES, complete_root
from safehand.ledger.source import FolderSource, Source, SourceUnusable, read_tile
from safehand.ledger.tiles import TILE_WIDTH, BadTile, Tile

MEMBERS_MAX = 4
TILES_MIN = 512
"""Below this a crew costs more than it saves."""
IDLE_CORES_MIN = 0.7
"""Where the cores are taken, processes that wait for each other take longer than one alone."""
TILES_AT_ONCE = 32
"""A member's pipe holds some three times as much; then it waits, so that it cannot run far ahead."""

_PRINTS_BYTES = TILE_WIDTH * 8
_RECORD_BYTES = 1 + HASH_BYTES + _PRINTS_BYTES
_LOOK_YOURSELF = bytes(_RECORD_BYTES)


class Hashed(NamedTuple):
    """A full bundle that is in order, as is its tile: the root over it, and the fingerprints of its entries."""

    root: bytes
    prints: bytes


@dataclass(slots=True)
class Crew:
    """What its members have told so far. Bundles are asked for in order, each once; without members nobody knows."""

    members: Sequence[BinaryIO | None]
    tiles: int
    _told: bytes = b""

    def take(self, index: int) -> Hashed | None:
        """What was found out about bundle `index`; None if the verifier has to look itself."""
        if not self.members or index >= self.tiles:
            return None
        at = index % TILES_AT_ONCE
        if at == 0:
            member = self.members[index // TILES_AT_ONCE % len(self.members)]
            self._told = b"" if member is None else member.read(_part_of(index, self.tiles) * _RECORD_BYTES)
        record = self._told[at * _RECORD_BYTES : (at + 1) * _RECORD_BYTES]
        if len(record) < _RECORD_BYTES or record[0] == 0:
            return None
        return Hashed(record[1 : 1 + HASH_BYTES], record[1 + HASH_BYTES :])


def members_for(source: Source, size: int) -> int:
    """How many are worth their while: none for a short log, on taken cores, or where a fork would be unsafe."""
    if not isinstance(source, FolderSource) or size < TILES_MIN * TILE_WIDTH or threading.active_count() > 1:
        return 0
    idle = len(os.sched_getaffinity(0)) - os.getloadavg()[0]
    return min(len(os.sched_getaffinity(0)), MEMBERS_MAX) if idle >= IDLE_CORES_MIN else 0


@contextmanager
def crew_for(source: Source, size: int, members: int) -> Iterator[Crew]:
    """A crew of `members` processes that reads the full bundles of a log; they are gone at the end of the block."""
    tiles = size // TILE_WIDTH
    pids: list[int] = []
    pipes: list[BinaryIO] = []
    try:
        for number in range(members):
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                for inherited in (reading, *(pipe.fileno() for pipe in pipes)):
                    os.close(inherited)  # else nobody would notice that the verifier is gone
                _work(source, tiles, number, members, writing)
            os.close(writing)
            pids.append(pid)
            pipes.append(os.fdopen(reading, "rb"))
        yield Crew(pipes, tiles)
    finally:
        for pipe in pipes:
            pipe.close()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _work(source: Source, tiles: int, number: int, members: int, writing: int) -> None:
    """A member's whole life. It ends here, whatever happens: nothing of the parent's may run on in it."""
    try:
        with os.fdopen(writing, "wb", buffering=0) as told:
            for start in range(number * TILES_AT_ONCE, tiles, members * TILES_AT_ONCE):
                some = range(start, start + _part_of(start, tiles))
                told.write(b"".join([_look(source, index) for index in some]))
    finally:
        os._exit(0)


def _look(source: Source, index: int) -> bytes:
    try:
        raw = read_tile(source, Tile(None, index))
        if raw is None or not bundle_holds_entries(raw, TILE_WIDTH):
            return _LOOK_YOURSELF
        leaves = b"".join(bundle_leaf_hashes(raw))
        if read_tile(source, Tile(0, index)) != leaves:
            return _LOOK_YOURSELF
    except (BadTile, SourceUnusable):
        return _LOOK_YOURSELF
    return b"\x01" + complete_root(leaves) + fingerprints(leaves)


def _part_of(index: int, tiles: int) -> int:
    """How many tiles are told of at once where bundle `index` is the first of them."""
    return min(TILES_AT_ONCE, tiles - index)
