"""Two disks: one with an installation, and one that its backups go to; and an identity that lies on neither."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safehand.demo.installation import command


@dataclass(frozen=True)
class Disks:
    """Where everything is."""

    data: Path
    backup: Path
    safe: Path
    recipient: str

    @property
    def identity(self) -> Path:
        return self.safe / "identity"

    @property
    def bundle(self) -> Path:
        return self.safe / "keys.age"

    @property
    def settings(self) -> dict[str, str]:
        """What the installation is started with."""
        return {"SAFEHAND_BACKUP_FOLDER": str(self.backup), "SAFEHAND_BACKUP_RECIPIENTS": self.recipient}

    async def take(self) -> Any:
        """A base, now."""
        return await told("admin", "backup", "--data", str(self.data))

    async def restore(self, target: Path, *more: str) -> Any:
        """A restore that must succeed."""
        return await told(*self.restoring(target), *more)

    def restoring(self, target: Path) -> list[str]:
        """The words of a restore into that folder."""
        words = ["admin", "restore", str(self.backup), "--data", str(target)]
        return [*words, "--keys", str(self.bundle), "--identity", str(self.identity)]


async def told(*words: str) -> Any:
    """What a command answers, which must succeed."""
    said = await command(*words, "--json")
    assert said.status == 0, (said.value, said.errors)
    return said.value


async def prepared(folder: Path) -> Disks:
    """A data folder with its keys, a prepared backup folder, and the keys sealed elsewhere."""
    safe = folder / "safe"
    safe.mkdir()
    data, backup = folder / "data", folder / "backup"
    made = await told(
        "admin", "backup", "prepare", str(backup), "--identity", str(safe / "identity"), "--data", str(data)
    )
    return Disks(data, backup, safe, made["recipient"])


async def keys_sealed(disks: Disks) -> None:
    """The bundle of the keys that the installation has made by now."""
    await told("admin", "backup", "keys", str(disks.bundle), "--data", str(disks.data), "--recipient", disks.recipient)
