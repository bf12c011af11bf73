"""Time is an argument: whoever needs the hour is given a clock."""

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the time in whole milliseconds since 1970-01-01 UTC."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000


@dataclass(slots=True)
class HandClock:
    """A clock that moves only when told to: for tests and simulations."""

    at_ms: int = 1_790_000_000_000

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return self.at_ms

    def advance(self, by_ms: int) -> None:
        """Move the hands forward."""
        self.at_ms += by_ms
