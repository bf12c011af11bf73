"""What a benchmark answers, and how times are taken."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure against its bound.

    `value` is compared with `bound`: at least or at most. `floor` names what it was measured against, in the same run.
    """

    subject: str
    value: float
    unit: str
    must: Literal["at least", "at most", "told only"]
    bound: float
    floor: str
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bound holds."""
        match self.must:
            case "at least":
                return self.value >= self.bound
            case "at most":
                return self.value <= self.bound
            case _:
                return True


def best_s(work: Callable[[], object], repeats: int = 60) -> float:
    """The shortest of several runs, in seconds: what the machine can do when nothing else disturbs it."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
