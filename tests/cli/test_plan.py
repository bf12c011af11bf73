"""`safehand plan solve` and `check`: what they print, write and answer with."""

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from safehand.cli import plan
from tests.planning.problems import SOLOMON, VRP


def run(*said: str | Path) -> tuple[int, str, str]:
    app = Typer()
    plan.register(app)
    told = CliRunner().invoke(app, ["plan", *map(str, said)])
    return told.exit_code, told.stdout, told.stderr


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.vrp").write_text(VRP)
    (tmp_path / "timed.txt").write_text(SOLOMON)
    return tmp_path


def test_a_plan_is_found_written_beside_and_checks(here: Path) -> None:
    code, out, _ = run("solve", "small.vrp", "--iterations", "100", "--json")
    cost, said = out.splitlines()
    assert (code, cost) == (0, "cost: 68")
    assert json.loads(said) | {"seconds": 0} == {
        "cost": "68", "routes": 2, "iterations": 100, "seconds": 0, "seed": 1, "solution": "small.sol",
    }  # fmt: skip
    assert run("check", "small.vrp", here / "small.sol")[:2] == (0, "ok cost: 68\n")


def test_where_times_count_a_cost_has_one_decimal(here: Path) -> None:
    assert run("solve", "timed.txt", "--iterations", "100", "--out", here / "x.sol")[1] == "cost: 27.1\n"
    code, out, _ = run("check", "timed.txt", "x.sol", "--json")
    assert (code, json.loads(out.splitlines()[-1])) == (0, {"ok": True, "cost": "27.1", "faults": []})


def test_what_is_wrong_with_a_solution_is_told_and_its_own_cost_is_not_believed(here: Path) -> None:
    (here / "bad.sol").write_text("Route #1: 1 2 3\nCost 1\n")
    code, out, _ = run("check", "small.vrp", "bad.sol")
    assert code == 1
    assert out.splitlines() == [
        "Customer 4 is not visited.",
        "Route 1: 12 aboard at customer 1, at most 10.",
    ]


def test_a_problem_that_has_no_plan_is_a_no_and_writes_nothing(here: Path) -> None:
    (here / "tight.vrp").write_text(VRP.replace("CAPACITY", "VEHICLES : 1\nCAPACITY"))
    code, out, err = run("solve", "tight.vrp", "--iterations", "50", "--json")
    assert code == 1
    assert json.loads(out.splitlines()[-1])["error"]["code"] == "planning.nothing_found"
    assert "No plan was found" in err
    assert not (here / "tight.sol").exists()


@pytest.mark.parametrize(
    "said",
    [("solve", "none.vrp"), ("solve", "small.vrp", "--seconds", "0"), ("solve", "small.vrp", "--processes", "0"),
     ("solve", "small.vrp", "--seed", "-1"), ("check", "small.vrp", "none.sol")],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_exit_2(here: Path, said: tuple[str, ...]) -> None:
    code, out, err = run(*said, "--json")
    assert code == 2
    assert "error" in json.loads(out.splitlines()[-1])
    assert err.strip()
