"""`make bench [T=subject]`: measure, print, keep the history, and fail where a bound does not hold."""

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    addresses,
    backup,
    depot,
    identity,
    kernel,
    ledger,
    planning,
    planning_large,
    receipt,
    replanning,
    revocation,
    risk,
    roads,
    running,
    sign_in,
    vault,
)
from bench.measure import Measure

HISTORY = Path(__file__).parent / "history.csv"
COLUMNS = ("day", "commit", "subject", "value", "unit", "must", "bound", "holds", "detail")

SUBJECTS: Mapping[str, Callable[[], Measure]] = {
    "canonical": kernel.canonical,
    "signatures": kernel.signatures,
    "decisions": identity.decisions,
    "storm": sign_in.storm,
    "revocation": revocation.revocation,
    "verification": ledger.verification,
    "appends": ledger.appends,
    "accepting": ledger.accepting,
    "signing": ledger.signing,
    "receipt": receipt.checking,
    "erasure": vault.erasure,
    "restart": running.restart,
    "memory": running.memory,
    "backup": backup.backup,
    "depot": depot.dawn,
    "imports": depot.imports,
    "scans": depot.scans,
    "finding": depot.finding,
    "addresses": addresses.searching,
    "map": addresses.building,
    "planning": planning.against_pyvrp,
    "planning_others": planning.against_others,
    "planning_gaps": planning.gaps,
    "planning_large": planning_large.large,
    "planning_memory": planning_large.memory,
    "planning_processes": planning_large.processes,
    "roads": roads.table,
    "planning_changes": replanning.answers,
    "planning_extra": replanning.extra,
    "risk": risk.full,
    "risk_thin": risk.thin,
}


def main(arguments: list[str]) -> int:
    """0 if every bound holds, 1 if one does not."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], help="with all that begin like it; or all")
    parser.add_argument("--json", action="store_true", help="end the output with one JSON value")
    asked = parser.parse_args(arguments)
    measures = []
    for name in _meant(asked.subjects):
        measure = SUBJECTS[name]()
        measures.append(measure)
        print(_line(measure), flush=True)
    _keep(measures)
    if asked.json:
        print(json.dumps({m.subject: {"value": m.value, "holds": m.holds} for m in measures}))
    return 0 if all(measure.holds for measure in measures) else 1


def _meant(subjects: Sequence[str]) -> list[str]:
    """`planning` means `planning_gaps` too; nothing means everything."""
    return [
        name for name in SUBJECTS if not subjects or any(name == one or name.startswith(f"{one}_") for one in subjects)
    ]


def _line(measure: Measure) -> str:
    verdict = "ok" if measure.holds else "NO"
    bound = f"{measure.must} {measure.bound:g}" if measure.must != "told only" else measure.must
    return (
        f"{verdict:3} {measure.subject:34} {measure.value:10,.2f} {measure.unit:18} ({bound}; {measure.floor})"
        f"  {measure.detail}"
    )


def _keep(measures: list[Measure]) -> None:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    new = not HISTORY.exists()
    with HISTORY.open("a", newline="") as page:
        rows = csv.writer(page)
        if new:
            rows.writerow(COLUMNS)
        day = datetime.now(UTC).date().isoformat()
        for m in measures:
            row = (day, commit.strip(), m.subject, f"{m.value:.3f}", m.unit, m.must, m.bound, m.holds, m.detail)
            rows.writerow(row)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
