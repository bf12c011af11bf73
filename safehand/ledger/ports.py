"""What the log needs others to fill in: who keeps it where our disk is not lives on a higher floor."""

from typing import Protocol


class Keeper(Protocol):
    """Keeps the facts of the log somewhere else too. What the world is shown should be there first."""

    def kept(self, size: int) -> int:
        """How many of the first `size` entries, whose positions are committed, may be shown now."""
        ...
