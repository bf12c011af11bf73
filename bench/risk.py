"""Risk: how well the next incidents are foretold, against plain counts of the same record in the same run."""

import time
from pathlib import Path

from bench.measure import Measure
from safehand.risk.backtest import Outcome, Question, backtest
from safehand.risk.records import Record, read_record
from tests.risk.town import a_town

RECORDS = Path(__file__).resolve().parents[2] / "shared" / "data" / "incidents"
"""Public records that lie beside the project; they are never shipped. Without them a drawn town stands in."""
MONTH = Question(9, 28)
OWN, PUBLIC, TOWNS = 200, 20_000, 6


def full() -> Measure:
    """The worst of the full records: PAI at 2 % of the model over that of counts."""
    start = time.perf_counter()
    outcomes = {name: backtest(record, MONTH) for name, record in _records().items()}
    took_s = time.perf_counter() - start
    return Measure(
        subject="risk, full records",
        value=min(_ratio(outcome) for outcome in outcomes.values()),
        unit="x",
        must="at least",
        bound=0.99,
        floor="PAI at 2 % of plain counts, cells of resolution 9, 28 days",
        detail=f"{', '.join(f'{name} {_told(outcome)}' for name, outcome in outcomes.items())}; {took_s:.1f} s",
    )


def thin() -> Measure:
    """A few own incidents and a public record, over several draws: PAI at 2 % over that of own counts."""
    draws = [(a_town(OWN, seed=seed, corners=150, skew=0.5), a_town(PUBLIC, seed=99, corners=150, skew=0.5))
             for seed in range(TOWNS)]  # fmt: skip
    outcomes = [backtest(own, MONTH, public) for own, public in draws]
    model, counts = (sum(pai) / TOWNS for pai in zip(*((o.model.pai_2, o.counts.pai_2) for o in outcomes), strict=True))
    return Measure(
        subject="risk, 200 own and a public record",
        value=model / counts,
        unit="x",
        must="at least",
        bound=1.3,
        floor="PAI at 2 % of own counts, a drawn town, cells of resolution 9, 28 days",
        detail=f"{sum(outcome.model.bits_per_event for outcome in outcomes) / TOWNS:.2f} bits an incident",
    )


def _records() -> dict[str, Record]:
    found = {path.name.partition(".")[0]: read_record(path) for path in sorted(RECORDS.glob("*.csv.gz"))}
    return found or {"drawn town": a_town(12_000)}


def _ratio(outcome: Outcome) -> float:
    return outcome.model.pai_2 / outcome.counts.pai_2


def _told(outcome: Outcome) -> str:
    return f"{outcome.model.pai_2:.2f} to {outcome.counts.pai_2:.2f}, {outcome.model.bits_per_event:.2f} bits"
