"""A child process that lets a log grow from 300 entries to 600, for tests that strike while it writes.

`python growing_log.py FOLDER MODE`. It prints `done SIZE` once the checkpoint is on the disk. The modes other than
`careful` are planted faults, which the tests must find.
"""

import os
import sys
from pathlib import Path

from safehand.ledger import durable
from safehand.ledger.checkpoint import SignedCheckpoint, sign_checkpoint
from safehand.ledger.durable import DurableFolder
from safehand.ledger.errors import LogUnwritable
from safehand.ledger.publication import LogWriter
from tests.ledger.logs import a_key, entries_for

BEFORE, AFTER = 300, 600
BEGIN = "/begin-to-write"
"""A path that does not exist. The child asks for it just before it begins, and a tracer sees that."""


class CheckpointFirst(LogWriter):
    """Shows the checkpoint, then writes what it vouches for."""

    def publish(self) -> SignedCheckpoint:
        signed = sign_checkpoint(self.size, self._frontier.root(), self._key)
        self._write_checkpoint(signed)
        self._write_tiles()
        return signed


def carelessly() -> None:
    """Folders are never synced: what was renamed there may be lost."""
    vars(durable)["sync_folder"] = lambda _folder: None


def hastily() -> None:
    """No file is synced before it is renamed: its name may last and its content not."""
    fsync = os.fsync
    vars(os)["fsync"] = lambda handle: fsync(handle) if os.path.isdir(f"/proc/self/fd/{handle}") else None


class InPlace(DurableFolder):
    """Writes files where they belong, without a temporary name."""

    def write(self, files: dict[str, bytes]) -> None:  # type: ignore[override]
        for path, content in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            with (self.root / path).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())


def grow(folder: Path, mode: str) -> SignedCheckpoint:
    kind = CheckpointFirst if mode == "checkpoint-first" else LogWriter
    with kind.open(folder, a_key()) as writer:
        if mode == "in-place":
            writer._disk = InPlace(folder)
        writer.extend(BEFORE, entries_for(AFTER)[BEFORE:])
        try:
            return writer.publish()
        except LogUnwritable:
            return writer.publish()


def main(folder: str, mode: str) -> None:
    {"careless": carelessly, "hasty": hastily}.get(mode, lambda: None)()
    entries_for(1)
    os.access(BEGIN, os.F_OK)
    try:
        signed = grow(Path(folder), mode)
    except LogUnwritable:  # the log could not even be opened
        signed = grow(Path(folder), mode)
    sys.stdout.write(f"done {signed.size}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
