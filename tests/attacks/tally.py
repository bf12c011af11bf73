"""What the cases of a run met: counted one by one where they are answered, so that nobody has to believe a summary."""

import json
from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from pathlib import Path

CLASSES = ("2xx", "4xx", "429", "5xx")
SLOWED = 429
TURNED_AWAY = frozenset({401, 403, 405, SLOWED})
"""Answers that are given before an operation begins."""


@dataclass(frozen=True, slots=True)
class Met:
    """One answer: of which operation, in which phase of the run, with which status."""

    operation: str
    phase: str
    status: int


@dataclass
class Tally:
    """How often each was met."""

    times: Counter[Met] = field(default_factory=Counter)

    def count(self, met: Met) -> None:
        """One more."""
        self.times[met] += 1

    def save(self, file: Path) -> None:
        """Lines of operation, phase, status, times."""
        file.write_text(json.dumps([[met.operation, met.phase, met.status, n] for met, n in self.times.items()]))

    @classmethod
    def read(cls, file: Path) -> "Tally":
        """What `save` wrote."""
        lines = json.loads(file.read_text())
        return cls(Counter({Met(operation, phase, status): n for operation, phase, status, n in lines}))

    @classmethod
    def joined(cls, tallies: Iterable["Tally"]) -> "Tally":
        """All of them as one."""
        return cls(sum((tally.times for tally in tallies), Counter()))

    @property
    def cases(self) -> int:
        """Answers that a case got, the slowed-down ones left out: those asked nothing."""
        return sum(n for met, n in self.times.items() if met.status != SLOWED)

    @property
    def linked(self) -> int:
        """Cases that went on from an earlier one's answer."""
        return sum(n for met, n in self.times.items() if met.phase == "stateful" and met.status != SLOWED)

    @property
    def classes(self) -> dict[str, int]:
        """By class of status."""
        found = Counter(dict.fromkeys(CLASSES, 0))
        for met, n in self.times.items():
            found["429" if met.status == SLOWED else f"{met.status // 100}xx"] += n
        return dict(found)

    def words(self, described: Set[str]) -> str:
        """One line for people."""
        counted = ", ".join(f"{n} x {name}" for name, n in self.classes.items())
        within = f"{len(self.reached & described)} reached and {len(self.done & described)} done of {len(described)}"
        return f"{self.cases} cases, {self.linked} of them linked; {counted}; operations: {within}"

    @property
    def broken(self) -> list[str]:
        """Operations that ended in a server error."""
        return sorted({f"{met.operation}: {met.status}" for met in self.times if met.status >= 500})

    @property
    def reached(self) -> set[str]:
        """Operations that somebody got to, whatever they then said."""
        return {met.operation for met in self.times if met.status not in TURNED_AWAY}

    @property
    def done(self) -> set[str]:
        """Operations that did what they are for."""
        return {met.operation for met in self.times if 200 <= met.status < 300}
