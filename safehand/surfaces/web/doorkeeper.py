"""The doorkeeper: nobody guesses tracking numbers by the thousand."""

from collections import OrderedDict
from dataclasses import dataclass, field

from safehand.kernel.clock import Clock
from safehand.surfaces.errors import LookedTooOften

LOOKS_MAX = 40
"""Looks that one address may spend at once."""
LOOK_EVERY_MS = 3_000
"""One more look becomes free after this time."""
MISS_COST = 4
"""A number that does not exist costs this many looks in all."""
ADDRESSES_MAX = 20_000
"""Addresses remembered; the one seen longest ago is forgotten first."""


@dataclass(slots=True)
class Doorkeeper:
    """A bucket of looks for each address."""

    clock: Clock
    buckets: OrderedDict[str, tuple[float, int]] = field(default_factory=OrderedDict)
    """Address to (looks left, when that was so)."""

    def admit(self, address: str) -> None:
        """Spend one look.

        Errors
            LookedTooOften  none is left; it says how long to wait.
        """
        left = self._left(address)
        if left < 1:
            raise LookedTooOften(wait_s=int((1 - left) * LOOK_EVERY_MS / 1000) + 1)
        self._put(address, left - 1)

    def missed(self, address: str) -> None:
        """Spend what a miss costs beyond the look itself."""
        self._put(address, max(0.0, self._left(address) - (MISS_COST - 1)))

    def _left(self, address: str) -> float:
        left, at_ms = self.buckets.get(address, (float(LOOKS_MAX), self.clock.now_ms()))
        return min(float(LOOKS_MAX), left + (self.clock.now_ms() - at_ms) / LOOK_EVERY_MS)

    def _put(self, address: str, left: float) -> None:
        self.buckets[address] = (left, self.clock.now_ms())
        self.buckets.move_to_end(address)
        while len(self.buckets) > ADDRESSES_MAX:
            self.buckets.popitem(last=False)
