"""`safehand risk backtest`: the last line is one JSON value, and the exit says yes, no or unusable."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from typer import Typer
from typer.testing import CliRunner

from safehand.cli import risk
from tests.risk.town import a_file, a_town

KEYS = ["pai_1", "pai_2", "pei_2", "bits_per_event"]


def nothing_runs(_: Path | None) -> NoReturn:
    """These commands need no installation."""
    raise AssertionError


def run(*said: str) -> tuple[int, str, str]:
    app = Typer()
    risk.register(app, nothing_runs)
    told = CliRunner().invoke(app, ["risk", "backtest", *said])
    return told.exit_code, told.stdout, told.stderr


def a_record(path: Path, count: int, seed: int = 1) -> Path:
    town = a_town(count, seed=seed)
    rows = zip(town.at_ms.tolist(), town.lat.tolist(), town.lon.tolist(), strict=True)
    lines = [f"theft,{datetime.fromtimestamp(at / 1000, UTC).isoformat()},{lat},{lon}\n" for at, lat, lon in rows]
    return a_file(path, "".join(lines), packed=path.suffix == ".gz")


def test_the_last_line_is_one_json_value_and_the_model_holds(tmp_path: Path) -> None:
    path = a_record(tmp_path / "town.csv.gz", 6_000)

    code, out, err = run(str(path), "--cell", "9", "--horizon", "28d", "--json")

    said = json.loads(out.splitlines()[-1])
    assert (code, list(said)) == (0, [*KEYS, "counts", "kde"])
    assert list(said["counts"]) == list(said["kde"]) == KEYS
    assert "holds" in err


def test_a_public_record_and_types_are_taken(tmp_path: Path) -> None:
    own, public = a_record(tmp_path / "own.csv", 200), a_record(tmp_path / "public.csv", 5_000, seed=2)

    code, out, err = run(str(own), "--prior", str(public), "--types", "theft", "--json")

    said = json.loads(out.splitlines()[-1])
    assert said["bits_per_event"] > 0
    assert (code, "too few" in err) == (0, True)


def test_a_record_without_incidents_is_answered_with_zeros(tmp_path: Path) -> None:
    code, out, _ = run(str(a_file(tmp_path / "none.csv", "")), "--json")

    said = json.loads(out.splitlines()[-1])
    assert (code, [said[key] for key in KEYS]) == (0, [0.0] * 4)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--horizon", "4w"], "risk.option_invalid"),
        (["--cell", "15"], "risk.option_invalid"),
        (["--types", "fraud"], "risk.type_unknown"),
        (["--prior", "/nowhere.csv"], "risk.record_unusable"),
    ],
)
def test_what_cannot_be_used_is_said_with_what_to_do_and_exits_2(tmp_path: Path, options: list[str], code: str) -> None:
    exit_code, out, err = run(str(a_record(tmp_path / "town.csv", 20)), *options, "--json")

    refused = json.loads(out.splitlines()[-1])["error"]
    assert (exit_code, refused["code"]) == (2, code)
    assert refused["remedy"] in err


def test_a_loss_is_a_table_for_a_person_and_ends_in_one_json_value() -> None:
    app = Typer()
    risk.register(app, nothing_runs)
    asked = ["risk", "loss", "--value-cents", "80000", "--area-rate-ppm", "1000", "--json"]
    told = CliRunner().invoke(app, asked)

    said = json.loads(told.stdout.splitlines()[-1])
    assert [row["mode"] for row in said["losses"]] == ["door", "attended_pin", "locker", "pickup_point"]
    assert "assumed: reference_unattended_min 240" in told.stdout
