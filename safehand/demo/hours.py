"""The hours of the day that is played: the town's own clock, run as fast as one likes."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from safehand.demo.plan import HOUR_MS, MINUTE_MS

ZONE = ZoneInfo("Europe/Helsinki")
OPENS_MS = 6 * HOUR_MS
OVER_MS = 20 * HOUR_MS


def midnight_ms(now_ms: int, zone: ZoneInfo = ZONE) -> int:
    """The start of the last local day whose vans are back by `now_ms`, in milliseconds since 1970 UTC.

    A day that is still to come cannot be told of: no clock of a phone is hours ahead of ours.
    """
    here = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    day = here if here.hour * HOUR_MS >= OVER_MS else here - timedelta(days=1)
    return int(day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * 1000


def hour_words(of_day_ms: int) -> str:
    """07:42, from milliseconds after midnight."""
    return f"{of_day_ms // HOUR_MS:02d}:{of_day_ms % HOUR_MS // MINUTE_MS:02d}"


@dataclass(slots=True)
class Hours:
    """Times of this day. `speed` is how many of its seconds pass in a real one; None never waits."""

    midnight_ms: int
    speed: float | None
    _opened_s: float = field(default=0.0, init=False)

    def open(self) -> None:
        """Start the day: now it is OPENS_MS."""
        self._opened_s = time.monotonic()

    def at_ms(self, of_day_ms: int) -> int:
        """The moment, in milliseconds since 1970 UTC."""
        return self.midnight_ms + of_day_ms

    async def until(self, of_day_ms: int) -> None:
        """Wait until it is that late. Without a speed nobody waits, but others get their turn."""
        due_s = 0.0
        if self.speed is not None:
            due_s = self._opened_s + (of_day_ms - OPENS_MS) / 1000 / self.speed - time.monotonic()
        await asyncio.sleep(max(0.0, due_s))
