"""A town whose incidents are drawn from a seed: a few hot corners, a street around each, and a thin rest."""

import gzip
from pathlib import Path

import numpy as np

from safehand.risk.backtest import DAY_MS
from safehand.risk.records import Record

LAT, LON = 60.17, 24.94
DAYS = 240
HEADING = "type,ts,lat,lon\n"


def a_town(
    count: int, *, seed: int = 1, corners: int = 40, skew: float = 1.0, lat: float = LAT, lon: float = LON
) -> Record:
    """Incidents over DAYS: half of them at the corners, a third within a few hundred metres, the rest anywhere."""
    draw = np.random.default_rng(seed)
    middles = np.random.default_rng(99).uniform(-0.03, 0.03, (corners, 2))
    heat = np.arange(1, corners + 1) ** -skew
    at = middles[draw.choice(corners, count, p=heat / heat.sum())]
    kind = draw.random(count)[:, None]
    spread = np.where(kind < 0.5, 0.0003, 0.003)
    places = np.where(kind < 0.85, at + draw.normal(0, 1, (count, 2)) * spread, draw.uniform(-0.04, 0.04, (count, 2)))
    at_ms = np.sort(draw.integers(0, DAYS * DAY_MS, count))
    return Record(at_ms, lat + places[:, 0], np.mod(lon + places[:, 1] * 2 + 180, 360) - 180)


def a_file(path: Path, rows: str, *, packed: bool = False) -> Path:
    """A record of these rows under the heading."""
    raw = (HEADING + rows).encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path
