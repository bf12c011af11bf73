"""How the installation is set up: clear text, names that were never chosen, nobody who watches, keys open to others."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from safehand.audit.model import FindingKind, Seen, Severity
from safehand.store.database import Tx

KEY_FILES_MAX = 200
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What of the settings can be unsafe. `defaults` are values that nobody chose, `in_clear` what others can read."""

    origin: str
    in_clear: frozenset[FindingKind]
    log_name: str
    company_prefix: str
    defaults: frozenset[str]
    keys_folder: Path
    witnessed: bool


@dataclass(frozen=True, slots=True)
class DeploymentCheck:
    """Looks at the settings and the folder of keys."""

    deployment: Deployment
    kinds: ClassVar[frozenset[FindingKind]] = frozenset(
        {
            FindingKind.CLEAR_TEXT,
            FindingKind.DATABASE_CLEAR_TEXT,
            FindingKind.STREAM_CLEAR_TEXT,
            FindingKind.LOG_NAME_DEFAULT,
            FindingKind.PREFIX_EXAMPLE,
            FindingKind.NO_WITNESS,
            FindingKind.KEYS_OPEN,
        }
    )

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """What is unsafe about them."""
        return [*self._settings(), *self._keys()]

    def _settings(self) -> Iterator[Seen]:
        here = self.deployment
        for kind in sorted(here.in_clear):
            yield _seen(kind, Severity.HIGH, origin=here.origin)
        if here.log_name in here.defaults:
            yield _seen(FindingKind.LOG_NAME_DEFAULT, Severity.MEDIUM, name=here.log_name)
        if here.company_prefix in here.defaults:
            yield _seen(FindingKind.PREFIX_EXAMPLE, Severity.LOW, prefix=here.company_prefix)
        if not here.witnessed:
            yield _seen(FindingKind.NO_WITNESS, Severity.LOW)

    def _keys(self) -> Iterator[Seen]:
        folder = self.deployment.keys_folder
        files = sorted(path for path in folder.iterdir())[:KEY_FILES_MAX]
        for path in (folder, *files):
            mode = stat.S_IMODE(path.stat(follow_symlinks=False).st_mode)
            if mode & OTHERS:
                about = path.name if path != folder else "keys"
                params: dict[str, str | int] = {"file": about, "mode": f"{mode:03o}"}
                yield Seen(kind=FindingKind.KEYS_OPEN, about=about, severity=Severity.HIGH, params=params)


def _seen(kind: FindingKind, severity: Severity, **params: str | int) -> Seen:
    return Seen(kind=kind, about="installation", severity=severity, params=params)
