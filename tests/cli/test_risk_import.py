"""`safehand risk import`: a public record comes in by its cells, whole or not at all; what is wrong is told by row."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from safehand.app.installation import Installation, opened
from safehand.app.settings import Settings
from safehand.bus.notices import LocalBus
from safehand.cli import risk
from safehand.risk import cells
from safehand.risk.commands import RiskDesk
from safehand.risk.rates import Reason, cell_at
from safehand.risk.records import FAULTS_KEPT_MAX
from tests.installations import LOG_NAME
from tests.risk.town import HEADING
from tests.servers import Database, now

TODAY = datetime.now(UTC)
HERE = cell_at(60.17, 24.94)


def row(days: float, lat: float = 60.17, lon: float = 24.94, type: str = "theft") -> str:
    """An incident so many days ago."""
    return f"{type},{(TODAY - timedelta(days=days)).isoformat()},{lat},{lon}\n"


GOOD = "".join(row(day / 4, 60.17 + day % 7 / 5_000) for day in range(1, 60))


@dataclass
class Machine:
    """The command line of one installation."""

    database: Database
    folder: Path

    @asynccontextmanager
    async def opening(self, _: Path | None = None) -> AsyncIterator[Installation]:
        settings = Settings(data=self.folder, database_url=self.database.app_url, log_name=LOG_NAME)
        async with opened(settings, LocalBus()) as here:
            yield here

    def take(self, content: str | bytes, *options: str) -> tuple[int, dict[str, Any], str]:
        """Exit status, the JSON value, and what was said."""
        path = self.folder / "record.csv"
        path.write_bytes(content if isinstance(content, bytes) else (HEADING + content).encode())
        app = Typer()
        risk.register(app, self.opening)
        told = CliRunner().invoke(app, ["risk", "import", str(path), *options, "--json"])
        return told.exit_code, json.loads(told.stdout.splitlines()[-1]), told.output

    def ask(self, question: Callable[[Installation], Any]) -> Any:
        async def asked() -> Any:
            async with self.opening() as here:
                return await question(here)

        return now(asked())

    def public(self) -> int:
        """How many public incidents the model would be told."""

        async def asked(here: Installation) -> int:
            async with here.store.transaction(readonly=True) as tx:
                return len((await cells.known(tx, here.clock.now_ms())).public)

        return int(self.ask(asked))


@pytest.fixture
def machine(database: Database, tmp_path: Path) -> Machine:
    return Machine(database, tmp_path)


def test_a_record_comes_in_once_by_its_cells_and_speaks_at_the_next_assessment(machine: Machine) -> None:
    old = row(800) + "theft,2026-01-01,,\n"
    dry = machine.take(GOOD + old, "--dry-run")
    first, again = machine.take(GOOD + old), machine.take(gzip.compress((HEADING + GOOD + old).encode()))

    assert (dry[0], dry[1]["fresh"], dry[1]["counted"]) == (0, False, 0)
    assert (first[0], first[1]["counted"], first[1]["old"], first[1]["placeless"]) == (0, 59, 1, 1)
    assert (first[1]["fresh"], again[1]["fresh"]) == (True, False)
    assert "here already" in again[2]
    assert machine.public() == 59

    async def assessed(here: Installation) -> cells.Assessed:
        desk = RiskDesk(here.store, here.clock)
        await desk.assess()
        async with here.store.transaction(readonly=True) as tx:
            return await cells.cell(tx, HERE, here.clock.now_ms())

    assert Reason.PUBLIC_RECORD in machine.ask(assessed).risk.reasons


def test_broken_rows_are_told_by_row_and_column_and_nothing_is_taken(machine: Machine) -> None:
    broken = "theft,yesterday,60,24\n" + row(-2) + row(1, 91) + "theft,2026-03-01\n"
    code, said, words = machine.take(GOOD + broken)

    assert (code, said["faults"], said["fresh"]) == (1, 4, False)
    assert [(one["row"], one["column"]) for one in said["rows"]] == [(61, "ts"), (62, "ts"), (63, "lat"), (64, "lat")]
    assert "a time that has passed" in said["rows"][1]["detail"]
    assert "nothing was taken" in words
    assert machine.public() == 0


def test_of_many_broken_rows_some_are_told_and_the_rest_counted(machine: Machine) -> None:
    code, said, words = machine.take("theft,never,60,24\n" * (FAULTS_KEPT_MAX + 7))

    assert (code, said["faults"], len(said["rows"])) == (1, FAULTS_KEPT_MAX + 7, FAULTS_KEPT_MAX)
    assert "and 7 more rows" in words


WHOLE = gzip.compress((HEADING + GOOD * 50).encode())


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (WHOLE[: len(WHOLE) // 2], "gzip"),
        ((HEADING + GOOD).encode("utf-16"), "UTF-16"),
        ((HEADING + row(1, type="väkivalta")).encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04" + bytes(80), "packed"),
        ((HEADING + GOOD + '"theft').encode(), "no CSV"),
        (b"", "empty"),
    ],
    ids=["half", "UTF-16", "Latin-1", "packed", "no CSV", "empty"],
)
def test_half_a_file_or_a_foreign_one_is_answered_and_nothing_is_taken(
    machine: Machine, raw: bytes, reason: str
) -> None:
    code, said, words = machine.take(raw)

    assert (code, said["error"]["code"]) == (2, "risk.record_unusable")
    assert reason in words
    assert machine.public() == 0


def test_semicolons_do_as_well_as_commas(machine: Machine) -> None:
    code, said, _ = machine.take((HEADING + GOOD).replace(",", ";").encode())

    assert (code, said["counted"]) == (0, 59)


def test_a_record_of_a_whole_country_is_refused_before_it_keeps_cells_from_being_assessed(machine: Machine) -> None:
    wide = "".join(row(1, 45 + n % 250 / 25, 5 + n // 250 / 12) for n in range(45_000))
    code, said, _ = machine.take(wide)

    assert (code, said["error"]["code"]) == (2, "risk.record_too_large")
    assert machine.public() == 0
