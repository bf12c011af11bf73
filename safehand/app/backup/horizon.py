"""The horizon: how much of the log the archive holds, so that the world is shown nothing that dies with our disk.

A restored installation that has forgotten what it showed would give the same places to other facts: a fork. So a
checkpoint waits for the round of the archive that carries its facts; no longer than HOLD_MAX_S, for a backup's disk
that is away must not stop the log for ever.
"""

import time
from collections import deque
from dataclasses import dataclass, field

HOLD_MAX_S = 60.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    size: int
    round: int
    """The newest round that had begun when its facts were known to be committed: that one may lack them."""
    since_s: float


@dataclass(slots=True)
class Horizon:
    """Fills the ledger's `Keeper`. Rounds of the archive count up; one that ends has all that was there as it began."""

    hold_max_s: float = HOLD_MAX_S
    _begun: int = 0
    _ended: int = 0
    _kept: int = 0
    _waiting: deque[_Waiting] = field(default_factory=deque)

    def begin(self) -> int:
        """A round begins; its number."""
        self._begun += 1
        return self._begun

    def end(self, round: int) -> None:
        """That round has carried everything that was committed before it began."""
        self._ended = round

    def kept(self, size: int) -> int:
        """How many of the first `size` entries may be shown: they are carried, or have waited long enough."""
        now_s = time.monotonic()
        if size > (self._waiting[-1].size if self._waiting else self._kept):
            self._wait(size, now_s)
        while self._waiting and self._is_over(self._waiting[0], now_s):
            self._kept = self._waiting.popleft().size
        return min(self._kept, size)

    def _wait(self, size: int, now_s: float) -> None:
        since_s = now_s
        if self._waiting and self._waiting[-1].round == self._begun:  # one a round is enough
            since_s = self._waiting.pop().since_s
        self._waiting.append(_Waiting(size, self._begun, since_s))

    def _is_over(self, waiting: _Waiting, now_s: float) -> bool:
        return waiting.round < self._ended or now_s - waiting.since_s >= self.hold_max_s
