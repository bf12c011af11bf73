"""What the audit needs others to fill: checks."""

from collections.abc import Sequence
from typing import Protocol

from safehand.audit.model import FindingKind, Seen
from safehand.store.database import Tx


class Check(Protocol):
    """Looks at one thing. It changes nothing, and sees the same fault under the same `about` each time."""

    @property
    def kinds(self) -> frozenset[FindingKind]:
        """What it can see: what it did not see of these is gone."""
        ...

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Everything that is wrong now.

        Errors
            SafehandError, OSError  it could not look: then nothing of its kinds is closed.
        """
        ...
