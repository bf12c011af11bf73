"""Scales: days with a window and a needle, and a route with a bar for each parcel. Figures are percent of the width."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from safehand.surfaces.words.calendar import Calendar

DAYS_MIN = 5
DAYS_MAX = 8
BARS_MAX = 60
TICKS_A_DAY = 4
FEW = 24
"""Up to so many bars, a third of each for the gap would look like a fence."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A stroke of the scale, at `x` percent."""

    x: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a day, in the middle of its stretch."""

    x: str
    text: str


@dataclass(frozen=True, slots=True)
class DayScale:
    """Days in a row; the promised one is the window."""

    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    window_x: str
    window_width: str
    now_x: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of a route: `kind` is done, bad, or ahead."""

    kind: str
    x: str
    width: str


def day_scale(calendar: Calendar, promised: date) -> DayScale | None:
    """The days from yesterday, or the promised one if it is past, to the day after; None if that is too long."""
    today = calendar.today
    first = min(today, promised) - timedelta(days=1)
    last = max(max(today, promised) + timedelta(days=1), first + timedelta(days=DAYS_MIN - 1))
    days = (last - first).days + 1
    if days > DAYS_MAX:
        return None
    local = calendar.local(calendar.now_ms)
    share = (local - datetime.combine(today, datetime.min.time(), local.tzinfo)) / timedelta(days=1)
    ticks = [Tick(_percent(at, days * TICKS_A_DAY), at % TICKS_A_DAY == 0) for at in range(days * TICKS_A_DAY + 1)]
    labels = [
        Label(_percent(index + 0.5, days), f"{calendar.weekday(day)} {day.day}")
        for index in range(days)
        for day in (first + timedelta(days=index),)
    ]
    return DayScale(
        ticks=tuple(ticks),
        labels=tuple(labels),
        window_x=_percent((promised - first).days, days),
        window_width=_percent(1, days),
        now_x=_percent((today - first).days + share, days),
    )


def route_bars(delivered: int, attempted: int, holding: int) -> tuple[Bar, ...]:
    """A bar for each parcel of a route, in the order done, bad, ahead; beyond BARS_MAX a bar stands for several."""
    total = delivered + attempted + holding
    if total == 0:
        return ()
    count = min(total, BARS_MAX)
    gap = 0.3 if count > FEW else 0.12
    bars = []
    for index in range(count):
        stands_for = (index + 0.5) * total / count
        kind = "done" if stands_for < delivered else "bad" if stands_for < delivered + attempted else "ahead"
        bars.append(Bar(kind, _percent(index + gap / 2, count), _percent(1 - gap, count)))
    return tuple(bars)


def _percent(part: float, whole: float) -> str:
    return f"{part / whole * 100:.2f}%"
