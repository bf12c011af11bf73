"""Master keys as files: one folder outside the database, one file of 32 bytes a key, mode 0600."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safehand.vault.errors import MasterKeyUnusable
from safehand.vault.master import MasterKey, load_master_key, write_key

FIRST = "vault.key"
LATER = "vault-*.key"
KEYS_MAX = 64
"""Master keys in one folder. Each rotation adds one, each removal takes one away."""


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Fills `MasterKeys` with plain files. Back the folder up, apart from the database."""

    folder: Path

    def load(self) -> Mapping[str, MasterKey]:
        """Every key in the folder; the first is made where there is none.

        Errors
            MasterKeyExposed, MasterKeyUnusable
        """
        paths = key_paths(self.folder, FIRST, LATER) or [self.folder / FIRST]
        return {key.fingerprint: key for key in map(load_master_key, paths)}

    def add(self) -> MasterKey:
        """A new key in a file of its own, named after its fingerprint."""
        key, raw = MasterKey.fresh()
        write_key(self.folder / f"vault-{key.fingerprint}.key", raw)
        return key

    def remove(self, fingerprint: str) -> None:
        """Remove the file of that key; nothing to do where there is none."""
        for path in key_paths(self.folder, FIRST, LATER):
            if load_master_key(path).fingerprint == fingerprint:
                path.unlink()


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """Fills `MasterKeys` in memory: for tests and benches."""

    held: dict[str, MasterKey]

    @classmethod
    def of(cls, *keys: MasterKey) -> "HeldKeys":
        """These keys, oldest first."""
        return cls({key.fingerprint: key for key in keys})

    def load(self) -> Mapping[str, MasterKey]:
        """Every key."""
        if not self.held:
            self.add()
        return dict(self.held)

    def add(self) -> MasterKey:
        """A new key."""
        key, _ = MasterKey.fresh()
        self.held[key.fingerprint] = key
        return key

    def remove(self, fingerprint: str) -> None:
        """Forget it."""
        self.held.pop(fingerprint, None)


def key_paths(folder: Path, first: str, later: str) -> Sequence[Path]:
    """The key files of a folder, oldest first.

    Errors
        MasterKeyUnusable  there are more than KEYS_MAX: something fills the folder.
    """
    paths = [path for path in (folder / first,) if os.path.lexists(path)]
    paths += sorted(folder.glob(later), key=lambda path: (path.lstat().st_mtime_ns, path.name))
    if len(paths) > KEYS_MAX:
        raise MasterKeyUnusable(path=str(folder), why=f"a folder with more than {KEYS_MAX} keys")
    return paths
