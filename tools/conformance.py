"""How far the labels room agrees with GS1's and the carriers' own examples: `make conformance` prints the table.

Every example of ../shared/data/gs1 is read by the code that reads labels, and ends as one of four: taken as it should
be, refused as it should be (by which rule), passed over (for which reason), or judged otherwise. Nothing in the table
is written by hand; a test holds that every example is in it, and that none is judged otherwise.

Exit 0: they agree. 1: at least one does not. 2: the examples are missing.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.gs1_sets import SETS, Example, Outcome, Verdict

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "gs1"
COLUMNS = ("examples", "taken", "refused", "passed over", "otherwise")
MISSING = 2


@dataclass(slots=True)
class Row:
    """One kind of example of one file."""

    file: str
    kind: str
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    """Of what is refused, the rules that refuse it."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Of what is passed over, why."""
    otherwise: list[str] = field(default_factory=list)
    """What is judged otherwise than the example says."""

    def add(self, example: Example, verdict: Verdict) -> None:
        """Count one."""
        self.outcomes[verdict.outcome] += 1
        if verdict.outcome is Outcome.REFUSED:
            self.rules[verdict.said] += 1
        elif verdict.outcome is Outcome.PASSED_OVER:
            self.reasons[verdict.said] += 1
        elif verdict.outcome is Outcome.OTHERWISE:
            self.otherwise.append(f"{example.shown}: {verdict.said or 'taken'}")

    @property
    def figures(self) -> tuple[int, ...]:
        """In the order of COLUMNS."""
        return sum(self.outcomes.values()), *(self.outcomes[outcome] for outcome in Outcome)


def coverage(folder: Path) -> list[Row]:
    """The table: a row for each kind of each file, in the order of the files."""
    rows: dict[tuple[str, str], Row] = {}
    for examples in SETS:
        for example in examples.read(folder):
            row = rows.setdefault((examples.file, example.kind), Row(examples.file, example.kind))
            row.add(example, examples.judge(example))
    return list(rows.values())


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as lines of text, then the rules and the reasons that stand behind the figures."""
    found = list(rows)
    width = max(len(row.kind) for row in found) + 2
    yield f"{'':{width}}" + "".join(f"{name:>13}" for name in COLUMNS)
    file = ""
    for row in found:
        if row.file != file:
            file = row.file
            yield _line(file, width, [other for other in found if other.file == file])
        yield _line(f"  {row.kind}", width, [row])
    yield _line("all", width, found)
    for title, counts in (("refused by rule", _sum(row.rules for row in found)),
                          ("passed over, because", _sum(row.reasons for row in found))):  # fmt: skip
        yield f"\n{title}"
        yield from (
            f"{count:>7}  {said}" for said, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        )
    for row in found:
        yield from (f"otherwise: {row.file}, {row.kind}: {said}" for said in row.otherwise)


def _line(name: str, width: int, rows: list[Row]) -> str:
    figures = [sum(row.figures[at] for row in rows) for at in range(len(COLUMNS))]
    return f"{name:{width}}" + "".join(f"{figure:>13}" for figure in figures)


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for count in counts:
        whole.update(count)
    return whole


def main() -> int:
    """Print the table; with --json, its rows as one JSON value on the last line."""
    if not FOLDER.exists():
        print(f"the examples are third-party material, which is not part of the project: {FOLDER}", file=sys.stderr)
        return MISSING
    rows = coverage(FOLDER)
    print("\n".join(table(rows)))
    if "--json" in sys.argv[1:]:
        told = [{"file": row.file, "kind": row.kind, **dict(zip(COLUMNS, row.figures, strict=True)),
                 "rules": row.rules, "reasons": row.reasons} for row in rows]  # fmt: skip
        print(json.dumps(told))
    return 1 if any(row.otherwise for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
