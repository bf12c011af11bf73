"""The backtest: the last third of a record foretold from what came before, beside plain counts and a kernel density."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from safehand.risk.errors import OptionInvalid, RecordTooLarge
from safehand.risk.ground import F64, I64, Ground, cells_of
from safehand.risk.model import Evidence, expect
from safehand.risk.records import Record

RESOLUTION_MIN, RESOLUTION_MAX = 5, 11
HORIZON_DAYS_MIN, HORIZON_DAYS_MAX = 1, 366
ORIGINS_MAX = 500
DAY_MS = 86_400_000
KDE_BANDWIDTH_M = 400
FLOOR = 1e-6
"""Of a mean cell: what a baseline that says "never" is taken to have meant, so that its bits stay finite."""
JUDGED_MIN = 1_000
"""Foretold incidents below which a record says too little for a yes or no."""
COUNTS_SHARE = 0.99
DIGITS = 6

type Report = Callable[[int, int], None]
"""Is told how many of how many origins are done."""


@dataclass(frozen=True, slots=True)
class Question:
    """How a record is tested: cells of which size, how far ahead."""

    resolution: int
    horizon_days: int

    def check(self) -> None:
        """Refuse what no backtest can answer.

        Errors
            OptionInvalid
        """
        for option, given, least, most in (
            ("--cell", self.resolution, RESOLUTION_MIN, RESOLUTION_MAX),
            ("--horizon", self.horizon_days, HORIZON_DAYS_MIN, HORIZON_DAYS_MAX),
        ):
            if not least <= given <= most:
                raise OptionInvalid(option, str(given), f"{least} to {most}")


@dataclass(frozen=True, slots=True)
class Score:
    """How well one way of foretelling did, over all origins.

    `pai`   the share of incidents in the best cells over those cells' share of the area (predictive accuracy index).
    `pei`   the same as a part of what hindsight would have had (predictive efficiency index).
    `bits`  log2 of the likelihood of an incident, over the uniform density on the study area; 0 is no better than that.
    """

    pai_1: float
    pai_2: float
    pei_2: float
    bits_per_event: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a backtest found."""

    model: Score
    counts: Score
    kde: Score
    origins: int
    foretold: int
    cells: int

    @property
    def holds(self) -> bool | None:
        """Whether the model is to be used rather than counts or a kernel density; None if too little was foretold."""
        if self.foretold < JUDGED_MIN:
            return None
        ahead = self.model.pai_2 >= max(COUNTS_SHARE * self.counts.pai_2, self.kde.pai_2)
        return ahead and self.model.bits_per_event >= 0


@dataclass(slots=True)
class Tally:
    """Sums over origins of one way of foretelling."""

    hits: dict[int, float] = field(default_factory=lambda: {1: 0.0, 2: 0.0})
    found: float = 0.0
    hindsight: float = 0.0
    bits: float = 0.0
    events: float = 0.0

    def add(self, density: F64, came: F64) -> None:
        """One origin. Cells that tie share their incidents: neither luck nor the order of cells decides.

        Shapes
            density  n cells of the study area, >= 0, in any unit.
            came     n, incidents of the horizon.
        """
        best = np.sort(came)[::-1]
        for percent in self.hits:
            top = max(1, round(percent / 100 * len(came)))
            hit = _hit(density, came, top)
            self.hits[percent] += hit / (top / len(came))
            if percent == 2:
                self.found += hit
                self.hindsight += float(best[:top].sum())
        floored = np.maximum(density, FLOOR * density.mean()) if density.any() else np.ones(len(came))
        self.bits += float((came * np.log2(floored / floored.mean())).sum())
        self.events += float(came.sum())

    def score(self) -> Score:
        """The whole; all zero where nothing was there to be foretold."""
        if not self.events:
            return Score(0.0, 0.0, 0.0, 0.0)
        pai_1, pai_2, bits = (sum_ / self.events for sum_ in (self.hits[1], self.hits[2], self.bits))
        # Adding 0.0 turns a rounded minus zero into zero.
        return Score(*(round(one, DIGITS) + 0.0 for one in (pai_1, pai_2, self.found / self.hindsight, bits)))


def _hit(density: F64, came: F64, top: int) -> float:
    edge = np.partition(density, len(density) - top)[len(density) - top]
    above, level = density > edge, density == edge
    return float(came[above].sum() + (top - above.sum()) / level.sum() * came[level].sum())


def origins_ms(record: Record, horizon_days: int) -> list[tuple[int, int]]:
    """From when to when is foretold: one horizon after another through the last third of the record's time.

    A record whose last third is shorter than a horizon has one, cut short at its end.

    Errors
        RecordTooLarge  more than ORIGINS_MAX horizons.
    """
    if not len(record):
        return []
    first, last = int(record.at_ms[0]), int(record.at_ms[-1])
    start, horizon = last - (last - first) // 3, horizon_days * DAY_MS
    count = (last - start) // horizon
    if count > ORIGINS_MAX:
        raise RecordTooLarge("horizons", ORIGINS_MAX, "take a longer --horizon, or the record's last years")
    if not count:
        return [(start, last + 1)]
    return [(start + step * horizon, start + (step + 1) * horizon) for step in range(count)]


def backtest(record: Record, question: Question, prior: Record | None = None, report: Report | None = None) -> Outcome:
    """Foretell the last third of a record, origin by origin, from what was known at each.

    Errors
        OptionInvalid, RecordTooLarge
    Cost
        Houston (86,083 incidents, 12,516 cells, two origins): about 5 s.
    """
    question.check()
    spans = origins_ms(record, question.horizon_days)
    own = cells_of(record.lat, record.lon, question.resolution)
    public = cells_of(prior.lat, prior.lon, question.resolution) if prior is not None else np.zeros(0, np.uint64)
    known = [own[record.at_ms < spans[-1][0]]] if spans else []
    if spans and prior is not None:
        known.append(public[prior.at_ms < spans[-1][0]])
    ground = Ground.around(np.concatenate(known) if known else own, question.resolution)
    tallies = [Tally() for _ in range(3)]
    cells = origins = 0
    tested = Located(record, ground.mesh.index(own))
    told = Located(prior, ground.mesh.index(public)) if prior is not None else None
    for done, seen in enumerate((_seen(ground, tested, told, span) for span in spans), 1):
        if report is not None:
            report(done, len(spans))
        inside = seen.area > 0
        if seen.came.sum():
            origins, cells = origins + 1, int(inside.sum())
            for tally, density in zip(tallies, _foretold(ground, seen), strict=True):
                tally.add(density[inside], seen.came[inside])
    model, counts, kde = (tally.score() for tally in tallies)
    return Outcome(model, counts, kde, origins, int(tallies[0].events), cells)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was known at one origin, and what came."""

    area: F64
    own: Evidence
    public: Evidence | None
    came: F64


@dataclass(frozen=True, slots=True)
class Located:
    """A record, and in which cell of the ground each incident lies; -1 for none."""

    record: Record
    cell: I64

    def before(self, start_ms: int) -> Evidence:
        """What was known of it then."""
        earlier = self.record.at_ms < start_ms
        return Evidence(self.cell[earlier], (start_ms - self.record.at_ms[earlier]) / DAY_MS)


def _seen(ground: Ground, tested: Located, told: Located | None, span: tuple[int, int]) -> Seen:
    start_ms, end_ms = span
    own = tested.before(start_ms)
    public = told.before(start_ms) if told is not None else None
    area = ground.area(np.concatenate((own.cell, public.cell)) if public is not None else own.cell)
    at_ms, cell = tested.record.at_ms, tested.cell
    during = cell[(at_ms >= start_ms) & (at_ms < end_ms) & (cell >= 0)]
    return Seen(area, own, public, np.bincount(during, minlength=len(ground)) * area)


def _foretold(ground: Ground, seen: Seen) -> tuple[F64, F64, F64]:
    """The model's density, plain counts, and a kernel density of them."""
    counts = np.bincount(seen.own.cell, minlength=len(ground)).astype(np.float64)
    kde = ground.averaged(counts, seen.area, KDE_BANDWIDTH_M).near
    return expect(ground, seen.area, seen.own, seen.public).density, counts, kde
